//! Free lines: the likeliest readings, put into the form that the field wants, and what speaks against them.

use unicode_normalization::UnicodeNormalization;

use crate::message;
use crate::model::form::LineContent;
use crate::model::value::{Chance, Content, Personal};
use crate::reading::calibration::{Calibration, Recogniser};
use crate::reading::language::contents::Parts;
use crate::reading::recognise::decode::Reading;

use super::{Decided, alternative, phone};

/// A reading less likely than this is no alternative.
const LEAST_ALTERNATIVE: f64 = 0.000_5;
const ALTERNATIVES: usize = 4;

/// Decides a line by its readings, best first. `second` is what another reader made of the same ink, if it was asked.
pub fn decide(
    readings: &[Reading],
    second: Option<&str>,
    content: LineContent,
    calibration: Option<&Calibration>,
) -> Decided {
    let Some(best) = readings.first() else { return Decided::unreadable(message!("reading.line-unread")) };
    let text = text(best, content);
    let agrees = second.map(|other| same(&text, &cleaned(other, content)));
    let recogniser = if agrees == Some(true) { Recogniser::LineTwice } else { Recogniser::Line };
    let score = score(best);
    let measured = calibration.and_then(|c| c.chance(recogniser, score));
    let mut decided = Decided {
        content: Content::Written(Personal::new(text.clone())),
        chance: measured.unwrap_or(Chance::Uncalibrated(1.0 - score)),
        alternatives: alternatives(readings, &text, content),
        doubts: Vec::new(),
    };
    if let (Some(false), Some(other)) = (agrees, second) {
        decided.doubts.push(message!("reading.two-readings-differ"));
        let other = cleaned(other, content);
        if !other.is_empty() && !decided.alternatives.iter().any(|a| same(a.text.expose(), &other)) {
            decided.alternatives.push(alternative(other, LEAST_ALTERNATIVE));
        }
    }
    if content == LineContent::Phone && !phone::is_number(&text) {
        decided.doubts.push(message!("reading.no-phone-number"));
    }
    decided
}

/// How sure a reading is, 0 to 1: its share among the readings, and what the pictures of its characters and of what it
/// leaves out say. Orders readings;
/// what it is worth is measured.
pub fn score(reading: &Reading) -> f64 {
    let pictures: f64 = reading.glyphs.iter().map(|g| f64::from(g.probability)).product();
    reading.share * pictures * reading.left_out
}

fn alternatives(readings: &[Reading], text: &str, content: LineContent) -> Vec<crate::model::value::Alternative> {
    let mut others: Vec<(String, f64)> = Vec::new();
    for reading in readings[1..].iter().filter(|r| r.share >= LEAST_ALTERNATIVE) {
        let other = self::text(reading, content);
        if !same(&other, text) && !others.iter().any(|(o, _)| same(o, &other)) {
            others.push((other, reading.share));
        }
    }
    others.into_iter().take(ALTERNATIVES).map(|(text, share)| alternative(text, share)).collect()
}

/// The reading in the field's normal form: a name's parts with one ideographic space between them, other lines with a
/// space where the writer left one.
pub fn text(reading: &Reading, content: LineContent) -> String {
    let mut out = String::new();
    let mut spaced = false;
    for (i, glyph) in reading.glyphs.iter().enumerate() {
        let before = i.checked_sub(1).map(|b| reading.glyphs[b].part);
        match content {
            LineContent::PersonalName | LineContent::Kana => {
                let given_begins = before.is_some_and(|b| b != glyph.part) && Parts::is_given(glyph.part);
                if before.is_some() && !spaced && (glyph.gap || given_begins) {
                    out.push('　');
                    spaced = true;
                }
            }
            LineContent::Address | LineContent::Free if glyph.gap && before.is_some() => out.push(' '),
            _ => {}
        }
        out.push(glyph.character);
    }
    out
}

/// Whether two texts say the same, spaces aside.
pub fn same(a: &str, b: &str) -> bool {
    let bare = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    bare(a) == bare(b)
}

/// What another reader said, in the field's normal form.
pub fn cleaned(text: &str, content: LineContent) -> String {
    let bare: String = text.nfkc().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    match content {
        LineContent::Phone => phone(&bare),
        LineContent::Address => between_digits(&bare, '-'),
        LineContent::PersonalName
        | LineContent::Free
        | LineContent::Bank
        | LineContent::Branch
        | LineContent::Kana
        | LineContent::Relationship
        | LineContent::Occupation => bare,
    }
}

/// Dashes between digits are dashes, whatever the reader took them for: ー and 一 stand there, too.
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
