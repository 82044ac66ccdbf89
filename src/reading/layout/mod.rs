//! The layout of a blank form: what it offers to write on, and where the words that name it are printed. It proposes; a
//! person who knows the form decides.

mod cells;
mod naming;
mod pieces;

pub use naming::{Draft, draft};

use crate::model::value::Rect;

use super::page::{Gray, PixelRect};

/// A place to write, in mm from the page's top left corner.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub shape: Shape,
    /// Printed words that name it, the most general first; none if nothing stands near.
    pub labels: Vec<Rect>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Boxes for one character each: rows that belong together, as a postal code's two.
    Boxes(Vec<Vec<Rect>>),
    Line(Rect),
    /// Small boxes to tick.
    Ticks(Vec<Choice>),
    /// Printed words to circle.
    Circles(Vec<Choice>),
}

/// One option: where the mark goes, and the printed word that says what it means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    pub area: Rect,
    pub word: Option<Rect>,
}

/// What a blank offers to write on.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The line of print above everything else.
    pub title: Option<Rect>,
    /// From the top down and from left to right.
    pub found: Vec<Found>,
}

/// Everything that the blank offers. The blank must lie straight.
pub fn find(blank: &Gray, dots_per_mm: f64) -> Layout {
    let scale = Scale(dots_per_mm);
    let pieces = pieces::Pieces::of(blank, scale);
    let top = pieces.words.iter().min_by_key(|word| word.bottom);
    let title = top
        .and_then(|top| pieces.words.iter().copied().filter(|word| on_one_line(*top, *word)).reduce(PixelRect::union));
    Layout { title: title.map(|line| scale.mm(line)), found: cells::fields(&pieces, scale) }
}

/// Where a blank's printed words stand, without the frames of boxes.
pub(crate) fn words(blank: &Gray, dots_per_mm: f64) -> Vec<PixelRect> {
    pieces::Pieces::of(blank, Scale(dots_per_mm)).words
}

/// Dots per mm.
#[derive(Debug, Clone, Copy)]
struct Scale(f64);

impl Scale {
    /// Whole pixels of a length in mm.
    fn px(self, mm: f64) -> i64 {
        (mm * self.0).round() as i64
    }

    fn mm(self, rect: PixelRect) -> Rect {
        let at = |v: u32| f64::from(v) / self.0;
        Rect { x: at(rect.left), y: at(rect.top), width: at(rect.width()), height: at(rect.height()) }
    }
}

/// What lies between two stretches; negative where they overlap.
fn gap(before: (u32, u32), after: (u32, u32)) -> i64 {
    i64::from(before.0.max(after.0)) - i64::from(before.1.min(after.1))
}

fn gap_across(a: PixelRect, b: PixelRect) -> i64 {
    gap((a.left, a.right), (b.left, b.right))
}

fn gap_down(a: PixelRect, b: PixelRect) -> i64 {
    gap((a.top, a.bottom), (b.top, b.bottom))
}

/// Whether two things stand on one line: they share at least half of the lower one's height.
fn on_one_line(a: PixelRect, b: PixelRect) -> bool {
    -gap_down(a, b) * 2 >= i64::from(a.height().min(b.height()))
}

fn holds(outer: PixelRect, inner: PixelRect) -> bool {
    let (x, y) = (inner.left.midpoint(inner.right), inner.top.midpoint(inner.bottom));
    (outer.left..outer.right).contains(&x) && (outer.top..outer.bottom).contains(&y)
}
