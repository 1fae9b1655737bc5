use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chat_core::backend::UserStore;
use chat_core::model::UserSettings;
use chat_core::testing::Cluster;
use chat_core::{Error, ErrorKind, Result, UserId};
use parking_lot::Mutex;

use crate::{mutants, pause};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    LeavesOutUnknown,
    InventsSettings,
    ForgetsWithLastBlock,
    SortsAnswers,
    AnswersEachUserOnce,
    AlwaysChanges,
    WritesWholeUsers,
    ChecksFirst,
    NoMaximum,
    OneTooMany,
    RefusesTwice,
    MaximumForAll,
    ListsAsBlocked,
    BlocksTwice,
    IgnoresCase,
    JoinsKeys,
    Caches,
}

/// Blocks in order of creation, and invisible users.
#[derive(Debug, Clone, Default)]
struct Users {
    blocks: Vec<(UserId, UserId)>,
    invisible: Vec<UserId>,
}

impl Users {
    fn blocked(&self, user: &UserId) -> Vec<UserId> {
        let own = self.blocks.iter().filter(|(by, _)| by == user);
        own.map(|(_, other)| other.clone()).collect()
    }
}

/// A minimal user store: correct by itself, wrong in one way for each bug.
#[derive(Debug)]
struct Wrong {
    bug: Bug,
    users: Arc<Mutex<Users>>,
    /// Cached per handle.
    cache: Mutex<HashMap<UserId, UserSettings>>,
}

async fn wrong(nodes: usize, bug: Bug) -> Cluster<dyn UserStore> {
    let users: Arc<Mutex<Users>> = Arc::default();
    let node = |_| {
        Arc::new(Wrong {
            bug,
            users: Arc::clone(&users),
            cache: Mutex::default(),
        }) as _
    };
    Cluster::new((0..nodes).map(node).collect())
}

impl Wrong {
    fn id(&self, id: &UserId) -> UserId {
        match self.bug {
            Bug::IgnoresCase => UserId::new(id.as_str().to_lowercase()).unwrap(),
            _ => id.clone(),
        }
    }

    /// Returns `true` if two blocks are equal, as this bug compares them.
    fn is_same(&self, one: &(UserId, UserId), other: &(UserId, UserId)) -> bool {
        let joined = |(by, other): &(UserId, UserId)| format!("{by}:{other}");
        one == other || (self.bug == Bug::JoinsKeys && joined(one) == joined(other))
    }

    /// Reads the state before a write. In some mutants it is stale by the time of the write.
    async fn before(&self) -> Users {
        let users = self.users.lock().clone();
        if matches!(self.bug, Bug::WritesWholeUsers | Bug::ChecksFirst) {
            pause().await;
        }
        users
    }

    /// Changes the state; in a mutant, possibly the stale one.
    fn write<T>(&self, before: Users, change: impl FnOnce(&mut Users) -> T) -> T {
        let mut users = self.users.lock();
        if self.bug == Bug::WritesWholeUsers {
            *users = before;
        }
        change(&mut users)
    }

    fn settings_of(&self, id: &UserId) -> Option<UserSettings> {
        let (users, id) = (self.users.lock(), self.id(id));
        let mut blocked = users.blocked(&id);
        if self.bug != Bug::ListsAsBlocked {
            blocked.sort();
        }
        let invisible = users.invisible.contains(&id);
        let known = invisible || !blocked.is_empty();
        known.then_some(UserSettings { invisible, blocked })
    }
}

#[async_trait]
impl UserStore for Wrong {
    async fn settings(&self, users: &[UserId]) -> Result<Vec<UserSettings>> {
        let mut asked = users.to_vec();
        match self.bug {
            Bug::SortsAnswers => asked.sort(),
            Bug::AnswersEachUserOnce => {
                let mut seen = Vec::new();
                asked.retain(|id| !seen.contains(id) && (seen.push(id.clone()), true).1);
            }
            _ => {}
        }
        let mut found = Vec::new();
        for id in &asked {
            let settings = match self.settings_of(id) {
                None if self.bug == Bug::LeavesOutUnknown => continue,
                None => UserSettings {
                    invisible: self.bug == Bug::InventsSettings,
                    blocked: Vec::new(),
                },
                Some(settings) => settings,
            };
            if self.bug == Bug::Caches {
                let mut cache = self.cache.lock();
                found.push(cache.entry(id.clone()).or_insert(settings).clone());
            } else {
                found.push(settings);
            }
        }
        Ok(found)
    }

    async fn set_invisible(&self, user: &UserId, invisible: bool) -> Result<bool> {
        let before = self.before().await;
        let user = self.id(user);
        let was = before.invisible.contains(&user);
        Ok(self.write(before, |users| {
            let is_known = match self.bug {
                Bug::ChecksFirst => was,
                _ => users.invisible.contains(&user),
            };
            users.invisible.retain(|id| *id != user);
            if invisible {
                users.invisible.push(user);
            }
            is_known != invisible || self.bug == Bug::AlwaysChanges
        }))
    }

