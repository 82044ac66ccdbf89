//! Which option of a choice was marked: ticks in boxes and circles round printed words, seen as what was written over
//! the blank. Exactly one option stands out, or a person decides.

use crate::message;
use crate::model::form::{ChoiceOption, MarkStyle};
use crate::model::message::Message;
use crate::model::value::{Alternative, Chance, Content, Personal, Rect};

use super::ink::STROKE_INK;
use super::register::Registered;

/// What a choice says.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkReading {
    pub content: Content,
    /// The recogniser's own score; whoever knows the calibration turns it into a measured chance.
    pub chance: Chance,
    /// Every other option that holds ink, best first.
    pub alternatives: Vec<Alternative>,
    pub doubts: Vec<Message>,
}

/// A tick or a circle leaves its box: this much around it still belongs to the option, in mm.
const OVERSHOOT_MM: f64 = 1.6;
/// An option whose strength is at least this is marked by itself.
const MARKED: f64 = 0.5;
/// An option below this is left alone.
const UNMARKED: f64 = 0.2;
/// The marked option must be this many times as strong as the next.
const CLEAR_LEAD: f64 = 2.5;

/// Reads a choice: exactly one option marked is its value, none marked is blank, anything else is for a person.
pub fn read_choice(options: &[ChoiceOption], registered: &Registered) -> MarkReading {
    let mut strengths: Vec<(f64, &ChoiceOption)> =
        options.iter().enumerate().map(|(i, option)| (strength(options, i, registered), option)).collect();
    strengths.sort_by(|a, b| b.0.total_cmp(&a.0));
    let first = strengths.first().map_or(0.0, |s| s.0);
    let second = strengths.get(1).map_or(0.0, |s| s.0);
    let (content, rest) = match strengths.first() {
        Some((_, option)) if first >= UNMARKED => (Content::Written(Personal::new(option.value.clone())), 1),
        _ => (Content::Blank, 0),
    };
    let alternatives = strengths[rest..]
        .iter()
        .filter(|(strength, _)| *strength >= UNMARKED)
        .map(|(strength, option)| Alternative { text: Personal::new(option.value.clone()), score: strength.min(1.0) })
        .collect();
    let (wrong, doubts) = judge(first, second);
    MarkReading { content, chance: Chance::Uncalibrated(wrong), alternatives, doubts }
}

/// How doubtful the best two strengths leave a choice: 0 sure, 1 not at all; and what speaks against it.
fn judge(first: f64, second: f64) -> (f64, Vec<Message>) {
    if first < UNMARKED {
        return (0.5 * first / UNMARKED, Vec::new());
    }
    if second * CLEAR_LEAD > first && second >= UNMARKED {
        return (1.0, vec![message!("reading.several-marks")]);
    }
    if first < MARKED {
        return (0.8, vec![message!("reading.faint-mark")]);
    }
    let lead = 1.0 - second / first;
    let weight = ((first - MARKED) / MARKED).min(1.0);
    (1.0 - lead * (0.5 + 0.5 * weight), Vec::new())
}

/// How strongly one option is marked: ink in its window against the ink of the smallest mark people make (1 is an
/// ordinary mark). A pixel belongs to the option whose rectangle is nearest, so that an overshooting tick does not
/// mark its neighbour.
fn strength(options: &[ChoiceOption], index: usize, registered: &Registered) -> f64 {
    let option = &options[index];
    let window = registered.pixels(option.rect, OVERSHOOT_MM);
    let dots = registered.dots_per_mm;
    let mut inked = 0_u64;
    for y in window.top..window.bottom {
        let row = registered.ink.row(y);
        let y_mm = (f64::from(y) + 0.5) / dots;
        for x in window.left..window.right {
            if row[x as usize] >= STROKE_INK {
                let x_mm = (f64::from(x) + 0.5) / dots;
                let own = distance(option.rect, x_mm, y_mm);
                let nearest = options.iter().all(|other| own <= distance(other.rect, x_mm, y_mm));
                inked += u64::from(nearest);
            }
        }
    }
    inked as f64 / (dots * dots) / ordinary_mark_mm2(option)
}

/// Ink of an ordinary mark in mm²: a tick of two strokes as long as the box, or an oval round the word, drawn with a
/// 0.4 mm pen; what crosses printed lines is taken away with them, so two thirds remain.
fn ordinary_mark_mm2(option: &ChoiceOption) -> f64 {
    const PEN_MM: f64 = 0.4;
    const REMAINS: f64 = 0.66;
    let (w, h) = (option.rect.width, option.rect.height);
    let length = match option.style {
        MarkStyle::Tick => 1.2 * (w + h) / 2.0,
        MarkStyle::Circle => std::f64::consts::PI * (w + h) / 2.0,
    };
    length * PEN_MM * REMAINS
}

/// Distance of a point from a rectangle in mm, 0 inside.
fn distance(rect: Rect, x: f64, y: f64) -> f64 {
    let dx = (rect.x - x).max(x - rect.x - rect.width).max(0.0);
    let dy = (rect.y - y).max(y - rect.y - rect.height).max(0.0);
    dx.hypot(dy)
}
