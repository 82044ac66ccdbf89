//! Values read from paper: what was read, how sure that is, and where it came from.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::id::{FieldName, Who};
use super::message::Message;

/// Text about a person. `Debug` is silent, so that no log and no panic can show it; to see it, say `expose`.
///
/// It serialises as plain text, because it travels in encrypted documents and through the reader's pipe. Journal,
/// index and log types never contain one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Personal(String);

impl Personal {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Each caller is a place to check when asking where personal data can go.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Personal({} chars)", self.0.chars().count())
    }
}

/// How likely a reading is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chance {
    /// Measured on labelled scans for this kind of field and this set of models: upper 95% bound, 0 to 1.
    Calibrated(f64),
    /// The recogniser's own score, 0 (sure) to 1: orders alternatives, decides nothing.
    Uncalibrated(f64),
    /// Nothing was read: the text was given, or typed by a person. There is no misreading to be likely, and none was
    /// measured.
    NotRead,
}

impl Chance {
    /// A field passes unseen only if its chance of error is calibrated and below the bound, or nothing was read.
    pub fn is_below(self, bound: f64) -> bool {
        match self {
            Chance::Calibrated(chance) => chance < bound,
            Chance::Uncalibrated(_) => false,
            Chance::NotRead => true,
        }
    }
}

/// What stands in a field. Blank, unreadable and a value are three things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "text")]
pub enum Content {
    /// In the form's own normal form: half-width digits, full-width kana, the option's name.
    Written(Personal),
    /// No ink where writing belongs: measured, never concluded from an empty OCR result.
    Blank,
    /// Ink that no reading fits.
    Unreadable,
}

impl Content {
    pub fn written(&self) -> Option<&Personal> {
        match self {
            Content::Written(text) => Some(text),
            Content::Blank | Content::Unreadable => None,
        }
    }
}

/// Another reading of the same ink.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    pub text: Personal,
    /// The recogniser's score, 0 to 1, higher is likelier; comparable within one field only.
    pub score: f64,
}

/// A rectangle in millimetres from the top left corner of the blank form.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    /// The smallest rectangle that holds both.
    #[must_use]
    pub fn union(self, other: Rect) -> Rect {
        let x = self.x.min(other.x);
        let y = self.y.min(other.y);
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Rect { x, y, width: right - x, height: bottom - y }
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// Read from this place of the registered page.
    Zone(Rect),
    /// Given in this column of a record. It was not read, but it may be what nobody should enter.
    Column(String),
    /// Handed in by a test or a command.
    Given,
    /// Typed or confirmed by a person.
    Person(Who),
    /// Computed from other fields.
    Derived(Vec<FieldName>),
}

/// One field of one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldValue {
    pub field: FieldName,
    pub content: Content,
    pub chance: Chance,
    pub provenance: Provenance,
    /// Best first, without the value itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
    /// What speaks against the value (a check digit, a date that does not exist). Any entry sends it to a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Message>,
    /// What speaks for the value beside its own ink (a neighbour that agrees). It clears no doubt, and how much it
    /// says is for a calibration to measure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Message>,
}

impl FieldValue {
    /// A person's or a record's word is not a reading: there is nothing to be misread about it.
    pub fn certain(field: FieldName, content: Content, provenance: Provenance) -> Self {
        Self {
            field,
            content,
            chance: Chance::NotRead,
            provenance,
            alternatives: Vec::new(),
            doubts: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// Whether a person must look before this is entered. Ink that nothing fits always needs one.
    pub fn needs_a_person(&self, bound: f64) -> bool {
        let settled = matches!(self.provenance, Provenance::Person(_) | Provenance::Given);
        !settled && (self.content == Content::Unreadable || !self.doubts.is_empty() || !self.chance.is_below(bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chance: Chance) -> FieldValue {
        FieldValue {
            field: FieldName::new("name").unwrap(),
            content: Content::Written(Personal::new("板橋　花子")),
            chance,
            provenance: Provenance::Zone(Rect { x: 0.0, y: 0.0, width: 1.0, height: 1.0 }),
            alternatives: Vec::new(),
            doubts: Vec::new(),
            evidence: Vec::new(),
        }
    }

    #[test]
    fn an_uncalibrated_chance_never_passes_however_small() {
        assert!(read(Chance::Uncalibrated(0.0)).needs_a_person(0.5));
        assert!(!read(Chance::Calibrated(0.0009)).needs_a_person(0.001));
        assert!(read(Chance::Calibrated(0.001)).needs_a_person(0.001));
    }

    #[test]
    fn a_records_cell_passes_without_a_chance_but_not_with_a_doubt() {
        let field = FieldName::new("name").unwrap();
        let content = Content::Written(Personal::new("板橋　花子"));
        let cell = FieldValue::certain(field, content, Provenance::Column("氏名".to_owned()));
        assert!(!cell.needs_a_person(0.0));
        let doubt = crate::message!("reading.cell-missing");
        assert!(FieldValue { doubts: vec![doubt], ..cell.clone() }.needs_a_person(0.5));
        assert!(FieldValue { content: Content::Unreadable, ..cell }.needs_a_person(0.5));
    }

    #[test]
    fn debug_output_never_shows_what_was_read() {
        assert!(!format!("{:?}", read(Chance::Calibrated(0.0))).contains("板橋"));
    }
}
