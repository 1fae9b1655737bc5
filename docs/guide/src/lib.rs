//! Tests of the guide. Every Rust example is compiled, and most are run. `tests/` compares the tables
//! with the code.
//!
//! The pages are beside this crate's `Cargo.toml`; `README.md` is the first.

/// Turns the examples of a page into tests.
macro_rules! pages {
    ($($name:ident: $file:literal,)*) => {$(
        #[cfg(doctest)]
        #[doc = include_str!(concat!("../", $file))]
        mod $name {}
    )*};
}

pages! {
    map: "README.md",
    quickstart: "quickstart.md",
    axum: "axum.md",
    actix_web: "actix-web.md",
    users_and_rooms: "users-and-rooms.md",
    hooks: "hooks.md",
    server_api: "server-api.md",
    rooms_and_roles: "rooms-and-roles.md",
    messages: "messages.md",
    read_state: "read-state.md",
    presence: "presence.md",
    moderation: "moderation.md",
    push: "push.md",
    search: "search.md",
    security: "security.md",
    costs: "costs.md",
    backends: "backends.md",
    adapters: "adapters.md",
    protocol: "protocol.md",
    rest: "rest.md",
    settings: "settings.md",
}
