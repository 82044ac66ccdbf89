//! Whether the print between the fields stands where the blank has it. Where people write, ink hides anchors; elsewhere an
//! anchor that is not found means other print: another revision, or a page that is damaged.

use super::affine::{Point, distance};
use super::anchors::{Anchor, DOTS_PER_MM};
use crate::model::form::Form;
use crate::model::value::Rect;

/// This near to a field people write, in mm.
const OVERSHOOT_MM: f64 = 3.0;
/// Anchors this near to each other are one region, in mm.
const REGION_MM: f64 = 25.0;
/// A region of fewer says nothing.
const FEWEST_IN_REGION: usize = 5;

/// The anchors where nobody writes.
pub(crate) fn between_fields(anchors: &[Anchor], form: &Form) -> Vec<Point> {
    let places: Vec<Rect> = form.fields.iter().flat_map(|field| field.kind.places()).collect();
    let is_near = |at: Point, r: &Rect| {
        let [x, y] = at.map(|v| (v + 0.5) / DOTS_PER_MM);
        x > r.x - OVERSHOOT_MM
            && y > r.y - OVERSHOOT_MM
            && x < r.x + r.width + OVERSHOOT_MM
            && y < r.y + r.height + OVERSHOOT_MM
    };
    anchors
        .iter()
        .filter(|anchor| anchor.is_whole())
        .map(|anchor| anchor.at)
        .filter(|at| !places.iter().any(|place| is_near(*at, place)))
        .collect()
}

/// Shares of the anchors between the fields that stand where they belong, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Standing {
    /// Of the whole page.
    pub share: f64,
    /// Of the region where it is least.
    pub least: f64,
}

impl Standing {
    pub(crate) fn of(anchors: &[Point], found: &[Point]) -> Standing {
        let stands: Vec<bool> = anchors.iter().map(|at| found.contains(at)).collect();
        let share = |near: &dyn Fn(Point) -> bool| {
            let of: Vec<bool> =
                anchors.iter().zip(&stands).filter(|(at, _)| near(**at)).map(|(_, stands)| *stands).collect();
            (of.len() >= FEWEST_IN_REGION).then(|| of.iter().filter(|s| **s).count() as f64 / of.len() as f64)
        };
        let regions = anchors.iter().filter_map(|at| {
            let near = |other: Point| distance(*at, other) <= REGION_MM * DOTS_PER_MM;
            share(&near)
        });
        Standing { share: share(&|_| true).unwrap_or(1.0), least: regions.fold(1.0, f64::min) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corner_of_the_page_that_stands_elsewhere_shows_in_its_region_however_large_the_page() {
        let all: Vec<Point> = (0..200).map(|i| [f64::from(i % 10) * 72.0, f64::from(i / 10) * 72.0]).collect();
        assert_eq!(Standing::of(&all, &all), Standing { share: 1.0, least: 1.0 });
        let far_from_corner: Vec<Point> = all.iter().copied().filter(|at| at[0] + at[1] > 300.0).collect();
        let standing = Standing::of(&all, &far_from_corner);
        assert!(standing.share > 0.9 && standing.least == 0.0, "{standing:?}");
    }
}
