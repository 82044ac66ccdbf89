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
    /// Measured on labelled scans for this kind of field and this set of models: 0 to 1, and on whose writing.
    Calibrated(f64, Writing),
    /// The recogniser's own score, 0 (sure) to 1: orders alternatives, decides nothing.
    Uncalibrated(f64),
    /// Nothing was read: the text was given, or typed by a person. There is no misreading to be likely, and none was
    /// measured.
    NotRead,
}

impl Chance {
    /// That any of several readings is wrong: their chances together cannot exceed their sum. Measured on the weakest
    /// writing among them, and not at all if one of them is not. Where nothing was read there is nothing to add up.
    pub fn of_any(chances: impl IntoIterator<Item = Chance>) -> Chance {
        let (mut sum, mut weakest, mut read) = (0.0, Some(Writing::People), false);
        for chance in chances {
            read |= chance != Chance::NotRead;
            match chance {
                Chance::Calibrated(wrong, on) => {
                    sum += wrong;
                    weakest = weakest.map(|writing| writing.min(on));
                }
                Chance::Uncalibrated(score) => {
                    sum += score;
                    weakest = None;
                }
                Chance::NotRead => {}
            }
        }
        let sum = f64::min(sum, 1.0);
        match weakest {
            _ if !read => Chance::NotRead,
            Some(writing) => Chance::Calibrated(sum, writing),
            None => Chance::Uncalibrated(sum),
        }
    }
}

/// On what a chance of error was measured, the weaker first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writing {
    /// Letters of typefaces stood for people's writing.
    Typefaces,
    /// What people wrote, or what nobody writes in letters: marks, codes, empty boxes.
    People,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_never_shows_what_was_read() {
        let value = FieldValue::certain(
            FieldName::new("name").unwrap(),
            Content::Written(Personal::new("板橋　花子")),
            Provenance::Given,
        );
        assert!(!format!("{value:?}").contains("板橋"));
    }
}
