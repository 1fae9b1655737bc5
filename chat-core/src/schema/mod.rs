//! Documents that describe the wire formats. They are generated from the types, so the two cannot
//! diverge. [`RestService`](crate::rest::RestService) serves the first two.
//!
//! | document | contents |
//! |---|---|
//! | [`openapi`] | the REST calls: OpenAPI 3.1 |
//! | [`socket`] | the commands and events of the socket: JSON Schema 2020-12 |
//! | [`asyncapi`] | the commands and events with their channel: AsyncAPI 3.0 |
//!
//! | file | contents |
//! |---|---|
//! | `shape` | bounds and patterns of fields |
//! | `generate` | generation of schemas from types and limits |
//! | `openapi`, `socket`, `asyncapi` | the documents |
//!
//! ```
//! use chat_core::protocol::Limits;
//! let schema = chat_core::schema::socket(&Limits::default());
//! assert_eq!(schema["$defs"]["PingCommand"]["properties"]["type"]["const"], "PING");
//! ```

mod asyncapi;
mod generate;
mod openapi;
pub(crate) mod shape;
mod socket;

pub use asyncapi::asyncapi;
pub(crate) use generate::{SchemaOf, schema_of};
pub use openapi::openapi;
pub use socket::socket;

/// The largest integer on the wire: the largest that a double represents exactly.
const MAX_INTEGER: u64 = (1 << 53) - 1;
