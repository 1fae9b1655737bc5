//! `$jsonSchema` validators, which guard against writes by hand or by other programs.

use mongodb::bson::{Bson, Document, doc};

use crate::options::MongoOptions;
use crate::store::Name;

/// A field: its name, its BSON types, and `true` if it is required.
type Field = (&'static str, &'static [&'static str], bool);

const TEXT: &[&str] = &["string"];
const DATE: &[&str] = &["date"];
const UUID: &[&str] = &["binData"];
const FLAG: &[&str] = &["bool"];
const LIST: &[&str] = &["array"];
const NUMBER: &[&str] = &["int", "long"];

/// Returns the fields of a collection, which the crate documentation explains. Unknown fields are
/// allowed, so that a newer version can run with an older version's validators.
const fn fields(collection: Name) -> &'static [Field] {
    match collection {
        Name::Messages => &[
            ("_id", UUID, true),
            ("r", TEXT, true),
            ("s", NUMBER, true),
            ("p", &["int", "long", "array"], true),
            ("g", NUMBER, true),
            ("t", DATE, false),
            ("v", NUMBER, false),
            ("u", TEXT, false),
            ("c", TEXT, false),
            ("l", NUMBER, false),
            ("k", NUMBER, false),
            ("n", NUMBER, false),
            ("b", TEXT, false),
            ("et", DATE, false),
            ("eu", TEXT, false),
            ("dt", DATE, false),
            ("du", TEXT, false),
            ("pt", DATE, false),
            ("pu", TEXT, false),
            ("a", UUID, false),
            ("h", UUID, false),
            ("m", LIST, false),
            ("f", LIST, false),
            ("e", LIST, false),
            ("j", TEXT, false),
            ("y", TEXT, false),
            ("z", FLAG, false),
            ("o", DATE, false),
            ("x", DATE, false),
            ("q", DATE, false),
            ("w", NUMBER, false),
            ("pg", DATE, false),
            ("pl", NUMBER, false),
        ],
        Name::Logs => &[
            ("_id", TEXT, true),
            ("e", UUID, true),
            ("f", NUMBER, true),
            ("t", DATE, false),
            ("k", NUMBER, false),
        ],
        Name::Readers => &[
            ("r", TEXT, true),
            ("u", TEXT, true),
            ("s", NUMBER, false),
            ("t", DATE, false),
            ("i", LIST, false),
            ("h", &["object"], false),
        ],
        Name::Rooms => &[
            ("_id", TEXT, true),
            ("k", NUMBER, true),
            ("t", DATE, true),
            ("c", NUMBER, true),
            ("n", TEXT, false),
            ("o", TEXT, false),
            ("sa", FLAG, false),
            ("sj", FLAG, false),
            ("ss", NUMBER, true),
            ("sr", NUMBER, false),
            ("sn", NUMBER, false),
            ("j", TEXT, false),
            ("ck", TEXT, false),
            ("p", TEXT, false),
            ("w", NUMBER, false),
        ],
        Name::Members => &[
            ("r", TEXT, true),
            ("u", TEXT, true),
            ("j", DATE, false),
            ("ro", NUMBER, false),
            ("mu", DATE, false),
            ("no", NUMBER, false),
            ("sm", FLAG, false),
            ("b", DATE, false),
            ("bb", TEXT, false),
            ("bu", DATE, false),
            ("br", TEXT, false),
        ],
        Name::Pairs => &[("_id", TEXT, true), ("r", TEXT, true)],
        Name::Users => &[("_id", TEXT, true), ("i", FLAG, false), ("b", LIST, false)],
        Name::Reports => &[
            ("_id", UUID, true),
            ("r", TEXT, true),
            ("m", UUID, true),
            ("u", TEXT, true),
            ("b", TEXT, true),
            ("w", TEXT, true),
            ("t", DATE, true),
            ("st", NUMBER, true),
            ("su", TEXT, false),
            ("du", TEXT, false),
            ("dt", DATE, false),
        ],
        Name::Audit => &[
            ("_id", UUID, true),
            ("r", TEXT, true),
            ("t", DATE, true),
            ("w", TEXT, true),
            ("a", TEXT, false),
            ("u", TEXT, false),
            ("m", UUID, false),
            ("b", TEXT, false),
        ],
        Name::Meta => &[("_id", TEXT, true)],
    }
}

fn schema(fields: &[Field]) -> Document {
    let required: Vec<Bson> = fields
        .iter()
        .filter(|(_, _, always)| *always)
        .map(|(name, ..)| Bson::from(*name))
        .collect();
    let properties: Document = fields
        .iter()
        .map(|(name, types, _)| {
            let types: Vec<Bson> = types.iter().map(|t| Bson::from(*t)).collect();
            ((*name).to_owned(), Bson::from(doc! { "bsonType": types }))
        })
        .collect();
    doc! { "$jsonSchema": { "bsonType": "object", "required": required, "properties": properties } }
}

/// Returns the `collMod` commands that set the validators. The collections must exist.
pub(crate) fn validator_commands(options: &MongoOptions) -> Vec<Document> {
    let of = |collection: Name| {
        doc! {
            "collMod": collection.full(options),
            "validator": schema(fields(collection)),
            "validationLevel": "strict",
            "validationAction": "error",
        }
    };
    Name::ALL.into_iter().map(of).collect()
}
