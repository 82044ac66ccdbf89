//! JSON Schema (draft 2020-12) of every kind of file, for editors: made from the same tables that check the files.
//! What no table can say (cross references, days that exist) only `jitan check` finds.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::scalar::{Scalar, Schema};
use super::table::{FileKind, Key, Mapping, Need, Shape, Words};
use super::{form, plan, record, scenario, target};

/// Every kind of file an author writes.
pub const KINDS: [FileKind; 5] = [scenario::KIND, form::KIND, record::KIND, target::KIND, plan::keys::FILE];

/// The kind called so.
pub fn kind(name: &str) -> Option<FileKind> {
    KINDS.into_iter().find(|kind| kind.name == name)
}

/// The schema of a kind of file.
pub fn schema(kind: FileKind) -> Value {
    let mut defs = Map::new();
    define(kind.root, &mut defs, &mut BTreeSet::new());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("jitan {}", kind.name),
        "$ref": reference(kind.root),
        "$defs": defs,
    })
}

/// The schema as it is printed and kept in files.
pub fn text(kind: FileKind) -> String {
    format!("{:#}\n", schema(kind))
}

fn reference(mapping: &Mapping) -> String {
    format!("#/$defs/{}", mapping.name)
}

fn describe(doc: Words) -> String {
    format!("{}\n{}", doc.ja, doc.en)
}

fn define(mapping: &'static Mapping, defs: &mut Map<String, Value>, seen: &mut BTreeSet<&'static str>) {
    if !seen.insert(mapping.name) {
        return;
    }
    let properties: Map<String, Value> = mapping.all().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = mapping.all().filter(|k| matches!(k.need, Need::Required)).map(|k| k.name).collect();
    let mut object = json!({
        "type": "object",
        "description": describe(mapping.doc),
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    let one_of = |set: &&[&str]| json!({"oneOf": set.iter().map(|key| json!({"required": [key]})).collect::<Vec<_>>()});
    if !mapping.one_of.is_empty() {
        object["allOf"] = mapping.one_of.iter().map(one_of).collect();
    }
    defs.insert(mapping.name.to_owned(), object);
    for key in mapping.all() {
        define_below(&key.shape, defs, seen);
    }
}

fn define_below(shape: &'static Shape, defs: &mut Map<String, Value>, seen: &mut BTreeSet<&'static str>) {
    match shape {
        Shape::Map(mapping) => define(mapping, defs, seen),
        Shape::List { of, .. } => define_below(of, defs, seen),
        Shape::Either(shapes) => shapes.iter().for_each(|shape| define_below(shape, defs, seen)),
        Shape::Scalar(_) | Shape::Word(_) | Shape::Tuple { .. } => {}
    }
}

fn property(key: &Key) -> Value {
    let mut value = of_shape(&key.shape);
    let mut description = describe(key.doc);
    if let Need::Default(default) = key.need {
        description.push_str(&format!("\n既定 / default: {default}"));
    }
    description.push_str(&format!("\n例 / example: {}: {}", key.name, key.example));
    value["description"] = description.into();
    value
}

fn of_shape(shape: &Shape) -> Value {
    match shape {
        Shape::Scalar(scalar) => of_scalar(scalar),
        Shape::Word(words) => {
            let described = words.iter().map(|w| json!({"const": w.text, "description": describe(w.doc)}));
            json!({"oneOf": described.collect::<Vec<_>>()})
        }
        Shape::List { of, min } => json!({"type": "array", "items": of_shape(of), "minItems": min}),
        Shape::Tuple { of, names } => {
            json!({"type": "array", "items": of_scalar(of), "minItems": names.len(), "maxItems": names.len()})
        }
        Shape::Map(mapping) => json!({"$ref": reference(mapping)}),
        Shape::Either(shapes) => json!({"anyOf": shapes.iter().map(of_shape).collect::<Vec<_>>()}),
    }
}

fn of_scalar(scalar: &Scalar) -> Value {
    match scalar.schema {
        Schema::Text { pattern: Some(pattern) } => json!({"type": "string", "pattern": pattern}),
        Schema::Text { pattern: None } => json!({"type": "string", "minLength": 1}),
        Schema::TextOrNumber => json!({"type": ["string", "number"], "minLength": 1}),
        Schema::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Schema::Number { min, max } => json!({"type": "number", "minimum": min, "maximum": max}),
        Schema::Boolean => json!({"type": "boolean"}),
    }
}
