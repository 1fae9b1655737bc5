use chat_core::model::{Action, Role, allows};

use crate::page::{Page, assert_same};

const ROLES: [Role; 5] = [
    Role::Guest,
    Role::Member,
    Role::Moderator,
    Role::Admin,
    Role::Owner,
];

#[test]
fn the_table_is_that_of_the_code() {
    let page = Page::open("rooms-and-roles.md");
    let heading = "## Who may do what";
    let name = |action: &Action| format!("{action:?}");
    assert_same(
        heading,
        page.names(heading),
        Action::ALL.iter().map(name).collect(),
    );
    for (row, action) in page.table(heading).iter().zip(Action::ALL) {
        assert_eq!(row[0], format!("`{action:?}`"), "in the order of the code");
        for (cell, role) in row[2..].iter().zip(ROLES) {
            let expected = if allows(role, action) { "yes" } else { "" };
            assert_eq!(cell, expected, "{action:?} as {}", role.as_str());
        }
        assert_eq!(row.len(), 2 + ROLES.len(), "{row:?}");
    }
}
