//! A cell becomes a field's value. It was not read but given: it stands there exactly, and nothing about it is likely or
//! unlikely. What it says may still be nothing that belongs there, and then a person looks.

use encoding_rs::{SHIFT_JIS, UTF_8};

use super::shape::in_shape;
use crate::message;
use crate::model::message::Message;
use crate::model::record::{CellShape, Encoding, RecordField};
use crate::model::value::{Content, FieldValue, Personal, Provenance};

/// The text of some bytes; nothing if they are no characters of this encoding.
pub(super) fn decoded(bytes: &[u8], encoding: Encoding) -> Option<String> {
    let encoding = match encoding {
        Encoding::Utf8 => UTF_8,
        // The Web's Shift_JIS is Windows' CP932.
        Encoding::Cp932 => SHIFT_JIS,
    };
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}

pub(super) fn value(field: &RecordField, bytes: &[u8], encoding: Encoding) -> FieldValue {
    let (content, doubt) = content(field, bytes, encoding);
    let provenance = Provenance::Column(field.column.clone());
    FieldValue { doubts: doubt.into_iter().collect(), ..FieldValue::certain(field.name.clone(), content, provenance) }
}

fn content(field: &RecordField, bytes: &[u8], encoding: Encoding) -> (Content, Option<Message>) {
    let Some(text) = decoded(bytes, encoding) else {
        return (Content::Unreadable, Some(message!("reading.cell-undecodable", encoding = encoding.word())));
    };
    let text = if field.shape == CellShape::Lines { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
    if text.is_empty() {
        return (Content::Blank, field.required.then(|| message!("reading.cell-missing")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return (Content::Unreadable, Some(message!("reading.cell-control-character")));
    }
    match normal(field, &text) {
        Ok(normal) => (Content::Written(Personal::new(normal)), None),
        Err(doubt) => (Content::Written(Personal::new(text)), Some(doubt)),
    }
}

/// The text as steps see it, or what speaks against it.
fn normal(field: &RecordField, text: &str) -> Result<String, Message> {
    if text.chars().any(|c| c == '\u{FFFD}' || is_private(c)) {
        return Err(message!("reading.cell-private-character"));
    }
    if text.trim().is_empty() {
        return Err(message!("reading.cell-only-spaces"));
    }
    if field.shape != CellShape::Lines && text.contains(['\n', '\r', '\t']) {
        return Err(message!("reading.cell-several-lines"));
    }
    let length = text.chars().count();
    if length > field.longest {
        return Err(message!("reading.cell-too-long", longest = field.longest, found = length));
    }
    in_shape(&field.shape, text)
}

/// 外字: a character that means something in one house only.
fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFD}')
}
