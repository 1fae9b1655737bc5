//! Helpers for the checks of a user store.

use std::sync::Arc;

use super::SETTINGS;
use crate::UserId;
use crate::backend::UserStore;
use crate::model::UserSettings;
use crate::testing::check::{Must, Point, broken, ensure};

pub(super) type Store = Arc<dyn UserStore>;

/// More blocks than any check makes.
pub(super) const MANY: usize = 1000;

pub(super) async fn get(store: &Store, id: &UserId, point: Point) -> UserSettings {
    let found = store.settings(std::slice::from_ref(id)).await;
    let mut found = found.must(point, "settings");
    ensure!(
        SETTINGS,
        found.len() == 1,
        "{} settings were found for one user",
        found.len()
    );
    match found.pop() {
        Some(settings) => settings,
        None => broken(SETTINGS, format_args!("no settings were found")),
    }
}

/// Blocks a user and expects a change.
pub(super) async fn block(store: &Store, id: &UserId, other: &UserId, point: Point) {
    let blocked = store.block(id, other, MANY).await.must(point, "block");
    ensure!(point, blocked, "a new block of {other:?} changed nothing");
}

/// Asserts that this handle returns exactly these settings for a user.
pub(super) async fn ensure_settings(
    store: &Store,
    id: &UserId,
    invisible: bool,
    blocked: &[UserId],
    point: Point,
) {
    let found = get(store, id, point).await;
    let want = UserSettings {
        invisible,
        blocked: blocked.to_vec(),
    };
    ensure!(point, found == want, "{id:?} has {found:?}, not {want:?}");
}
