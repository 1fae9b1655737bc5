use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Form, Router};
use chat_core::UserId;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use crate::App;
use crate::users::SESSION_TTL;

const COOKIE: &str = "session";

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
}

#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
}

async fn log_in(State(app): State<App>, Form(login): Form<Login>) -> Response {
    match app.users.log_in(&login.name, &login.password) {
        Some(id) => set_cookie(&app, &id, SESSION_TTL.as_secs()),
        None => (StatusCode::UNAUTHORIZED, "wrong name or password\n").into_response(),
    }
}

/// Ends all sessions of the user, as the engine closes all connections of the user.
async fn log_out(State(app): State<App>, CurrentUser(user): CurrentUser) -> Response {
    app.users.log_out(user.as_str());
    app.engine.disconnect(&user, "logged out");
    set_cookie(&app, "", 0)
}

/// Sets the session cookie. `HttpOnly` hides it from scripts, `SameSite=Lax` from other sites' pages.
fn set_cookie(app: &App, id: &str, max_age: u64) -> Response {
    let secure = if app.secure { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={id}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

/// Returns the session id from the headers of a request.
pub(crate) fn session_id(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))
}

/// The user of a request. Rejects requests without a session with 401.
pub(crate) struct CurrentUser(pub(crate) UserId);

impl FromRequestParts<App> for CurrentUser {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, StatusCode> {
        session_id(&parts.headers)
            .and_then(|id| app.users.session(id))
            .and_then(|session| UserId::new(session.user).ok())
            .map(Self)
            .ok_or(StatusCode::UNAUTHORIZED)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        for (cookies, expected) in [
            (&["session=a"][..], Some("a")),
            (&["theme=dark; session=a; x=y"], Some("a")),
            (&["theme=dark", "session=a"], Some("a")),
            (&["my-session=a; sessions=b; session"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for cookie in cookies {
                headers.append(header::COOKIE, cookie.parse().unwrap());
            }
            assert_eq!(session_id(&headers), expected, "{cookies:?}");
        }
    }
}
