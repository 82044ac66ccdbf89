//! From where anchors were seen to where the page lies: an affine map, a bend of the whole page, and what neighbours have
//! in common beyond both.

use super::affine::{Affine, Point, distance};
use super::anchors::{DOTS_PER_MM, Seen, Spacing};
use super::bend::Bend;
use crate::reading::warp::Shifts;

/// First widely, then what that leaves: a paper feed stretches, but not by more than a little within a page, and bent paper
/// leaves little to the second. What is farther off saw something else.
const SHARING: [Sharing; 2] = [Sharing { spacings: 1.5, most_mm: 0.7 }, Sharing { spacings: 0.85, most_mm: 0.3 }];
/// Weight of "no local shift" among the neighbours.
const STIFFNESS: f64 = 0.2;
/// Anchors agreeing on a bend, at least: it has twelve unknowns, and each anchor tells two.
const FEWEST_FOR_A_BEND: usize = 20;
/// An anchor seen farther than this from where the map has it stands elsewhere on this page, in mm.
const STRAY_MM: f64 = 0.5;
/// Grid of the shift field, in mm.
const GRID_MM: f64 = 10.0;

/// Over which distance neighbours share their shift, in spacings of the anchors, and how large a shift may be, in mm.
struct Sharing {
    spacings: f64,
    most_mm: f64,
}

/// The map from anchors.
pub(crate) struct Fit {
    /// From where things belong to where they are, at anchor resolution.
    pub map: Affine,
    pub shifts: Shifts,
    /// 95th percentile of what the check anchors say against it, in mm.
    pub residual_mm: f64,
    /// Where anchors belong that were seen there, at anchor resolution.
    pub standing: Vec<Point>,
}

/// The map most anchors agree on, the field of what remains, and what the check anchors say about both. `before` is the
/// field with which the page was made that the anchors were seen on.
pub(crate) fn fit(seen: &[Seen], spacing: Spacing, before: &Shifts, (width, height): (u32, u32)) -> Option<Fit> {
    let belongs_and_is = |s: &Seen| {
        let on_page = [s.at[0] + s.moved[0], s.at[1] + s.moved[1]];
        let shift = before.shift(on_page);
        (s.at, [on_page[0] + shift[0], on_page[1] + shift[1]])
    };
    let fitted = seen.iter().filter(|s| !s.is_check);
    let pairs: Vec<(Point, Point)> = fitted.clone().filter(|s| s.is_whole()).map(belongs_and_is).collect();
    let map = robust_affine(&pairs)?;
    let rest = |(at, is): (Point, Point)| {
        let [x, y] = map.apply(at);
        (at, [is[0] - x, is[1] - y])
    };
    let rests: Vec<Rest> = fitted
        .map(|s| {
            let (at, rest) = rest(belongs_and_is(s));
            Rest { at, by: std::array::from_fn(|i| if s.tells[i] { rest[i] } else { 0.0 }), tells: s.tells }
        })
        .collect();
    let shifts = bending(&rests, spacing, Shifts::none(width, height, GRID_MM * DOTS_PER_MM));
    let off = |s: &Seen| {
        let (at, rest) = rest(belongs_and_is(s));
        distance(rest, shifts.shift(at)) / DOTS_PER_MM
    };
    let mut residuals: Vec<f64> = seen.iter().filter(|s| s.is_check).map(off).collect();
    residuals.sort_by(f64::total_cmp);
    let residual_mm = *residuals.get((residuals.len() * 95 / 100).min(residuals.len().checked_sub(1)?))?;
    let standing = seen.iter().filter(|s| s.is_whole() && off(s) <= STRAY_MM).map(|s| s.at).collect();
    Some(Fit { map, shifts, residual_mm, standing })
}

/// What an affine map leaves over at an anchor.
struct Rest {
    at: Point,
    /// 0 where it tells nothing.
    by: Point,
    tells: [bool; 2],
}

/// What an affine map leaves over: a bend of the whole page (perspective, a bowed feed), then, more and more closely,
/// what neighbours have in common.
fn bending(rests: &[Rest], spacing: Spacing, mut shifts: Shifts) -> Shifts {
    let whole: Vec<(Point, Point)> = rests.iter().filter(|r| r.tells == [true; 2]).map(|r| (r.at, r.by)).collect();
    if let Some(bend) = robust_bend(&whole) {
        for i in 0..shifts.at.len() {
            shifts.at[i] = bend.at(shifts.corner(i));
        }
    }
    for Sharing { spacings, most_mm } in SHARING {
        let most = most_mm * DOTS_PER_MM;
        let left = rests.iter().map(|rest| {
            let shift = shifts.shift(rest.at);
            Rest { by: std::array::from_fn(|i| if rest.tells[i] { rest.by[i] - shift[i] } else { 0.0 }), ..*rest }
        });
        let left: Vec<Rest> = left.filter(|left| left.by[0].hypot(left.by[1]) < most).collect();
        for i in 0..shifts.at.len() {
            let more = shared_shift(&left, shifts.corner(i), spacings * spacing.pixels() as f64);
            shifts.at[i] = [shifts.at[i][0] + more[0], shifts.at[i][1] + more[1]];
        }
    }
    shifts
}

fn shared_shift(rests: &[Rest], at: Point, reach: f64) -> Point {
    let (mut sum, mut weights) = ([0.0; 2], [STIFFNESS; 2]);
    for rest in rests {
        let weight = (-0.5 * (distance(rest.at, at) / reach).powi(2)).exp();
        for i in 0..2 {
            sum[i] += weight * rest.by[i];
            weights[i] += if rest.tells[i] { weight } else { 0.0 };
        }
    }
    [sum[0] / weights[0], sum[1] / weights[1]]
}

/// Least squares, four times, each time without what the last fit showed to be off. A page that bends is off by more
/// than a millimetre from any affine map.
fn robust_affine(pairs: &[(Point, Point)]) -> Option<Affine> {
    // The middle shift first: it cannot be dragged away by a few anchors that saw something else.
    let middle = |i: usize| {
        let mut all: Vec<f64> = pairs.iter().map(|(at, to)| to[i] - at[i]).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied()
    };
    let mut map = Affine([1.0, 0.0, middle(0)?, 0.0, 1.0, middle(1)?]);
    for limit_mm in [2.0, 1.6, 1.2, 1.2] {
        let near = pairs.iter().filter(|(at, to)| distance(map.apply(*at), *to) < limit_mm * DOTS_PER_MM).copied();
        map = Affine::fit(near)?;
    }
    Some(map)
}

/// The bend most anchors agree on; none if too few do.
fn robust_bend(rest: &[(Point, Point)]) -> Option<Bend> {
    let mut bend: Option<Bend> = None;
    for limit_mm in [2.0, 1.2, 0.7, 0.5] {
        let off = |at: Point, rest: Point| distance(bend.as_ref().map_or([0.0; 2], |bend| bend.at(at)), rest);
        let near: Vec<(Point, Point)> =
            rest.iter().filter(|(at, rest)| off(*at, *rest) < limit_mm * DOTS_PER_MM).copied().collect();
        if near.len() < FEWEST_FOR_A_BEND {
            return None;
        }
        bend = Some(Bend::fit(&near)?);
    }
    bend
}
