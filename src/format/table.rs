//! The tables that define what a file may say: one entry per key, from which checking, JSON Schema and the manual come.

use super::scalar::Scalar;

/// Words in both languages, for schema and manual.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub ja: &'static str,
    pub en: &'static str,
}

/// `words("日本語", "English")`.
pub const fn words(ja: &'static str, en: &'static str) -> Words {
    Words { ja, en }
}

/// One key of a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub need: Need,
    pub doc: Words,
    /// A value as it may be written, in YAML.
    pub example: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub enum Need {
    Required,
    Optional,
    /// May be left out; then this holds (as it would be written).
    Default(&'static str),
}

/// What may stand as a value.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    Scalar(&'static Scalar),
    /// One of a few words.
    Word(&'static [Word]),
    /// At least `min` items, all alike.
    List {
        of: &'static Shape,
        min: usize,
    },
    /// Exactly these numbers, by name.
    Tuple {
        of: &'static Scalar,
        names: &'static [&'static str],
    },
    Map(&'static Mapping),
    /// A value, a list or a mapping: at most one shape of each.
    Either(&'static [Shape]),
}

/// One allowed word with its meaning.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    pub text: &'static str,
    pub doc: Words,
}

pub const fn word(text: &'static str, ja: &'static str, en: &'static str) -> Word {
    Word { text, doc: Words { ja, en } }
}

/// A mapping with a fixed set of keys.
#[derive(Debug)]
pub struct Mapping {
    /// Name in the schema's `$defs` and the manual's headings; unique.
    pub name: &'static str,
    pub doc: Words,
    /// Groups of keys, in the order in which an author would write them; groups may be shared between mappings.
    pub keys: &'static [&'static [Key]],
    /// Of each of these sets exactly one key must be there.
    pub one_of: &'static [&'static [&'static str]],
}

impl Mapping {
    pub fn all(&self) -> impl Iterator<Item = &'static Key> {
        self.keys.iter().flat_map(|group| group.iter())
    }

    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.all().find(|key| key.name == name)
    }
}

/// A required key.
pub const fn required(name: &'static str, shape: Shape, doc: Words, example: &'static str) -> Key {
    Key { name, shape, need: Need::Required, doc, example }
}

/// A key that may be left out.
pub const fn optional(name: &'static str, shape: Shape, doc: Words, example: &'static str) -> Key {
    Key { name, shape, need: Need::Optional, doc, example }
}

/// A key that may be left out, with what holds then.
pub const fn default(name: &'static str, shape: Shape, value: &'static str, doc: Words, example: &'static str) -> Key {
    Key { name, shape, need: Need::Default(value), doc, example }
}

/// A kind of file.
#[derive(Debug, Clone, Copy)]
pub struct FileKind {
    /// `scenario`, `form`, `target`, `plan`: the argument of `jitan schema` and the schema's file name.
    pub name: &'static str,
    pub root: &'static Mapping,
}
