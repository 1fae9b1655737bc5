//! The code that the generators produce from schemas, and the schemas they reject.

use serde_json::{Value, json};

use crate::shape::definitions;
use crate::{typescript, zod};

fn zod_of(definitions_: &Value) -> String {
    let definitions = definitions(&json!({"$defs": definitions_})).unwrap();
    zod::schemas(&definitions).unwrap()
}

fn refusal(schema: &Value) -> String {
    let refused = definitions(&json!({"$defs": {"A": schema}})).unwrap_err();
    refused.to_string()
}

#[test]
fn a_keyword_that_is_not_known_is_refused() {
    for (schema, why) in [
        (
            json!({"type": "string", "minProperties": 1}),
            "A: a keyword that is not known: minProperties",
        ),
        (
            json!({"type": "array", "items": {"type": "string", "contains": {}}}),
            "A: a keyword that is not known: contains",
        ),
        (
            json!({"type": "string", "format": "email"}),
            "A: a format that is not known: email",
        ),
        (
            json!({"type": "string", "pattern": "a", "format": "email"}),
            "A: a format that is not known: email",
        ),
        (
            json!({"type": "number"}),
            "A: a type that is not known: number",
        ),
        (json!({"type": "integer"}), "A: an integer without bounds"),
        (json!({}), "A: a schema without a type"),
        (
            json!({"type": "object", "properties": {}, "additionalProperties": {"type": "null"}}),
            "A: named fields and others",
        ),
        (json!({"const": 1}), "A: const is no text: 1"),
    ] {
        assert_eq!(refusal(&schema), why, "{schema}");
    }
}

#[test]
fn what_is_strict_stays_strict_and_what_is_not_does_not() {
    let field = json!({"a": {"type": "boolean"}});
    let strict = json!({"type": "object", "properties": field, "additionalProperties": false});
    let tolerant = json!({"type": "object", "properties": field});
    let made = zod_of(&json!({"Strict": strict, "Tolerant": tolerant}));
    assert!(made.contains("Strict = z.strictObject({"), "{made}");
    assert!(made.contains("Tolerant = z.object({"), "{made}");
    assert!(made.contains("a: z.exactOptional(z.boolean())"), "{made}");
}

#[test]
fn a_schema_comes_after_those_that_it_uses() {
    let made = zod_of(&json!({"A": {"$ref": "#/$defs/B"}, "B": {"type": "boolean"}}));
    let place = |name: &str| made.find(&format!("export const {name} =")).unwrap();
    assert!(place("B") < place("A"), "{made}");

    let circle = json!({"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}});
    let refused = zod::schemas(&definitions(&circle).unwrap()).unwrap_err();
    assert!(refused.to_string().contains("circle"), "{refused}");
}

#[test]
fn a_union_is_told_apart_by_the_field_that_differs() {
    let member = |kind: &str| {
        json!({"type": "object", "required": ["v", "kind"],
            "properties": {"kind": {"const": kind}, "v": {"const": "1"}}})
    };
    let made = zod_of(&json!({"Either": {"oneOf": [member("a"), member("b")]}}));
    assert!(made.contains("z.discriminatedUnion(\"kind\", ["), "{made}");

    let same = json!({"$defs": {"Either": {"oneOf": [member("a"), member("a")]}}});
    let refused = zod::schemas(&definitions(&same).unwrap()).unwrap_err();
    assert!(
        refused.to_string().contains("nothing tells apart"),
        "{refused}"
    );
}

#[test]
fn a_type_says_what_may_be_absent_and_what_may_be_null() {
    let schema = json!({"A": {"type": "object", "required": ["b"], "description": "A thing.",
    "properties": {
        "a": {"type": ["string", "null"], "description": "Its a."},
        "b": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 1}},
    }}});
    let definitions = definitions(&json!({"$defs": schema})).unwrap();
    let made = typescript::types(&definitions);
    let body = made.strip_prefix(typescript::HEADER).unwrap();
    let expected = "\n/** A thing. */\nexport type A = {\n  /** Its a. */\n  a?: string | null;\n  b: Array<number>;\n};\n";
    assert_eq!(body, expected);
}
