use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use chat_core::model::Role;
use chat_core::protocol::ErrorCode;
use chat_core::{Actor, Result, RoomId, UserId};
use http::{StatusCode, header};
use serde::Serialize;

use crate::App;
use crate::login::CurrentUser;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/teams", get(own_teams))
        .route("/teams/{team}/people/{person}", put(add).delete(remove))
}

#[derive(Serialize)]
struct OwnTeams {
    me: String,
    teams: Vec<OwnTeam>,
}

#[derive(Serialize)]
struct OwnTeam {
    id: String,
    name: String,
    /// Maps each name to `true` for a lead.
    people: BTreeMap<String, bool>,
}

async fn own_teams(State(app): State<App>, CurrentUser(user): CurrentUser) -> Response {
    let teams = app.teams.of(user.as_str()).into_iter();
    let teams = teams.map(|(id, team)| OwnTeam {
        id,
        name: team.name,
        people: team.people.into_iter().map(|(n, p)| (n, p.lead)).collect(),
    });
    let own = OwnTeams {
        me: user.to_string(),
        teams: teams.collect(),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(own)).into_response()
}

/// Adds a person through the engine, which checks the user's permission, writes to the teams through
/// `TeamRooms`, and announces the change.
async fn add(
    State(app): State<App>,
    CurrentUser(user): CurrentUser,
    Path((team, person)): Path<(RoomId, UserId)>,
) -> Response {
    let actor = Actor::User(user);
    let added = app.engine.add_member(&actor, &team, &person, Role::Member);
    answer(added.await)
}

async fn remove(
    State(app): State<App>,
    CurrentUser(user): CurrentUser,
    Path((team, person)): Path<(RoomId, UserId)>,
) -> Response {
    if user == person {
        return answer(app.engine.leave(&user, &team).await);
    }
    let actor = Actor::User(user);
    answer(app.engine.remove_member(&actor, &team, &person).await)
}

fn answer<T>(done: Result<T>) -> Response {
    match done {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            let status = ErrorCode::from(error.kind()).status();
            (status, format!("{}\n", error.message())).into_response()
        }
    }
}
