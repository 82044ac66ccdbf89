//! Whether anything was written in a place: measured as ink that forms strokes, never concluded from an empty
//! recognition.

use crate::model::value::Rect;

use super::register::{PixelRect, Registered};

/// How much ink a place holds, and what that means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blankness {
    pub verdict: Verdict,
    /// Area of the strokes found, in mm², specks left out.
    pub ink_mm2: f64,
    /// Longest side of the largest stroke, in mm.
    pub stroke_mm: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No stroke: at most what scanner and paper add.
    Blank,
    /// Something is there, too little to be sure that it was meant: for a person.
    Faint,
    Written,
}

/// Ink at least this dark belongs to a stroke.
pub(crate) const STROKE_INK: u8 = 96;
/// A connected piece of ink shorter than this is a speck: no pen writes a character this small.
const SPECK_MM: f64 = 0.55;
/// From this length a piece is a stroke beyond doubt: half the height of the smallest digit people write in a box.
const STROKE_MM: f64 = 1.3;
/// How far the edge of a zone may show remains of the printed frame, in mm.
const FRAME_REMAINS_MM: f64 = 0.5;

/// Measures one zone. Pieces that lie wholly within the outer half millimetre are remains of the printed frame.
pub fn is_blank(registered: &Registered, rect: Rect) -> Blankness {
    let window = registered.pixels(rect, 0.0);
    let remains = (FRAME_REMAINS_MM * registered.dots_per_mm).round() as u32;
    let dots = registered.dots_per_mm;
    let (mut area, mut longest) = (0_u64, 0_u32);
    for piece in pieces(registered, window) {
        let b = piece.bounds;
        let at_edge = b.right <= window.left + remains
            || b.bottom <= window.top + remains
            || b.left + remains >= window.right
            || b.top + remains >= window.bottom;
        let length = b.width().max(b.height());
        if at_edge || f64::from(length) < SPECK_MM * dots {
            continue;
        }
        area += piece.area;
        longest = longest.max(length);
    }
    let (ink_mm2, stroke_mm) = (area as f64 / (dots * dots), f64::from(longest) / dots);
    let verdict = if area == 0 {
        Verdict::Blank
    } else if stroke_mm < STROKE_MM {
        Verdict::Faint
    } else {
        Verdict::Written
    };
    Blankness { verdict, ink_mm2, stroke_mm }
}

/// Connected ink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub bounds: PixelRect,
    /// In pixels.
    pub area: u64,
}

/// The connected pieces (8 neighbours) of ink within a window.
pub(crate) fn pieces(registered: &Registered, window: PixelRect) -> Vec<Piece> {
    let (width, height) = (window.width() as usize, window.height() as usize);
    let mut open = vec![false; width * height];
    for y in 0..height {
        let row = &registered.ink.row(window.top + y as u32)[window.left as usize..][..width];
        for (to, ink) in open[y * width..][..width].iter_mut().zip(row) {
            *to = *ink >= STROKE_INK;
        }
    }
    let mut found = Vec::new();
    let mut queue = Vec::new();
    for start in 0..open.len() {
        if std::mem::take(&mut open[start]) {
            queue.push(start);
            found.push(flood(&mut open, &mut queue, width, height, window));
        }
    }
    found
}

/// Takes one piece out of `open`, beginning with what is queued.
fn flood(open: &mut [bool], queue: &mut Vec<usize>, width: usize, height: usize, window: PixelRect) -> Piece {
    let (mut left, mut top, mut right, mut bottom, mut area) = (usize::MAX, usize::MAX, 0, 0, 0);
    while let Some(at) = queue.pop() {
        let (x, y) = (at % width, at / width);
        (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1));
        area += 1;
        for next_y in y.saturating_sub(1)..(y + 2).min(height) {
            for next_x in x.saturating_sub(1)..(x + 2).min(width) {
                let next = next_y * width + next_x;
                if std::mem::take(&mut open[next]) {
                    queue.push(next);
                }
            }
        }
    }
    let bounds = PixelRect {
        left: window.left + left as u32,
        top: window.top + top as u32,
        right: window.left + right as u32,
        bottom: window.top + bottom as u32,
    };
    Piece { bounds, area }
}
