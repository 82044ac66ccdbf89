//! Holds a tree against its table: unknown, missing and misplaced keys, wrong shapes, bad values, each with a hint.

use super::diagnostic::{Faults, Span};
use super::table::{Key, Mapping, Need, Shape, Word};
use super::tree::{Data, Entry, Node, shown};
use crate::message;
use crate::model::message::Message;

/// Adds every mistake of `node` and everything below it.
pub fn check(node: &Node, shape: &Shape, faults: &mut Faults) {
    match (shape, &node.data) {
        (Shape::Either(shapes), data) => match shapes.iter().find(|shape| fits(shape, data)) {
            Some(shape) => check(node, shape, faults),
            None => faults.add(node.span, wrong_shape(shape)),
        },
        (Shape::Scalar(_) | Shape::Word(_), Data::Scalar { .. }) if node.is_missing() => {
            faults.add(node.span, message!("format.no-value"));
        }
        (Shape::Scalar(scalar), Data::Scalar { text, .. }) => {
            if let Err(fault) = (scalar.check)(text) {
                faults.push(node.span, fault.message, fault.hint);
            }
        }
        (Shape::Word(words), Data::Scalar { text, .. }) => check_word(node.span, text, words, faults),
        (Shape::List { of, min }, Data::List(items)) => {
            if items.len() < *min {
                faults.add(node.span, message!("format.too-few-items", min = min));
            }
            items.iter().for_each(|item| check(item, of, faults));
        }
        (Shape::Tuple { of, names }, Data::List(items)) => {
            if items.len() == names.len() {
                items.iter().for_each(|item| check(item, &Shape::Scalar(of), faults));
            } else {
                let message = message!("format.wrong-count", expected = names.len(), found = items.len());
                faults.add_hinted(node.span, message, message!("format.hint-tuple", names = names.join(", ")));
            }
        }
        (Shape::Map(mapping), Data::Map(entries)) => check_map(node, entries, mapping, faults),
        (shape, _) => faults.push(node.span, wrong_shape(shape), shape_hint(shape)),
    }
}

fn fits(shape: &Shape, data: &Data) -> bool {
    matches!(
        (shape, data),
        (Shape::Scalar(_) | Shape::Word(_), Data::Scalar { .. })
            | (Shape::List { .. } | Shape::Tuple { .. }, Data::List(_))
            | (Shape::Map(_), Data::Map(_))
    )
}

fn wrong_shape(shape: &Shape) -> Message {
    match shape {
        Shape::Scalar(_) | Shape::Word(_) => message!("format.expected-value"),
        Shape::List { .. } | Shape::Tuple { .. } => message!("format.expected-list"),
        Shape::Map(_) => message!("format.expected-map"),
        Shape::Either(_) => message!("format.expected-other-shape"),
    }
}

fn shape_hint(shape: &Shape) -> Option<Message> {
    match shape {
        Shape::Scalar(scalar) => Some(message!("format.hint-example", example = scalar.example)),
        Shape::Word(words) => Some(message!("format.hint-words", words = list(words.iter().map(|w| w.text)))),
        Shape::Tuple { names, .. } => Some(message!("format.hint-tuple", names = names.join(", "))),
        Shape::Map(mapping) => Some(message!("format.hint-keys", keys = list(mapping.all().map(|k| k.name)))),
        Shape::List { .. } => Some(message!("format.hint-list")),
        Shape::Either(_) => None,
    }
}

fn check_word(span: Span, text: &str, words: &[Word], faults: &mut Faults) {
    if words.iter().any(|word| word.text == text) {
        return;
    }
    let all = || message!("format.hint-words", words = list(words.iter().map(|w| w.text)));
    let hint = match nearest(text, words.iter().map(|w| w.text)) {
        Some(nearest) => message!("format.hint-nearest", nearest = nearest),
        None => all(),
    };
    faults.add_hinted(span, message!("format.unknown-word", found = shown(text)), hint);
}

fn check_map(node: &Node, entries: &[Entry], mapping: &Mapping, faults: &mut Faults) {
    for entry in entries {
        match mapping.key(&entry.key) {
            Some(key) => check_entry(entry, key, faults),
            None => {
                let message = message!("format.unknown-key", key = shown(&entry.key));
                faults.add_hinted(entry.key_span, message, unknown_key_hint(&entry.key, entries, mapping));
            }
        }
    }
    let has = |name: &str| entries.iter().any(|entry| entry.key == name);
    for key in mapping.all().filter(|key| matches!(key.need, Need::Required) && !has(key.name)) {
        let hint = message!("format.hint-missing", key = key.name, example = key.example);
        faults.add_hinted(head_of(node), message!("format.missing-key", key = key.name), hint);
    }
    for set in mapping.one_of {
        let present: Vec<&Entry> = entries.iter().filter(|entry| set.contains(&entry.key.as_str())).collect();
        match present.as_slice() {
            [] => {
                // A misspelt key was told already; that it is therefore missing says nothing new.
                if entries.iter().all(|entry| mapping.key(&entry.key).is_some()) {
                    let keys = list(set.iter().copied());
                    faults.add(head_of(node), message!("format.one-key-needed", keys = keys));
                }
            }
            [_] => {}
            [first, rest @ ..] => {
                for extra in rest {
                    let message = message!("format.keys-exclude", key = extra.key, other = first.key);
                    faults.add(extra.key_span, message);
                }
            }
        }
    }
}

fn check_entry(entry: &Entry, key: &Key, faults: &mut Faults) {
    if entry.value.is_missing() {
        let message = message!("format.no-value-for", key = key.name);
        let hint = message!("format.hint-missing", key = key.name, example = key.example);
        faults.add_hinted(entry.key_span, message, hint);
        return;
    }
    check(&entry.value, &key.shape, faults);
}

/// A mapping's first key: pointing at a whole block would mark half the file.
fn head_of(node: &Node) -> Span {
    node.entries().first().map_or(node.span, |entry| entry.key_span)
}

fn unknown_key_hint(found: &str, entries: &[Entry], mapping: &Mapping) -> Message {
    let free = mapping.all().map(|key| key.name).filter(|name| entries.iter().all(|entry| entry.key != *name));
    if let Some(nearest) = nearest(found, free) {
        return message!("format.hint-nearest", nearest = nearest);
    }
    if let Some(parent) = home_of(found, mapping) {
        return message!("format.hint-belongs-below", parent = parent);
    }
    message!("format.hint-keys", keys = list(mapping.all().map(|key| key.name)))
}

/// The key of this mapping under which an unknown key would be known.
fn home_of(found: &str, mapping: &Mapping) -> Option<&'static str> {
    mapping.all().find(|key| inner(&key.shape).is_some_and(|below| below.key(found).is_some())).map(|key| key.name)
}

fn inner(shape: &Shape) -> Option<&'static Mapping> {
    match shape {
        Shape::Map(mapping) => Some(mapping),
        Shape::List { of, .. } => inner(of),
        Shape::Either(shapes) => shapes.iter().find_map(inner),
        Shape::Scalar(_) | Shape::Word(_) | Shape::Tuple { .. } => None,
    }
}

/// The candidate that was most likely meant: at most a third of the letters differ, whatever their case.
pub fn nearest<'a>(found: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase().replace('-', "_");
    let allowed = (found.chars().count() / 3).max(1);
    candidates
        .map(|name| (strsim::damerau_levenshtein(&found, &name.to_lowercase().replace('-', "_")), name))
        .filter(|(distance, name)| *distance <= allowed && *distance < name.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Names as a message lists them.
pub fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
