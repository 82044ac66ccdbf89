//! Printed codes: what was read, and what speaks against it.

use crate::message;
use crate::model::form::{CodeKind, LinePattern};
use crate::model::value::{Chance, Content, Personal};
use crate::reading::calibration::{Calibration, Recogniser};
use crate::reading::recognise::code::CodesRead;

use super::{Decided, alternative};

/// Decides what a code says. `kinds` are those that may stand there.
pub fn decide(
    read: &CodesRead,
    kinds: &[CodeKind],
    pattern: Option<&LinePattern>,
    calibration: Option<&Calibration>,
) -> Decided {
    let Some((text, others)) = read.texts.split_first() else {
        return Decided::unreadable(message!("reading.code-unread"));
    };
    let measured = calibration.and_then(|c| c.chance(recogniser(kinds), score(read)));
    let mut doubts = Vec::new();
    if !others.is_empty() {
        doubts.push(message!("reading.several-codes"));
    }
    if !read.confirmed {
        doubts.push(message!("reading.code-read-once"));
    }
    if pattern.is_some_and(|pattern| !pattern.fits(text)) {
        doubts.push(message!("reading.not-as-patterned"));
    }
    Decided {
        content: Content::Written(Personal::new(text.clone())),
        chance: measured.unwrap_or(Chance::Uncalibrated(1.0 - score(read))),
        alternatives: others.iter().map(|other| alternative(other.clone(), 0.5)).collect(),
        doubts,
    }
}

/// What a zone of these kinds is measured as: bars have weaker checks than squares, and some have none.
pub fn recogniser(kinds: &[CodeKind]) -> Recogniser {
    if kinds.iter().all(|kind| *kind == CodeKind::Qr) { Recogniser::QrCode } else { Recogniser::Bars }
}

/// 1 for one text that was confirmed, else a half.
pub fn score(read: &CodesRead) -> f64 {
    if read.confirmed && read.texts.len() == 1 { 1.0 } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(texts: &[&str], confirmed: bool, pattern: Option<&str>) -> Vec<String> {
        let read = CodesRead { texts: texts.iter().map(|t| (*t).to_owned()).collect(), confirmed };
        let pattern = pattern.and_then(LinePattern::new);
        let decided = decide(&read, &[CodeKind::Itf], pattern.as_ref(), None);
        assert_eq!(decided.content.written().map(Personal::expose), texts.first().copied());
        decided.doubts.iter().map(|doubt| doubt.code.to_string()).collect()
    }

    #[test]
    fn a_code_read_once_twice_differently_or_in_another_form_is_in_doubt() {
        assert!(said(&["12345678"], true, Some("99999999")).is_empty());
        assert_eq!(said(&["12345678"], false, None), ["reading.code-read-once"]);
        assert_eq!(said(&["12345678", "123456"], true, None), ["reading.several-codes"]);
        assert_eq!(said(&["123456"], true, Some("99999999")), ["reading.not-as-patterned"]);
        assert_eq!(said(&[], false, None), ["reading.code-unread"]);
    }
}
