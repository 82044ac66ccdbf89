//! From what recognisers saw to a field's value: by what the kind of field knows, with everything that speaks against
//! it and a measured chance of error, or none.

mod arithmetic;
pub mod check_digit;
pub mod code;
pub mod date;
pub mod kana;
pub mod letters;
pub mod line;
pub mod link;
pub mod phone;
pub mod row;
pub mod second;

use crate::model::message::Message;
use crate::model::value::{Alternative, Chance, Content, FieldValue, Personal};

/// A field's value before it has a name and a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    pub content: Content,
    pub chance: Chance,
    pub alternatives: Vec<Alternative>,
    pub doubts: Vec<Message>,
}

impl Decided {
    pub fn blank(chance: Chance) -> Self {
        Self { content: Content::Blank, chance, alternatives: Vec::new(), doubts: Vec::new() }
    }

    pub fn unreadable(doubt: Message) -> Self {
        Self {
            content: Content::Unreadable,
            chance: Chance::Uncalibrated(1.0),
            alternatives: Vec::new(),
            doubts: vec![doubt],
        }
    }
}

/// Takes another reading for the value. The one first decided stays at hand, as the first alternative, and a person
/// confirms the choice.
fn choose(value: &mut FieldValue, index: usize, doubt: Message) {
    let chosen = value.alternatives.remove(index);
    let first = value.content.written().map(|text| text.expose().to_owned());
    let sure = match value.chance {
        Chance::Calibrated(wrong, _) | Chance::Uncalibrated(wrong) => 1.0 - wrong,
        Chance::NotRead => 1.0,
    };
    value.alternatives.splice(0..0, first.map(|text| alternative(text, sure)));
    value.content = Content::Written(chosen.text);
    value.chance = Chance::Uncalibrated((1.0 - chosen.score).clamp(0.0, 1.0));
    value.doubts.push(doubt);
}

pub(crate) fn alternative(text: impl Into<String>, score: f64) -> Alternative {
    Alternative { text: Personal::new(text), score }
}
