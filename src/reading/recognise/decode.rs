//! Finds the readings of a line that ink and language together make likeliest: a beam search over all cuts, all
//! characters and all ways through the grammar.

use std::collections::HashMap;

use crate::reading::language::grammar::{Grammar, Next, State};
use crate::reading::language::kind::Kind;

use super::characters::{CharacterGuess, look_alikes};
use super::digits::DigitGuess;
use super::pieces::{Pieces, Segment};

/// Readings kept at each place of the line.
const BEAM: usize = 48;
/// Characters that a picture offers.
const OFFERED: usize = 20;
/// Readings that are so much dearer than the best at their place are dropped, in nats.
const HOPELESS: f32 = 16.0;
/// No picture speaks against a character more than this, in nats: classifiers err, too.
const DEAREST: f32 = 11.0;
/// Distinct readings returned.
const READINGS: usize = 8;

/// Signs that people write in forms, in their normal form; whatever looks like one of them is not a sign of its own.
const SIGNS: &str = "・、。,.:/「」&#@*+=?!〒〃~";

/// A digit that the digits' classifier finds likelier than this is offered, whatever the other says.
const LIKELY_DIGIT: f64 = 0.02;
/// How likely ink of this shape and size is a dash, or a speck, for one who does not see its picture: the picture shows
/// neither size nor place.
const BAR_IS_DASH: f32 = 0.8;
const TINY_IS_SPECK: f32 = 0.75;
/// Ink no larger than this is tiny, in heights of a character.
const TINY: f64 = 0.3;
/// What a speck among the characters costs, in nats, and what it costs more for being as large as a character.
const SPECK: f32 = 3.0;
const SPECK_BY_SIZE: f32 = 8.0;
/// Ink larger than this is no speck, in heights of a character.
const LARGEST_SPECK: f64 = 0.6;
/// What a wide gap before ー or - costs: they belong to what stands before them.
const NEVER_APART: f32 = 5.0;

/// What two classifiers make of a segment's ink: the one that knows all characters, and the one that knows digits only
/// and knows them better.
#[derive(Debug, Clone)]
pub struct Guess {
    pub character: CharacterGuess,
    /// For ink that has the shape of a digit.
    pub digit: Option<DigitGuess>,
}

impl Guess {
    fn probability(&self, c: char, segment: &Segment) -> f32 {
        let one = self.character.log_probability(c).exp();
        match (&self.digit, c.to_digit(10)) {
            (Some(digit), Some(value)) => by_two(one, digit.digits[value as usize] as f32),
            _ if segment.is_bar() && (Kind::of(c) == Kind::Long || c == '-' || c == '一') => by_two(one, BAR_IS_DASH),
            // In many hands and typefaces they are the same.
            _ if c == '丁' => one + self.character.log_probability('T').exp(),
            _ => one,
        }
    }
}

/// How likely this ink, left out, is no character.
fn speck(guess: Option<&Guess>, largest: f64) -> f32 {
    let none = guess.map_or(1.0, |guess| guess.character.none());
    if largest < TINY { by_two(none, TINY_IS_SPECK) } else { none }
}

/// What two classifiers say together: where both think it likelier than not, each makes the other surer, as two witnesses
/// do; where they differ, half of what they say.
fn by_two(one: f32, other: f32) -> f32 {
    let (both, neither) = (one * other, (1.0 - one) * (1.0 - other));
    if one.min(other) > 0.5 { both / (both + neither) } else { f32::midpoint(one, other) }
}

/// One character of a reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    pub character: char,
    /// What the classifier gives it by its picture alone, 0 to 1.
    pub probability: f32,
    /// Whether the writer left a wide gap before it.
    pub gap: bool,
    /// The part of the grammar that it was read by.
    pub part: usize,
}

/// One way to read a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub glyphs: Vec<Glyph>,
    /// Its share among all readings found, 0 to 1.
    pub share: f64,
    /// How likely the ink that it leaves out is no character, 0 to 1; 1 if it leaves out none.
    pub left_out: f64,
}

