//! Whether anything was written in a place: measured as ink that forms strokes, never concluded from an empty
//! recognition.

use crate::model::value::Rect;

use super::components::Components;
use super::register::Registered;

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
    for piece in Components::of(&registered.ink, window, STROKE_INK).pieces {
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
