//! Free lines: two readings of the same ink, cleaned by what the field is meant to hold.

use unicode_normalization::UnicodeNormalization;

use crate::message;
use crate::model::form::LineContent;
use crate::model::value::{Chance, Content, Personal};
use crate::reading::calibration::{Calibration, Recogniser};
use crate::reading::recognise::line::LineReading;

use super::{Decided, alternative};

/// Decides a line by its two readings.
pub fn decide(readings: &[LineReading; 2], content: LineContent, calibration: Option<&Calibration>) -> Decided {
    let [first, second] = readings;
    let texts = [cleaned(first, content), cleaned(second, content)];
    if texts.iter().all(String::is_empty) {
        return Decided::unreadable(message!("reading.line-unread"));
    }
    let agree = same(&texts[0], &texts[1]);
    let best = usize::from(texts[0].is_empty() || (!agree && second.confidence > first.confidence));
    let score = if agree { f64::min(first.confidence, second.confidence) } else { 0.0 };
    let measured = if agree { calibration.and_then(|c| c.chance(Recogniser::Line, score)) } else { None };
    let mut decided = Decided {
        content: Content::Written(Personal::new(texts[best].clone())),
        chance: measured.map_or(Chance::Uncalibrated(1.0 - score), Chance::Calibrated),
        alternatives: Vec::new(),
        doubts: Vec::new(),
    };
    let other = &texts[1 - best];
    if !agree {
        decided.doubts.push(message!("reading.two-readings-differ"));
        if !other.is_empty() {
            decided.alternatives.push(alternative(other.clone(), readings[1 - best].confidence));
        }
    }
    if content == LineContent::Phone && !is_phone(&texts[best]) {
        decided.doubts.push(message!("reading.no-phone-number"));
    }
    decided
}

fn same(a: &str, b: &str) -> bool {
    let bare = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    bare(a) == bare(b)
}

/// The text in its normal form: NFKC, without the spaces that Tesseract strews between characters, and as the field's
/// content wants it.
pub fn cleaned(reading: &LineReading, content: LineContent) -> String {
    match content {
        LineContent::PersonalName => name(reading),
        LineContent::Phone => phone(&bare(&reading.text())),
        LineContent::Address => between_digits(&bare(&reading.text()), '-'),
        LineContent::Free
        | LineContent::Bank
        | LineContent::Branch
        | LineContent::Relationship
        | LineContent::Occupation => bare(&reading.text()),
    }
}

fn bare(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

/// Family and given name with one ideographic space between them if the writer left exactly one wide gap.
fn name(reading: &LineReading) -> String {
    let mut out = String::new();
    let gap = match reading.gaps[..] {
        [gap] => Some(gap),
        _ => None,
    };
    let mut before = true;
    for symbol in &reading.symbols {
        let after = gap.is_some_and(|g| u32::midpoint(symbol.left, symbol.right) > g);
        if before && after && !out.is_empty() {
            out.push('　');
        }
        before = !after;
        out.push_str(&bare(&symbol.text));
    }
    out
}

/// Dashes between digits are dashes, whatever Tesseract took them for: ー and 一 stand there, too.
fn between_digits(text: &str, dash: char) -> String {
    let chars: Vec<char> = text.chars().collect();
    let digit = |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(char::is_ascii_digit);
    let is_dash = |c: char| "-ー一‐–—―−~_".contains(c);
    chars
        .iter()
        .enumerate()
        .map(|(i, c)| if is_dash(*c) && digit(i.checked_sub(1)) && digit(Some(i + 1)) { dash } else { *c })
        .collect()
}

/// Digits and hyphens; what looks like a digit is one here.
fn phone(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '0'..='9' => Some(c),
            'O' | 'o' | '〇' | '○' | 'Q' | 'D' => Some('0'),
            'I' | 'l' | '|' | '!' => Some('1'),
            'Z' | 'z' => Some('2'),
            'S' | 's' => Some('5'),
            'B' => Some('8'),
            '(' | ')' | '-' | 'ー' | '一' | '‐' | '–' | '—' | '―' | '−' | '~' | '_' => Some('-'),
            _ => None,
        })
        .collect::<String>()
        .trim_matches('-')
        .to_owned()
}

/// Ten or eleven digits beginning with 0 (電気通信番号規則), hyphens between them at most.
pub fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.starts_with('0') && (10..=11).contains(&digits) && !text.contains("--") && !text.starts_with("00")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::recognise::tesseract::Symbol;

    fn reading(text: &str, gaps: &[u32]) -> LineReading {
        let symbols = text
            .chars()
            .enumerate()
            .map(|(i, c)| Symbol {
                text: c.to_string(),
                confidence: 0.9,
                left: i as u32 * 10,
                right: i as u32 * 10 + 9,
            })
            .collect();
        LineReading { symbols, confidence: 0.9, gaps: gaps.to_vec() }
    }

    #[test]
    fn a_gap_between_names_is_one_ideographic_space() {
        assert_eq!(cleaned(&reading("板橋花子", &[19]), LineContent::PersonalName), "板橋　花子");
        assert_eq!(cleaned(&reading("板橋花子", &[]), LineContent::PersonalName), "板橋花子");
    }

    #[test]
    fn dashes_in_numbers_are_dashes_and_lookalikes_are_digits() {
        assert_eq!(cleaned(&reading("O9O一1234ー5678", &[]), LineContent::Phone), "090-1234-5678");
        assert_eq!(cleaned(&reading("二丁目48ー16", &[]), LineContent::Address), "二丁目48-16");
        assert_eq!(cleaned(&reading("センタービル", &[]), LineContent::Address), "センタービル");
    }

    #[test]
    fn readings_that_differ_are_a_doubt_and_each_others_alternative() {
        let decided = decide(&[reading("池袋", &[]), reading("池裟", &[])], LineContent::Branch, None);
        assert_eq!(decided.doubts[0].code, "reading.two-readings-differ");
        assert_eq!(decided.alternatives[0].text.expose(), "池裟");
    }

    #[test]
    fn a_number_that_no_phone_can_have_is_a_doubt() {
        assert!(is_phone("03-3579-1234") && is_phone("09012345678"));
        assert!(!is_phone("3579-1234") && !is_phone("00-3579-1234") && !is_phone("03--579-12345"));
    }
}
