use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Deserializer, Serialize};

use super::body::Body;
use super::cursor::Cursor;
use crate::engine::InFlight;
use crate::model::{JsonBound, fitting};
use crate::protocol::about;
use crate::{Actor, Engine, Error, Result, UserId};

pub(crate) const DEFAULT_LIMIT: usize = 50;
pub(crate) const MAX_LIMIT: usize = 100;

const MAX_KEY_BYTES: usize = 255;

/// An authenticated request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) engine: Engine,
    pub(super) user: UserId,
    pub(super) segments: Segments,
    pub(super) query: Query,
    pub(super) body: Body,
    /// The values of `Idempotency-Key`.
    pub(super) idempotency_keys: Vec<HeaderValue>,
    /// The in-flight guard, held until the response is sent.
    pub(super) _in_flight: Arc<InFlight>,
}

impl Request {
    pub(super) fn actor(&self) -> Actor {
        Actor::User(self.user.clone())
    }

    pub(super) fn page_max_bytes(&self) -> usize {
        self.engine.config().page_max_bytes
    }

    /// Returns the `limit` and the byte budget of a page.
    pub(super) fn page_bounds(&self) -> Result<(usize, usize)> {
        Ok((self.query.limit()?, self.page_max_bytes()))
    }

    /// Returns the idempotency key of the request.
    ///
    /// # Errors
    /// `Invalid` for more than one key or a malformed one.
    pub(super) fn idempotency_key(&self) -> Result<Option<&str>> {
        let key = match &self.idempotency_keys[..] {
            [] => return Ok(None),
            [key] => key.to_str().ok(),
            _ => None,
        };
        let visible = |key: &&str| key.bytes().all(|b| b.is_ascii_graphic());
        let key = key.filter(|key| (1..=MAX_KEY_BYTES).contains(&key.len()));
        match key.filter(visible) {
            Some(key) => Ok(Some(key)),
            None => Err(Error::invalid(format!(
                "`Idempotency-Key` must be given once, with 1 to {MAX_KEY_BYTES} visible ASCII characters"
            ))),
        }
    }
}

/// Returns the token of `Authorization: Bearer`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (first, None) = (all.next()?, all.next()) else {
        return None;
    };
    let (scheme, token) = first.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The path parameters of a request, still encoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Segments(Vec<(&'static str, String)>);

impl Segments {
    /// Creates segments from pairs of parameter name and encoded value.
    pub(super) const fn new(encoded: Vec<(&'static str, String)>) -> Self {
        Self(encoded)
    }

    pub(super) fn iter(&self) -> Decoded<'_> {
        Decoded(self.0.iter())
    }
}

/// Makes a parse error name the parameter.
pub(super) fn naming<T, E: Into<Error>>(name: &str, parsed: Result<T, E>) -> Result<T> {
    parsed.map_err(|e| {
        let e: Error = e.into();
        Error::new(e.kind(), about("", name, e.message()))
    })
}

/// An iterator that decodes path parameters.
#[derive(Debug)]
pub(super) struct Decoded<'a>(std::slice::Iter<'a, (&'static str, String)>);

impl Decoded<'_> {
    pub(super) fn next<T>(&mut self) -> Result<T>
    where
        T: FromStr,
        T::Err: Into<Error>,
    {
        let (name, encoded) = self.0.next().map_or(("", ""), |(name, s)| (*name, s));
        naming(name, decode_percent(encoded)?.parse())
    }
}

/// A reaction in a path.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub(super) struct Emoji(
    #[cfg_attr(feature = "schema", schemars(with = "super::shape::Emoji"))] pub(super) String,
);

impl FromStr for Emoji {
    type Err = Error;
    /// Accepts any string. The engine validates it, since it knows the limits.
    fn from_str(emoji: &str) -> Result<Self> {
        Ok(Self(emoji.to_owned()))
    }
}

/// A query parameter that a call takes.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    #[cfg(feature = "schema")]
    pub(crate) about: &'static str,
    #[cfg(feature = "schema")]
    pub(crate) required: bool,
    #[cfg(feature = "schema")]
    pub(crate) schema: crate::schema::SchemaOf,
}

