use async_trait::async_trait;
use chat_core::backend::ModerationStore;
use chat_core::model::{AuditAction, AuditEntry, Report, ReportStatus};
use chat_core::{
    AuditId, Error, ErrorKind, MessageId, ReportId, Result, RoomId, Timestamp, UserId,
};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;

use crate::MongoStore;
use crate::codec::{Read, count, date, field, to_date, to_id, to_text, to_uuid, uuid};
use crate::error::Failure;
use crate::store::Name;

const fn status_code(status: ReportStatus) -> i32 {
    match status {
        ReportStatus::Open => 0,
        ReportStatus::Resolved => 1,
        ReportStatus::Dismissed => 2,
    }
}

fn to_status(value: &Bson) -> Read<ReportStatus> {
    match value.as_i32() {
        Some(0) => Ok(ReportStatus::Open),
        Some(1) => Ok(ReportStatus::Resolved),
        Some(2) => Ok(ReportStatus::Dismissed),
        _ => Err(Failure::Malformed("unknown report status")),
    }
}

fn put_user(d: &mut Document, key: &str, user: Option<&UserId>) {
    if let Some(user) = user {
        d.insert(key, user.as_str());
    }
}

fn encode_report(report: &Report) -> Document {
    let mut d = doc! {
        "_id": uuid(report.id.as_uuid()),
        "r": report.room_id.as_str(),
        "m": uuid(report.message_id.as_uuid()),
        "u": report.reporter_id.as_str(),
        "b": &report.text,
        "w": &report.reason,
        "t": date(report.created_at),
        "st": status_code(report.status),
    };
    put_user(&mut d, "su", report.sender_id.as_ref());
    put_user(&mut d, "du", report.resolved_by.as_ref());
    if let Some(at) = report.resolved_at {
        d.insert("dt", date(at));
    }
    d
}

fn decode_report(d: &Document) -> Read<Report> {
    let user = |key: &str| d.get(key).map(to_id).transpose();
    Ok(Report {
        id: ReportId::from_uuid(to_uuid(field(d, "_id")?)?),
        room_id: to_id(field(d, "r")?)?,
        message_id: MessageId::from_uuid(to_uuid(field(d, "m")?)?),
        sender_id: user("su")?,
        text: to_text(field(d, "b")?.clone())?,
        reporter_id: to_id(field(d, "u")?)?,
        reason: to_text(field(d, "w")?.clone())?,
        created_at: to_date(field(d, "t")?)?,
        status: to_status(field(d, "st")?)?,
        resolved_by: user("du")?,
        resolved_at: d.get("dt").map(to_date).transpose()?,
    })
}

/// Encodes an action as its name on the wire.
fn encode_action(action: AuditAction) -> Result<Bson> {
    match serde_json::to_value(action) {
        Ok(serde_json::Value::String(name)) => Ok(Bson::String(name)),
        _ => Err(Error::internal("audit action without a name")),
    }
}

fn decode_entry(d: &Document) -> Read<AuditEntry> {
    let action = serde_json::Value::String(to_text(field(d, "w")?.clone())?);
    let message = d.get("m").map(to_uuid).transpose()?;
    Ok(AuditEntry {
        id: AuditId::from_uuid(to_uuid(field(d, "_id")?)?),
        room_id: to_id(field(d, "r")?)?,
        at: to_date(field(d, "t")?)?,
        actor_id: d.get("a").map(to_id).transpose()?,
        action: serde_json::from_value(action)
            .map_err(|_| Failure::Malformed("unknown audit action"))?,
        user_id: d.get("u").map(to_id).transpose()?,
        message_id: message.map(MessageId::from_uuid),
        detail: d.get("b").map(|b| to_text(b.clone())).transpose()?,
    })
}

/// Restricts a filter to ids before this one. Ids are UUIDs of version 7, so `_id` sorts by time.
fn before(filter: &mut Document, id: Option<&uuid::Uuid>) {
    if let Some(id) = id {
        filter.insert("_id", doc! { "$lt": uuid(id) });
    }
}

