//! Katakana in boxes: one in each box, an empty box between family and given name.

use crate::message;
use crate::model::value::{Chance, Content, Personal};
use crate::reading::calibration::{Calibration, Recogniser};
use crate::reading::recognise::decode::Reading;

use super::line::score;
use super::{Decided, alternative};

/// A reading less likely than this is no alternative.
const LEAST_ALTERNATIVE: f64 = 0.000_5;
const ALTERNATIVES: usize = 4;

/// Decides a row of boxes by its readings, best first.
pub fn decide(readings: &[Reading], calibration: Option<&Calibration>) -> Decided {
    let Some(best) = readings.first() else { return Decided::unreadable(message!("reading.line-unread")) };
    let score = score(best);
    let measured = calibration.and_then(|c| c.chance(Recogniser::Kana, score));
    let others = readings[1..].iter().filter(|r| r.share >= LEAST_ALTERNATIVE).take(ALTERNATIVES);
    Decided {
        content: Content::Written(Personal::new(text(best))),
        chance: measured.unwrap_or(Chance::Uncalibrated(1.0 - score)),
        alternatives: others.map(|reading| alternative(text(reading), reading.share)).collect(),
        doubts: Vec::new(),
    }
}

/// An empty box between written ones is one ideographic space.
fn text(reading: &Reading) -> String {
    let mut out = String::new();
    for glyph in &reading.glyphs {
        if glyph.gap {
            out.push('　');
        }
        out.push(glyph.character);
    }
    out
}
