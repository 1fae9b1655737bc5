use std::collections::BTreeMap;

use chat_core::{Clock, SystemClock, Timestamp};
use parking_lot::RwLock;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) lead: bool,
    pub(crate) since: Timestamp,
}

/// A team and its people, by name.
#[derive(Debug, Clone)]
pub(crate) struct Team {
    pub(crate) name: String,
    pub(crate) since: Timestamp,
    pub(crate) people: BTreeMap<String, Person>,
}

/// The app's teams, by id. Independent of chat.
#[derive(Debug, Default)]
pub(crate) struct Teams(RwLock<BTreeMap<String, Team>>);

impl Teams {
    /// Returns three teams, each led by one of the demo users.
    pub(crate) fn demo() -> Self {
        let since = SystemClock.now();
        let team = |name: &str, people: &[&str]| Team {
            name: name.to_owned(),
            since,
            people: people
                .iter()
                .enumerate()
                .map(|(i, person)| {
                    (
                        (*person).to_owned(),
                        Person {
                            lead: i == 0,
                            since,
                        },
                    )
                })
                .collect(),
        };
        let teams = [
            ("design", team("Design", &["alice", "bob"])),
            ("engine", team("Engine room", &["bob", "carol"])),
            ("kitchen", team("Kitchen", &["carol"])),
        ];
        Self(RwLock::new(
            teams.map(|(id, team)| (id.to_owned(), team)).into(),
        ))
    }

    pub(crate) fn get(&self, id: &str) -> Option<Team> {
        self.0.read().get(id).cloned()
    }

    pub(crate) fn of(&self, person: &str) -> Vec<(String, Team)> {
        let teams = self.0.read();
        let mine = teams
            .iter()
            .filter(|(_, team)| team.people.contains_key(person));
        mine.map(|(id, team)| (id.clone(), team.clone())).collect()
    }

    /// Adds a person to a team. Returns `false` if they were already in it, and `None` if the team does
    /// not exist.
    pub(crate) fn add(&self, id: &str, name: &str, person: Person) -> Option<bool> {
        let mut teams = self.0.write();
        let people = &mut teams.get_mut(id)?.people;
        if people.contains_key(name) {
            return Some(false);
        }
        people.insert(name.to_owned(), person);
        Some(true)
    }

    /// Removes a person from a team and returns them. The outer `None` means that the team does not
    /// exist.
    #[allow(
        clippy::option_option,
        reason = "an unknown team and an unknown person are different results"
    )]
    pub(crate) fn remove(&self, id: &str, name: &str) -> Option<Option<Person>> {
        let mut teams = self.0.write();
        Some(teams.get_mut(id)?.people.remove(name))
    }
}
