use chat_core::model::{RoomKind, RoomSettings};
use chat_core::protocol::Limits;

use crate::page::{Page, assert_same, quoted};

#[test]
fn the_settings_of_a_room_are_there() {
    let page = Page::open("rooms-and-roles.md");
    let rows = page.table("## Kinds").into_iter();
    let settings = RoomSettings {
        slow_mode_seconds: 1,
        retention_seconds: Some(1),
        retention_messages: Some(1_000),
        ..RoomSettings::for_kind(RoomKind::Group)
    };
    let settings = serde_json::to_value(settings).unwrap();
    let known = settings.as_object().unwrap().keys().cloned().collect();
    let told = rows.filter(|row| row.len() == 4 && row[0].starts_with('`'));
    let told = told.flat_map(|row| quoted(&row[0])).collect();
    assert_same("room settings", told, known);
}

#[test]
fn the_actions_of_the_audit_log_are_there() {
    let page = Page::open("moderation.md");
    let text = page.section("## The audit log");
    let (_, list) = text.split_once("Actions: ").unwrap();
    let told = quoted(list.split(". ").next().unwrap());
    let document = chat_core::rest::openapi(&Limits::default());
    let actions = &document["components"]["schemas"]["AuditAction"];
    let listed = actions["oneOf"].as_array().or(actions["enum"].as_array());
    let known = listed.unwrap().iter().map(|action| {
        let name = action.as_str().or(action["const"].as_str());
        name.unwrap().to_owned()
    });
    assert_same("audit actions", told, known.collect());
}
