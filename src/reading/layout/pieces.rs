//! What a blank is made of: paper that rules enclose (boxes, tick boxes, table cells) and printed words.

use crate::reading::components::Components;
use crate::reading::page::{Gray, PixelRect};

use super::{Scale, gap_across, gap_down, holds};

/// At least this bright is paper.
const PAPER: u8 = 150;
/// Sides of a box for one character, and of a tick box, in mm: from, to. What a rule encloses, without the rule.
const BOX_WIDTH: (f64, f64) = (3.6, 14.0);
const BOX_HEIGHT: (f64, f64) = (5.2, 15.0);
const TICK: (f64, f64) = (2.4, 5.1);
/// A table's cell has at least these sides, in mm.
const CELL_WIDTH: f64 = 10.0;
const CELL_HEIGHT: f64 = 5.0;
/// Boxes are empty: this share of their bounds is paper.
const EMPTY: f64 = 0.94;
/// A rule is at most so thick, and the rules of a tick box differ by at most so much, in mm: characters that look like one
/// have strokes of their own. Neighbouring boxes often draw their common rule twice.
const THICKEST_MM: f64 = 0.9;
const UNEVEN_MM: f64 = 0.2;
/// Larger ink is no character, smaller a speck, in mm.
const LARGEST_CHARACTER_MM: f64 = 9.0;
const SPECK_MM: f64 = 0.2;
/// Ink this near is one word: across, where a comma leaves most of its square empty, and down within a character.
const WORD_GAP_MM: f64 = 2.2;
const STROKE_GAP_MM: f64 = 0.9;
/// A cell darker than the page by this is shaded: it holds a heading.
const SHADE: u8 = 6;

/// A table's cell: what its rules enclose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub bounds: PixelRect,
    pub is_shaded: bool,
}

pub(super) struct Pieces {
    pub cells: Vec<Cell>,
    /// With their rules.
    pub boxes: Vec<PixelRect>,
    /// With their rules.
    pub ticks: Vec<PixelRect>,
    pub words: Vec<PixelRect>,
}

impl Pieces {
    pub(super) fn of(blank: &Gray, scale: Scale) -> Pieces {
        let whole = PixelRect { left: 0, top: 0, right: blank.width, bottom: blank.height };
        let page_level = typical(blank, whole);
        let mut found = Pieces { cells: Vec::new(), boxes: Vec::new(), ticks: Vec::new(), words: Vec::new() };
        for piece in Components::of(blank, whole, PAPER).pieces {
            let b = piece.bounds;
            if b.left == 0 || b.top == 0 || b.right == whole.right || b.bottom == whole.bottom {
                continue;
            }
            let (width, height) = (f64::from(b.width()) / scale.0, f64::from(b.height()) / scale.0);
            let within = |side: f64, (from, to): (f64, f64)| side >= from && side <= to;
            let is_empty = piece.area as f64 >= EMPTY * b.area() as f64;
            let framed = |uneven| framed(blank, b, uneven, scale);
            if is_empty && within(width, TICK) && within(height, TICK) && (width - height).abs() < 2.0 * UNEVEN_MM {
                found.ticks.extend(framed(UNEVEN_MM));
            } else if is_empty && within(width, BOX_WIDTH) && within(height, BOX_HEIGHT) {
                found.boxes.extend(framed(THICKEST_MM));
            } else if width >= CELL_WIDTH && height >= CELL_HEIGHT {
                let is_shaded = page_level.saturating_sub(typical(blank, b)) >= SHADE;
                found.cells.push(Cell { bounds: b, is_shaded });
            }
        }
        found.words = words(blank, whole, &found, scale);
        found
    }
}

/// The middle value of a window: what its paper is like.
fn typical(blank: &Gray, window: PixelRect) -> u8 {
    let mut histogram = [0_u64; 256];
    for y in window.top..window.bottom {
        for value in &blank.row(y)[window.left as usize..window.right as usize] {
            histogram[usize::from(*value)] += 1;
        }
    }
    let mut sum = 0;
    let middle = histogram.iter().position(|count| {
        sum += count;
        sum * 2 > window.area()
    });
    middle.unwrap_or(255) as u8
}

/// The bounds with the rules around, if there are four whose thicknesses differ by at most `uneven_mm`.
fn framed(blank: &Gray, inside: PixelRect, uneven_mm: f64, scale: Scale) -> Option<PixelRect> {
    let (x, y) = (inside.left.midpoint(inside.right), inside.top.midpoint(inside.bottom));
    let thickest = scale.px(THICKEST_MM) as u32;
    let is_ink = |x: u32, y: u32| x < blank.width && y < blank.height && blank.at(x, y) < PAPER;
    let count = |ink: &dyn Fn(u32) -> bool| (0..=thickest).take_while(|i| ink(*i)).count() as u32;
    let left = count(&|i| inside.left > i && is_ink(inside.left - 1 - i, y));
    let right = count(&|i| is_ink(inside.right + i, y));
    let top = count(&|i| inside.top > i && is_ink(x, inside.top - 1 - i));
    let bottom = count(&|i| is_ink(x, inside.bottom + i));
    let sides = [left, right, top, bottom];
    let (thinnest, thick) = (*sides.iter().min()?, *sides.iter().max()?);
    let even = i64::from(thick - thinnest) <= scale.px(uneven_mm).max(2);
    (thinnest > 0 && thick <= thickest && even).then(|| PixelRect {
        left: inside.left - left,
        top: inside.top - top,
        right: inside.right + right,
        bottom: inside.bottom + bottom,
    })
}

/// Characters that stand together.
fn words(blank: &Gray, whole: PixelRect, found: &Pieces, scale: Scale) -> Vec<PixelRect> {
    let inverted = Gray { pixels: blank.pixels.iter().map(|v| 255 - v).collect(), ..*blank };
    let largest = scale.px(LARGEST_CHARACTER_MM);
    let is_character = |b: &PixelRect| {
        let (width, height) = (i64::from(b.width()), i64::from(b.height()));
        let frames = found.boxes.iter().chain(&found.ticks).any(|place| holds(*b, *place));
        width.max(height) <= largest && width.max(height) > scale.px(SPECK_MM) && !frames
    };
    let pieces = Components::of(&inverted, whole, 255 - PAPER + 1).pieces;
    let mut characters: Vec<PixelRect> = pieces.into_iter().map(|piece| piece.bounds).filter(is_character).collect();
    characters.sort_by_key(|b| (b.left, b.top));
    let (near, stroke) = (scale.px(WORD_GAP_MM), scale.px(STROKE_GAP_MM));
    let mut words: Vec<PixelRect> = Vec::new();
    for character in characters {
        let mut word = character;
        // A character may join words that were apart until now.
        let touches = |word: PixelRect, other: PixelRect| {
            let (across, down) = (gap_across(word, other), gap_down(word, other));
            (across <= near && down < 0) || (across < 0 && down <= stroke)
        };
        while let Some(at) = words.iter().position(|other| touches(word, *other)) {
            word = word.union(words.swap_remove(at));
        }
        words.push(word);
    }
    words
}