#[async_trait]
impl ModerationStore for MongoStore {
    async fn report(&self, report: Report) -> Result<(Report, bool)> {
        let reports = self.inner.collection(Name::Reports);
        match self
            .inner
            .within(reports.insert_one(encode_report(&report)))
            .await
        {
            Ok(_) => return Ok((report, true)),
            Err(e) if e.taken().is_some() => {}
            Err(e) => return Err(e.into()),
        }
        let first = doc! {
            "r": report.room_id.as_str(),
            "m": uuid(report.message_id.as_uuid()),
            "u": report.reporter_id.as_str(),
        };
        match self.inner.within(reports.find_one(first)).await? {
            Some(first) => Ok((decode_report(&first)?, false)),
            None => Err(Error::new(
                ErrorKind::Conflict,
                "the report id is already in use",
            )),
        }
    }

    async fn reports(
        &self,
        room: &RoomId,
        status: Option<ReportStatus>,
        before_id: Option<&ReportId>,
        limit: usize,
    ) -> Result<Vec<Report>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut filter = doc! { "r": room.as_str() };
        if let Some(status) = status {
            filter.insert("st", status_code(status));
        }
        before(&mut filter, before_id.map(ReportId::as_uuid));
        let find = self
            .inner
            .collection(Name::Reports)
            .find(filter)
            .sort(doc! { "_id": -1 })
            .limit(count(limit))
            .max_time(self.inner.options.timeout);
        Ok(self.inner.all(find, |d| decode_report(&d)).await?)
    }

    async fn resolve(
        &self,
        room: &RoomId,
        report: &ReportId,
        status: ReportStatus,
        by: Option<&UserId>,
        now: Timestamp,
    ) -> Result<Report> {
        let reports = self.inner.collection(Name::Reports);
        let this = doc! { "r": room.as_str(), "_id": uuid(report.as_uuid()) };
        let mut open = this.clone();
        open.insert("st", status_code(ReportStatus::Open));
        let mut decided = doc! { "st": status_code(status), "dt": date(now) };
        put_user(&mut decided, "du", by);
        let decide = reports
            .find_one_and_update(open, doc! { "$set": decided })
            .return_document(ReturnDocument::After);
        if let Some(decided) = self.inner.within(decide).await? {
            return Ok(decode_report(&decided)?);
        }
        let there = self.inner.within(reports.find_one(this)).await?;
        let there = there.as_ref().map(decode_report).transpose()?;
        match there {
            Some(report) if report.status == status && report.resolved_by.as_ref() == by => {
                Ok(report)
            }
            Some(_) => Err(Error::new(
                ErrorKind::Conflict,
                "the report is already resolved",
            )),
            None => Err(Error::new(ErrorKind::MessageNotFound, "report not found")),
        }
    }

    async fn record(&self, entry: AuditEntry) -> Result<()> {
        let mut d = doc! {
            "_id": uuid(entry.id.as_uuid()),
            "r": entry.room_id.as_str(),
            "t": date(entry.at),
            "w": encode_action(entry.action)?,
        };
        put_user(&mut d, "a", entry.actor_id.as_ref());
        put_user(&mut d, "u", entry.user_id.as_ref());
        if let Some(message) = &entry.message_id {
            d.insert("m", uuid(message.as_uuid()));
        }
        if let Some(detail) = &entry.detail {
            d.insert("b", detail);
        }
        let record = self.inner.collection(Name::Audit).insert_one(d);
        match self.inner.within(record).await {
            Ok(_) => Ok(()),
            // A retry after a lost response.
            Err(e) if e.taken().is_some() => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    async fn audit(
        &self,
        room: &RoomId,
        before_id: Option<&AuditId>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut filter = doc! { "r": room.as_str() };
        before(&mut filter, before_id.map(AuditId::as_uuid));
        let find = self
            .inner
            .collection(Name::Audit)
            .find(filter)
            .sort(doc! { "_id": -1 })
            .limit(count(limit))
            .max_time(self.inner.options.timeout);
        Ok(self.inner.all(find, |d| decode_entry(&d)).await?)
    }

    async fn forget_room(&self, room: &RoomId) -> Result<()> {
        for name in [Name::Reports, Name::Audit] {
            let all = doc! { "r": room.as_str() };
            let forget = self.inner.collection(name).delete_many(all);
            self.inner.within(forget).await?;
        }
        Ok(())
    }
}