impl Reading {
    pub fn text(&self) -> String {
        self.glyphs.iter().map(|g| g.character).collect()
    }
}

#[derive(Clone, Copy)]
struct Step {
    before: Option<u32>,
    glyph: Glyph,
}

#[derive(Clone, Copy)]
struct Open {
    state: State,
    cost: f32,
    /// Last step of the way here; none at the beginning.
    step: Option<u32>,
    /// Names the text so far.
    text: u64,
    left_out: f32,
}

/// The likeliest readings, best first. `guesses` belong to `pieces.segments`, one each; none for ink without a stroke.
pub fn decode(pieces: &Pieces, guesses: &[Option<Guess>], grammar: &Grammar) -> Vec<Reading> {
    let mut steps: Vec<Step> = Vec::new();
    let mut beams: Vec<Vec<Open>> = vec![Vec::new(); pieces.count + 1];
    beams[0].push(Open { state: grammar.start(), cost: 0.0, step: None, text: 0, left_out: 1.0 });
    let mut found: Vec<Next> = Vec::new();
    for place in 0..pieces.count {
        let beam = pruned(std::mem::take(&mut beams[place]));
        let gap = pieces.wide_gap[place];
        for (segment, guess) in pieces.segments.iter().zip(guesses).filter(|(s, _)| s.first == place) {
            let largest = segment.width.max(segment.height);
            if segment.last == place + 1 && largest < LARGEST_SPECK {
                let none = speck(guess.as_ref(), largest);
                let speck = SPECK + SPECK_BY_SIZE * largest as f32 + (-none.ln()).min(DEAREST);
                let skip = |open: &Open| Open { cost: open.cost + speck, left_out: open.left_out * none, ..*open };
                beams[segment.last].extend(beam.iter().map(skip));
            }
            let Some(guess) = guess else { continue };
            let offered = offered(guess);
            for open in &beam {
                found.clear();
                grammar.next(open.state, &offered, gap, &mut found);
                for next in &found {
                    let probability = guess.probability(next.character, segment);
                    let ink = (-probability.ln()).min(DEAREST);
                    let apart = if gap && joins(next.character) { NEVER_APART } else { 0.0 };
                    let cost = open.cost + next.cost + ink + apart + misfit(next.character, segment);
                    let part = grammar.part_of(next.state).unwrap_or(0);
                    steps.push(Step {
                        before: open.step,
                        glyph: Glyph { character: next.character, probability, gap, part },
                    });
                    let step = Some(steps.len() as u32 - 1);
                    let text = (open.text ^ u64::from(u32::from(next.character))).wrapping_mul(0x0100_0000_01b3);
                    beams[segment.last].push(Open { state: next.state, cost, step, text, left_out: open.left_out });
                }
            }
        }
    }
    readings(&beams[pieces.count], &steps, grammar)
}

/// What the picture may be, with everything that looks the same.
fn offered(guess: &Guess) -> Vec<char> {
    let mut offered: Vec<char> = Vec::new();
    if let Some(digit) = &guess.digit {
        offered.extend(digit.ranked().into_iter().filter(|(_, p)| *p > LIKELY_DIGIT).map(|(c, _)| c));
    }
    for (c, _) in guess.character.ranked(OFFERED) {
        offered.push(c);
        offered.extend(look_alikes(c).chars().filter(|other| *other != c));
    }
    offered.retain(|c| Kind::of(*c) != Kind::Sign || SIGNS.contains(*c));
    offered.sort_unstable();
    offered.dedup();
    offered
}

/// The best ways here, of two that say the same in the same state only the cheaper.
fn pruned(mut beam: Vec<Open>) -> Vec<Open> {
    beam.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let best = beam.first().map_or(0.0, |open| open.cost);
    let mut kept: Vec<Open> = Vec::with_capacity(BEAM);
    for open in beam {
        if kept.len() == BEAM || open.cost > best + HOPELESS {
            break;
        }
        if !kept.iter().any(|k| k.text == open.text && k.state == open.state) {
            kept.push(open);
        }
    }
    kept
}

