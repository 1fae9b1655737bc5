//! The guide of the chat engine, as a crate for its tests: every Rust example of a page is compiled, and most
//! are run; the tables of the pages are compared with the code (`tests/`).
//!
//! The pages are beside this crate's `Cargo.toml`, and begin at `README.md`.

/// Makes a page's examples tests.
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
