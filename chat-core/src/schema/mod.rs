//! Documents that describe the wire formats. They are generated from the types, so the two cannot
//! diverge. [`RestService`](crate::rest::RestService) serves the first, beside
//! [`openapi`](crate::rest::openapi()), which describes the REST calls.
//!
//! | document | contents |
//! |---|---|
//! | [`socket`] | the commands and events of the socket: JSON Schema 2020-12 |
//! | [`asyncapi`] | the commands and events with their channel: AsyncAPI 3.0 |
//!
//! | file | contents |
//! |---|---|
//! | `generate` | generation of schemas from types and limits |
//! | `socket`, `asyncapi` | the documents |
//!
//! ```
//! use chat_core::protocol::Limits;
//! let schema = chat_core::schema::socket(&Limits::default());
//! assert_eq!(schema["$defs"]["PingCommand"]["properties"]["type"]["const"], "PING");
//! ```

mod asyncapi;
mod generate;
mod socket;

pub use asyncapi::asyncapi;
pub(crate) use generate::{SchemaOf, Schemas, schema_of};
pub use socket::socket;