/// The query parameters of a request. Each is known and occurs once.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Parses a query.
    ///
    /// # Errors
    /// `Invalid` for an unknown, repeated or malformed parameter.
    pub(super) fn parse(query: Option<&str>, known: &[Parameter]) -> Result<Self> {
        let mut parameters: Vec<(&'static str, String)> = Vec::new();
        let pairs = query.unwrap_or_default().split('&');
        for pair in pairs.filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode_form(name)?;
            let Some(Parameter { name, .. }) = known.iter().find(|known| known.name == name) else {
                let known: Vec<_> = known.iter().map(|known| known.name).collect();
                return Err(Error::invalid(match known[..] {
                    [] => Cow::Borrowed("this call takes no query parameters"),
                    _ => {
                        format!("a query parameter must be one of `{}`", known.join("`, `")).into()
                    }
                }));
            };
            if parameters.iter().any(|(n, _)| n == name) {
                return Err(Error::invalid(format!("`{name}` must be given once")));
            }
            parameters.push((name, decode_form(value)?.into_owned()));
        }
        Ok(Self(parameters))
    }

    #[cfg(feature = "testing")]
    pub(super) fn into_parameters(self) -> Vec<(&'static str, String)> {
        self.0
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(n, _)| *n == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns `limit` or its default.
    pub(super) fn limit(&self) -> Result<usize> {
        let Some(limit) = self.get("limit") else {
            return Ok(DEFAULT_LIMIT);
        };
        let limit = u64::decode(limit)
            .ok()
            .and_then(|l| usize::try_from(l).ok());
        limit
            .filter(|l| (1..=MAX_LIMIT).contains(l))
            .ok_or_else(|| Error::invalid(format!("`limit` must be between 1 and {MAX_LIMIT}")))
    }

    /// Parses a parameter, for example an id or a time.
    pub(super) fn parsed<T: FromStr<Err: Into<Error>>>(&self, name: &str) -> Result<Option<T>> {
        naming(name, self.get(name).map(T::from_str).transpose())
    }

    /// Decodes a parameter that is a cursor.
    pub(super) fn place<C: Cursor>(&self, name: &str) -> Result<Option<C>> {
        naming(name, self.get(name).map(C::decode).transpose())
    }
}

/// The cursor of the next page of a list.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct NextPage {
    /// The `cursor` of the next page. Null on the last page.
    next: Option<String>,
}

impl NextPage {
    /// Creates a cursor for a list that determines it itself.
    pub(super) const fn at(next: Option<String>) -> Self {
        Self { next }
    }

    /// Returns this cursor, or the other if this is the last page.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            next: self.next.or(other.next),
        }
    }

    /// Cuts a list to a page of at most `limit` entries that fit into `max_bytes`. The list was
    /// read with one entry more than `limit`, to detect the last page.
    pub(super) fn cut<T: JsonBound, C: Cursor>(
        list: &mut Vec<T>,
        (limit, max_bytes): (usize, usize),
        place: impl FnOnce(&T) -> C,
    ) -> Self {
        let read = list.len();
        list.truncate(limit);
        list.truncate(fitting(&*list, max_bytes));
        let last = list.last().filter(|_| list.len() < read);
        Self {
            next: last.map(|last| place(last).encode()),
        }
    }
}

/// Deserializes a field of a patch. An absent field is `None`; null deserializes as `T` or fails.
pub(super) fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

pub(super) fn decode_percent(text: &str) -> Result<Cow<'_, str>> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let malformed = || Error::invalid("a URL must have well-formed percent-encoding");
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || {
                    let digit = rest.next().and_then(|b| char::from(b).to_digit(16));
                    digit
                        .and_then(|d| u8::try_from(d).ok())
                        .ok_or_else(malformed)
                };
                digit()? << 4 | digit()?
            }
            other => other,
        });
    }
    String::from_utf8(decoded)
        .map(Cow::Owned)
        .map_err(|_| malformed())
}

/// Decodes a name or value of a query, in which `+` is a space (WHATWG URL,
/// `application/x-www-form-urlencoded`).
fn decode_form(text: &str) -> Result<Cow<'_, str>> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Ok(Cow::Owned(decode_percent(&spaced)?.into_owned()));
    }
    decode_percent(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::calls::{CURSOR, LIMIT};
    use super::*;

    #[test]
    fn percent_encoding_is_strict() {
        assert_eq!(decode_percent("a%2Fb%f0%9f%a6%80+").unwrap(), "a/b🦀+");
        assert_eq!(decode_form("a+b%2B").unwrap(), "a b+");
        for bad in ["%", "%2", "%zz", "%+1", "%ff", "a%f0%9f", "%é"] {
            assert!(decode_percent(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_query_holds_what_is_known_once() {
        let query = Query::parse(Some("&limit=7&cursor=%61&"), &[LIMIT, CURSOR]).unwrap();
        assert_eq!(query.limit().unwrap(), 7);
        assert_eq!(query.get("cursor"), Some("a"));
        assert_eq!(Query::parse(None, &[]).unwrap().limit().unwrap(), 50);
        for bad in [
            "x=1",
            "limit=1&limit=1",
            "limit=1&%6cimit=1",
            "limit=%",
            "%=1",
        ] {
            assert!(Query::parse(Some(bad), &[LIMIT]).is_err(), "{bad}");
        }
        for bad in [
            "limit",
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=+1",
            "limit=1e1",
        ] {
            let query = Query::parse(Some(bad), &[LIMIT]).unwrap();
            assert!(query.limit().is_err(), "{bad}");
        }
    }

    #[test]
    fn tokens() {
        let token = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(token("Bearer a.b.c").as_deref(), Some("a.b.c"));
        assert_eq!(token("bearer  a").as_deref(), Some("a"));
        for bad in ["Basic abc", "Bearer", "Bearer ", "a.b.c", ""] {
            assert_eq!(token(bad), None, "{bad:?}");
        }
        let mut twice = HeaderMap::new();
        twice.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        twice.append(AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        assert_eq!(bearer(&twice), None);
    }
}