fn readings(beam: &[Open], steps: &[Step], grammar: &Grammar) -> Vec<Reading> {
    let mut ended: Vec<(f32, Open)> =
        beam.iter().filter_map(|open| grammar.ending(open.state).map(|end| (open.cost + end, *open))).collect();
    ended.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some((best, _)) = ended.first().copied() else { return Vec::new() };
    let mut shares: HashMap<u64, f64> = HashMap::new();
    let mut order: Vec<Open> = Vec::new();
    for (cost, open) in &ended {
        let share = shares.entry(open.text).or_insert_with(|| {
            order.push(*open);
            0.0
        });
        *share += f64::from(best - cost).exp();
    }
    let all: f64 = shares.values().sum();
    let reading = |open: &Open| Reading {
        glyphs: glyphs(open.step, steps),
        share: shares[&open.text] / all,
        left_out: f64::from(open.left_out),
    };
    let mut readings: Vec<Reading> = order.iter().take(READINGS).map(reading).collect();
    readings.sort_by(|a, b| b.share.total_cmp(&a.share));
    readings
}

fn glyphs(mut step: Option<u32>, steps: &[Step]) -> Vec<Glyph> {
    let mut glyphs = Vec::new();
    while let Some(at) = step {
        glyphs.push(steps[at as usize].glyph);
        step = steps[at as usize].before;
    }
    glyphs.reverse();
    glyphs
}

/// What speaks against a character by size and shape alone, which its picture no longer shows: in nats.
fn misfit(c: char, segment: &Segment) -> f32 {
    let (width, height) = (segment.width, segment.height);
    let mut cost = 0.0;
    match Kind::of(c) {
        Kind::Digit | Kind::Latin => {
            cost += if width > 0.9 { 2.5 } else { 0.0 };
            cost += if height < 0.4 { 3.0 } else { 0.0 };
            cost += if segment.split > 0.06 { 2.5 } else { 0.0 };
        }
        Kind::Dash if c == '-' => cost += if height > 0.4 { 4.0 } else { 0.0 },
        Kind::Dash => cost += if height < 0.8 || width > 0.4 { 4.0 } else { 2.0 },
        Kind::Long => cost += if width.max(height) < 0.35 { 2.0 } else { 0.0 },
        Kind::Sign => cost += if width.max(height) > 0.6 { 2.0 } else { 0.0 },
        _ if is_small(c) => cost += if height > 0.68 { 2.5 } else { 0.0 },
        _ => {
            cost += if width.max(height) < 0.45 { 2.5 } else { 0.0 };
            cost += if has_small_form(c) && height < 0.5 { 1.5 } else { 0.0 };
            cost += (20.0 * (width - 1.08)).clamp(0.0, 5.0) as f32;
        }
    }
    let apart = if APART.contains(c) { 0.3 } else { 0.12 };
    cost + (25.0 * (segment.split - apart)).clamp(0.0, 5.0) as f32
}

fn joins(c: char) -> bool {
    matches!(Kind::of(c), Kind::Long | Kind::Dash) && c != '('
}

/// Characters whose strokes stand apart from side to side, whoever writes them.
const APART: &str = "いけにはばぱほぼぽりかがハバパルレリソシツンミ川州八六心小水門北非外羽竹旧引以私礼加化仏孔";
const SMALL: &str = "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ";
const LARGE: &str = "あいうえおつやゆよわアイウエオツヤユヨワカケ";

fn is_small(c: char) -> bool {
    SMALL.contains(c)
}

fn has_small_form(c: char) -> bool {
    LARGE.contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_classifiers_that_agree_are_surer_than_either_and_two_that_differ_are_not() {
        assert!(by_two(0.9, 0.95) > 0.99);
        assert!((by_two(0.9, 0.2) - 0.55).abs() < 1e-6);
        assert!((by_two(0.4, 0.4) - 0.4).abs() < 1e-6, "nobody thinks it likely");
        assert!((by_two(1.0, 1.0) - 1.0).abs() < 1e-6);
    }
}
