//! Documents of what goes over the wire, made from the types that go over it: they cannot say
//! anything else. [`RestService`](crate::rest::RestService) serves the first two.
//!
//! | document | what |
//! |---|---|
//! | [`openapi`] | the REST calls: OpenAPI 3.1 |
//! | [`socket`] | the commands and events of the socket: JSON Schema 2020-12 |
//! | [`asyncapi`] | the same as AsyncAPI 3.0, with the channel they go over |
//!
//! | file | what |
//! |---|---|
//! | `shape` | bounds and patterns of fields |
//! | `generate` | from types to schemas, with the values of the limits |
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

/// The greatest integer on the wire: the last one below which a double holds all.
const MAX_INTEGER: u64 = (1 << 53) - 1;
