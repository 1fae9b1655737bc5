use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use chat_axum::{Options, chat_router};
use chat_core::Engine;
use chat_core::ws::{AllowedOrigins, InvalidOrigin};
use http::{Method, StatusCode};

use crate::rooms::TeamRooms;
use crate::sessions::CookieSessions;
use crate::teams::Teams;
use crate::users::Users;
use crate::{login, page, people};

/// The app with its users, teams and chat.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) users: Arc<Users>,
    pub(crate) teams: Arc<Teams>,
    pub(crate) engine: Engine,
    pub(crate) origins: AllowedOrigins,
    /// `true` if browsers may send the cookie over TLS only.
    pub(crate) secure: bool,
}

impl App {
    /// Creates an app that accepts requests from pages of these origins only.
    ///
    /// # Errors
    /// [`InvalidOrigin`] if an origin is not of the form `scheme://host[:port]`.
    ///
    /// # Panics
    /// Panics outside a tokio runtime, which the engine needs for its tasks.
    pub fn new<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidOrigin> {
        let origins: Vec<_> = origins.into_iter().collect();
        let secure = origins.iter().all(|origin| origin.starts_with("https://"));
        let origins = AllowedOrigins::list(origins)?;

        let users = Arc::new(Users::demo());
        let teams = Arc::new(Teams::demo());
        let engine = Engine::builder(CookieSessions(Arc::clone(&users)))
            .rooms(TeamRooms::new(Arc::clone(&users), Arc::clone(&teams)))
            .build();
        Ok(Self {
            users,
            teams,
            engine,
            origins,
            secure,
        })
    }

    /// The chat engine.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the app's own routes, with the chat's under `/chat`.
    pub fn router(&self) -> Router {
        let options = Options {
            // Required, as the login is a cookie. See the docs of the crate.
            origins: self.origins.clone(),
            ..Options::default()
        };
        Router::new()
            .nest("/chat", chat_router(self.engine.clone(), options))
            .merge(login::router())
            .merge(people::router())
            .merge(page::router())
            .layer(from_fn_with_state(self.clone(), from_own_pages))
            .with_state(self.clone())
    }
}

/// Rejects writes from pages of other origins.
async fn from_own_pages(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || app.origins.allow(request.headers()) {
        return next.run(request).await;
    }
    StatusCode::FORBIDDEN.into_response()
}
