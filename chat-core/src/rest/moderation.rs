use serde::{Deserialize, Serialize};

use super::reply::{Outcome, Reply};
use super::request::{NextPage, Request};
#[cfg(feature = "schema")]
use super::shape;
use crate::model::{AuditEntry, Report, ReportStatus};
use crate::{Error, MessageId, ReportId, RoomId};

/// The report of a message.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct NewReport {
    /// The reason in the reporter's words.
    #[cfg_attr(feature = "schema", schemars(with = "shape::Reason"))]
    reason: String,
}

/// A moderator's decision on a report.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    /// `resolved` or `dismissed`.
    status: Decided,
}

/// The outcome of a report.
#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum Decided {
    Resolved,
    Dismissed,
}

/// A page of a room's reports.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "ReportList")
)]
pub(super) struct Reports {
    /// The reports, newest first.
    reports: Vec<Report>,
    /// The next page.
    page: NextPage,
}

/// A page of a room's audit log.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "AuditLog")
)]
pub(super) struct Audit {
    /// The entries, newest first.
    entries: Vec<AuditEntry>,
    /// The next page.
    page: NextPage,
}

pub(super) async fn report(request: &Request, room: &RoomId, message: &MessageId) -> Outcome {
    let NewReport { reason } = request.body.json()?;
    let (engine, user) = (&request.engine, &request.user);
    let (report, new) = engine.report(user, room, message, reason).await?;
    if new {
        let id = report.id.to_string();
        return Ok(Reply::created(&report)?.at(Some("reports"), &id));
    }
    Reply::ok(&report)
}

pub(super) async fn reports(request: &Request, room: &RoomId) -> Outcome {
    let bounds = request.page_bounds()?;
    let before = request.query.place("cursor")?;
    let status = match request.query.get("status") {
        None => None,
        Some("open") => Some(ReportStatus::Open),
        Some("resolved") => Some(ReportStatus::Resolved),
        Some("dismissed") => Some(ReportStatus::Dismissed),
        Some(_) => {
            let why = "`status` must be `open`, `resolved` or `dismissed`";
            return Err(Error::invalid(why).into());
        }
    };
    let mut reports = request
        .engine
        .reports(
            &request.actor(),
            room,
            status,
            before.as_ref(),
            bounds.0 + 1,
        )
        .await?;
    let page = NextPage::cut(&mut reports, bounds, |r| r.id);
    Reply::ok(&Reports { reports, page })
}

pub(super) async fn resolve(request: &Request, room: &RoomId, report: &ReportId) -> Outcome {
    let Decision { status } = request.body.json()?;
    let status = match status {
        Decided::Resolved => ReportStatus::Resolved,
        Decided::Dismissed => ReportStatus::Dismissed,
    };
    let decided = request
        .engine
        .resolve_report(&request.actor(), room, report, status)
        .await?;
    Reply::ok(&decided)
}

pub(super) async fn audit(request: &Request, room: &RoomId) -> Outcome {
    let bounds = request.page_bounds()?;
    let before = request.query.place("cursor")?;
    let mut entries = request
        .engine
        .audit(&request.actor(), room, before.as_ref(), bounds.0 + 1)
        .await?;
    let page = NextPage::cut(&mut entries, bounds, |e| e.id);
    Reply::ok(&Audit { entries, page })
}