    async fn block(&self, user: &UserId, other: &UserId, max: usize) -> Result<bool> {
        let before = self.before().await;
        let pair = (self.id(user), self.id(other));
        let check = |users: &Users| {
            let known = users.blocks.iter().any(|p| self.is_same(p, &pair));
            if known && self.bug != Bug::RefusesTwice {
                return Ok(self.bug != Bug::AlwaysChanges);
            }
            let count = match self.bug {
                Bug::MaximumForAll => users.blocks.len(),
                _ => users.blocked(&pair.0).len(),
            };
            let full = match self.bug {
                Bug::NoMaximum => false,
                Bug::OneTooMany => count > max,
                _ => count >= max,
            };
            if full {
                return Err(Error::new(ErrorKind::Conflict, "too many blocked users"));
            }
            Ok(false)
        };
        let checked = (self.bug == Bug::ChecksFirst).then(|| check(&before));
        self.write(before, |users| {
            let is_known = checked.unwrap_or_else(|| check(users))?;
            let there = users.blocks.iter().any(|p| self.is_same(p, &pair));
            if !there || self.bug == Bug::BlocksTwice {
                users.blocks.push(pair.clone());
            }
            Ok(!is_known)
        })
    }

    async fn unblock(&self, user: &UserId, other: &UserId) -> Result<bool> {
        let before = self.before().await;
        let pair = (self.id(user), self.id(other));
        let was = before.blocks.iter().any(|p| self.is_same(p, &pair));
        Ok(self.write(before, |users| {
            let count = users.blocks.len();
            users.blocks.retain(|p| !self.is_same(p, &pair));
            if self.bug == Bug::ForgetsWithLastBlock && users.blocked(&pair.0).is_empty() {
                users.invisible.retain(|id| *id != pair.0);
            }
            match self.bug {
                Bug::AlwaysChanges => true,
                Bug::ChecksFirst => was,
                _ => users.blocks.len() < count,
            }
        }))
    }
}

/// Without a bug the store passes, so each mutant fails because of its bug.
mod right {
    use super::{Bug, wrong};

    chat_core::user_store_suite!(|nodes| wrong(nodes, Bug::None));
}

mutants! {
    users;
    wrong {
        leaves_out_unknown_users: Bug::LeavesOutUnknown,
            "unknown_users_have_the_default_settings", "UserStore contract 1 (defaults)";
        invents_settings: Bug::InventsSettings,
            "unknown_users_have_the_default_settings", "UserStore contract 1 (defaults)";
        forgets_a_user_with_the_last_block: Bug::ForgetsWithLastBlock,
            "what_was_undone_is_the_default_again", "UserStore contract 1 (defaults)";
        answers_by_user: Bug::SortsAnswers,
            "settings_come_in_the_order_asked", "UserStore::settings";
        answers_each_user_once: Bug::AnswersEachUserOnce,
            "settings_come_in_the_order_asked", "UserStore::settings";
        says_that_it_always_changes_something: Bug::AlwaysChanges,
            "a_write_says_whether_it_changed_anything", "UserStore contract 2 (writes)";
        loses_writes: Bug::WritesWholeUsers,
            "no_write_is_lost", "UserStore contract 2 (writes)";
        checks_before_it_writes: Bug::ChecksFirst,
            "one_of_many_equal_writes_at_once_changes_something", "UserStore contract 2 (writes)";
        blocks_without_a_maximum: Bug::NoMaximum,
            "a_user_blocks_so_many_and_no_more", "UserStore contract 3 (maximum)";
        blocks_one_too_many: Bug::OneTooMany,
            "a_user_blocks_so_many_and_no_more", "UserStore contract 3 (maximum)";
        counts_who_is_blocked_already_as_one_more: Bug::RefusesTwice,
            "a_user_blocks_so_many_and_no_more", "UserStore contract 3 (maximum)";
        has_one_maximum_for_all_users: Bug::MaximumForAll,
            "a_user_blocks_so_many_and_no_more", "UserStore contract 3 (maximum)";
        blocks_too_many_at_once: Bug::ChecksFirst,
            "the_maximum_holds_at_once", "UserStore contract 3 (maximum)";
        caches_settings: Bug::Caches,
            "a_write_is_seen_on_every_handle", "UserStore contract 4 (visibility)";
        lists_the_blocked_as_they_came: Bug::ListsAsBlocked,
            "blocked_users_are_listed_by_id", "UserStore contract 5 (blocked)";
        lists_the_blocked_twice: Bug::BlocksTwice,
            "blocked_users_are_listed_by_id", "UserStore contract 5 (blocked)";
        ignores_case: Bug::IgnoresCase,
            "users_do_not_mix", "UserStore contract 5 (blocked)";
        joins_two_ids_by_a_colon: Bug::JoinsKeys,
            "users_do_not_mix", "UserStore contract 5 (blocked)";
    }
}
