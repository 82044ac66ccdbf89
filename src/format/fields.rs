//! Decoding: a mapping's values by key and type. It runs on trees that [`check`](super::check::check) passed, so a missing
//! value means a key that may be left out; whatever else cannot be decoded gives `None` and never panics.

use super::diagnostic::Span;
use super::scalar::Fault;
use super::tree::{Entry, Node};

/// The values of one mapping.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'n> {
    node: &'n Node,
}

impl<'n> Fields<'n> {
    pub fn of(node: &'n Node) -> Self {
        Self { node }
    }

    pub fn span(&self) -> Span {
        self.node.span
    }

    pub fn entries(&self) -> &'n [Entry] {
        self.node.entries()
    }

    pub fn node(&self, key: &str) -> Option<&'n Node> {
        self.node.get(key)
    }

    /// The place of a key's value, or of the mapping if the key is not there.
    pub fn span_of(&self, key: &str) -> Span {
        self.node(key).map_or(self.node.span, |node| node.span)
    }

    /// A typed value, such as `fields.get("timeout", scalar::duration)`.
    pub fn get<T>(&self, key: &str, parse: fn(&str) -> Result<T, Fault>) -> Option<T> {
        self.node(key).and_then(|node| value(node, parse))
    }

    /// The items of a list; nothing if the key is not there.
    pub fn items(&self, key: &str) -> &'n [Node] {
        self.node(key).map_or(&[], Node::items)
    }

    /// The mapping under a key.
    pub fn map(&self, key: &str) -> Option<Fields<'n>> {
        self.node(key).map(Fields::of)
    }

    /// Every item of a list of values.
    pub fn list<T>(&self, key: &str, parse: fn(&str) -> Result<T, Fault>) -> Vec<T> {
        self.items(key).iter().filter_map(|item| value(item, parse)).collect()
    }
}

/// A node's typed value.
pub fn value<T>(node: &Node, parse: fn(&str) -> Result<T, Fault>) -> Option<T> {
    parse(node.scalar()?).ok()
}

/// The numbers of a tuple such as `[x, y, width, height]`.
pub fn numbers<const N: usize>(node: &Node) -> Option<[f64; N]> {
    let numbers: Vec<f64> = node.items().iter().filter_map(|item| item.scalar()?.parse().ok()).collect();
    numbers.try_into().ok()
}
