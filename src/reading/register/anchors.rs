//! Anchors: patches of the blank's print that can be found again to a fraction of a pixel. What they say about a
//! roughly registered page makes the final map, and a quarter of them, which the map never saw, say how good it is.

use super::affine::{Affine, Point, distance};
use super::bend::Bend;
use crate::reading::page::Gray;
use crate::reading::warp::Shifts;

/// Anchors are looked for at this resolution.
pub(crate) const DOTS_PER_MM: f64 = 6.0;
/// Half a patch: patches are 4.8 mm.
const HALF: usize = 14;
const SIDE: usize = 2 * HALF + 1;
/// How far an anchor is looked for at most: 1.8 mm.
pub(crate) const REACH: usize = 11;
/// How far it is looked for once the pose is good: 1 mm, closer than parallel rules stand.
pub(crate) const SHORT_REACH: usize = 6;
/// How far anchors are looked for that stand closer together, on a page that nearly lies: 0.8 mm.
pub(crate) const CLOSE_REACH: usize = 5;
/// A patch needs this much contrast along its weaker direction to be found in both (grey levels squared).
const WEAKEST: f64 = 60.0;
/// A patch counts as found from this normalised correlation.
const FOUND: f64 = 0.6;
/// A patch that looks this much like its own surroundings would be found in the wrong place.
const REPEATS: f64 = 0.65;
/// So many of a square's strongest patches are tried before the square goes without an anchor.
const TRIES: usize = 8;
/// Distances over which neighbours share their shift, in spacings of the anchors: first widely, then what that leaves.
const SHARING: [f64; 2] = [1.5, 0.85];
/// Weight of "no local shift" among the neighbours.
const STIFFNESS: f64 = 0.2;
/// A paper feed stretches, but not by this much within a page; an anchor farther off saw something else. In mm.
const MOST_LOCAL_MM: f64 = 0.7;
/// Anchors agreeing on a bend, at least: it has twelve unknowns, and each anchor tells two.
const FEWEST_FOR_A_BEND: usize = 20;
/// An anchor seen farther than this from where the map has it stands elsewhere on this page, in mm.
const STRAY_MM: f64 = 0.5;
/// Grid of the shift field, in mm.
const GRID_MM: f64 = 10.0;

/// A patch of the blank.
pub(crate) struct Anchor {
    pub at: Point,
    /// Zero mean.
    patch: Vec<i16>,
    length: f64,
}

/// How densely anchors are chosen: one in each square of so many pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spacing {
    /// 12 mm: only the strongest, which even a page that hangs over the glass shows.
    Wide = 72,
    /// 8 mm: also weaker ones, which follow paper that bends within 12 mm.
    Close = 48,
}

impl Spacing {
    fn pixels(self) -> usize {
        self as usize
    }
}

/// Where an anchor was seen on a roughly registered page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub at: Point,
    /// From where it belongs to where it is, in pixels.
    pub moved: Point,
    /// Kept out of every fit.
    pub is_check: bool,
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

/// The best patch of every part of the blank that nothing nearby resembles.
pub(crate) fn choose(blank: &Gray, spacing: Spacing) -> Vec<Anchor> {
    let side = spacing.pixels();
    let (width, height) = (blank.width as usize, blank.height as usize);
    let edge = HALF + REACH + 1;
    let sums = Sums::of(blank);
    let mut anchors = Vec::new();
    for top in (edge..height.saturating_sub(edge)).step_by(side) {
        for left in (edge..width.saturating_sub(edge)).step_by(side) {
            let rows = (top..(top + side).min(height - edge)).step_by(4);
            let places = rows.flat_map(|y| (left..(left + side).min(width - edge)).step_by(4).map(move |x| (x, y)));
            let mut patches: Vec<_> = places.map(|(x, y)| (contrast(blank, x, y), x, y)).collect();
            patches.retain(|patch| patch.0 > WEAKEST);
            patches.sort_by(|a, b| b.0.total_cmp(&a.0));
            let mut strongest = patches.iter().take(TRIES).map(|(_, x, y)| anchor(blank, *x, *y));
            anchors.extend(strongest.find(|anchor| is_unique(anchor, blank, &sums)));
        }
    }
    anchors
}

/// Whether the patch is found in the blank at its own place only: no second place that resembles it, and no direction
/// along which it could slide.
fn is_unique(anchor: &Anchor, blank: &Gray, sums: &Sums) -> bool {
    const NEAR: usize = 4;
    let scores = scores(anchor, blank, sums, REACH);
    scores.iter().enumerate().all(|(i, score)| {
        let (x, y) = (i % span(REACH), i / span(REACH));
        x.abs_diff(REACH).max(y.abs_diff(REACH)) < NEAR || *score < REPEATS
    })
}

/// The smaller eigenvalue of the mean gradient products over a patch.
fn contrast(blank: &Gray, x: usize, y: usize) -> f64 {
    let (mut xx, mut xy, mut yy) = (0_i64, 0_i64, 0_i64);
    for v in (y - HALF..=y + HALF).step_by(2) {
        let (above, here, below) = (blank.row(v as u32 - 1), blank.row(v as u32), blank.row(v as u32 + 1));
        for u in (x - HALF..=x + HALF).step_by(2) {
            let gx = i64::from(here[u + 1]) - i64::from(here[u - 1]);
            let gy = i64::from(below[u]) - i64::from(above[u]);
            xx += gx * gx;
            xy += gx * gy;
            yy += gy * gy;
        }
    }
    let n = (SIDE * SIDE) as f64;
    let (xx, xy, yy) = (xx as f64 / n, xy as f64 / n, yy as f64 / n);
    (xx + yy) / 2.0 - ((xx - yy) / 2.0).hypot(xy)
}

fn anchor(blank: &Gray, x: usize, y: usize) -> Anchor {
    let rows = (y - HALF..=y + HALF).map(|v| &blank.row(v as u32)[x - HALF..=x + HALF]);
    let values: Vec<i16> = rows.flatten().map(|p| i16::from(*p)).collect();
    let mean = (values.iter().map(|v| i64::from(*v)).sum::<i64>() as f64 / values.len() as f64).round() as i16;
    let patch: Vec<i16> = values.iter().map(|v| v - mean).collect();
    let length = patch.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    Anchor { at: [x as f64, y as f64], patch, length }
}

/// Looks for every anchor, at most `reach` pixels from its place, on a roughly registered page of the blank's size.
pub(crate) fn look(anchors: &[Anchor], page: &Gray, reach: usize) -> Vec<Seen> {
    let sums = Sums::of(page);
    let seen = |(i, anchor): (usize, &Anchor)| {
        let moved = find(anchor, page, &sums, reach)?;
        Some(Seen { at: anchor.at, moved, is_check: i % 4 == 0 })
    };
    anchors.iter().enumerate().filter_map(seen).collect()
}

/// Sums and sums of squares of every patch-sized window, by its top left corner.
struct Sums {
    width: usize,
    plain: Vec<u32>,
    squares: Vec<u32>,
}

impl Sums {
    fn of(page: &Gray) -> Sums {
        let plain: Vec<u32> = page.pixels.iter().map(|p| u32::from(*p)).collect();
        let squares: Vec<u32> = plain.iter().map(|p| p * p).collect();
        let (width, height) = (page.width as usize, page.height as usize);
        Sums { width, plain: windows(&plain, width, height), squares: windows(&squares, width, height) }
    }

    /// Length of the window's vector after its mean is taken away.
    fn length(&self, x: usize, y: usize) -> f64 {
        let at = y * self.width + x;
        let sum = f64::from(self.plain[at]);
        (f64::from(self.squares[at]) - sum * sum / (SIDE * SIDE) as f64).max(0.0).sqrt()
    }
}

/// Running sums over `SIDE` × `SIDE`; where the window leaves the page they mean nothing and are not asked for.
fn windows(values: &[u32], width: usize, height: usize) -> Vec<u32> {
    let mut across = vec![0_u32; values.len()];
    for (to, row) in across.chunks_exact_mut(width).zip(values.chunks_exact(width)) {
        let mut sum: u32 = row.iter().take(SIDE).sum();
        for x in 0..width.saturating_sub(SIDE) {
            to[x] = sum;
            sum = sum + row[x + SIDE] - row[x];
        }
    }
    let mut out = vec![0_u32; values.len()];
    let mut column: Vec<u32> = (0..width).map(|x| (0..SIDE).map(|y| across[y * width + x]).sum()).collect();
    for y in 0..height - SIDE {
        out[y * width..(y + 1) * width].copy_from_slice(&column);
        let (leaving, coming) = (&across[y * width..(y + 1) * width], &across[(y + SIDE) * width..]);
        for ((sum, old), new) in column.iter_mut().zip(leaving).zip(coming) {
            *sum = *sum + new - old;
        }
    }
    out
}

/// Places looked at along one side.
const fn span(reach: usize) -> usize {
    2 * reach + 1
}

/// Normalised correlation of a patch with the page at every shift within reach, row by row.
fn scores(anchor: &Anchor, page: &Gray, sums: &Sums, reach: usize) -> Vec<f64> {
    let (left, top) = (anchor.at[0] as usize - HALF - reach, anchor.at[1] as usize - HALF - reach);
    let score = |i: usize| {
        let (x, y) = (left + i % span(reach), top + i / span(reach));
        let length = sums.length(x, y);
        // Even paper has no correlation with anything.
        if length > 0.1 * anchor.length { product(anchor, page, x, y) as f64 / (length * anchor.length) } else { 0.0 }
    };
    (0..span(reach) * span(reach)).map(score).collect()
}

/// The shift with the highest normalised correlation, to a fraction of a pixel; nothing if it is low or at the rim.
fn find(anchor: &Anchor, page: &Gray, sums: &Sums, reach: usize) -> Option<Point> {
    let scores = scores(anchor, page, sums, reach);
    let (best, score) = scores.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let (side, last) = (span(reach), span(reach) - 1);
    let (x, y) = (best % side, best / side);
    if score < FOUND || x == 0 || y == 0 || x == last || y == last {
        return None;
    }
    let vertex = |before: f64, after: f64| {
        let bend = before - 2.0 * score + after;
        if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 }
    };
    let fine_x = vertex(scores[best - 1], scores[best + 1]);
    let fine_y = vertex(scores[best - side], scores[best + side]);
    Some([x as f64 - reach as f64 + fine_x, y as f64 - reach as f64 + fine_y])
}

fn product(anchor: &Anchor, page: &Gray, left: usize, top: usize) -> i64 {
    let rows = anchor.patch.chunks_exact(SIDE).enumerate();
    rows.map(|(y, patch)| {
        let row = &page.row((top + y) as u32)[left..left + SIDE];
        i64::from(patch.iter().zip(row).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>())
    })
    .sum()
}

/// The map most anchors agree on, the field of what remains, and what the check anchors say about both. `before` is the
/// field with which the page was made that the anchors were seen on.
pub(crate) fn fit(seen: &[Seen], spacing: Spacing, before: &Shifts, (width, height): (u32, u32)) -> Option<Fit> {
    let belongs_and_is = |s: &Seen| {
        let on_page = [s.at[0] + s.moved[0], s.at[1] + s.moved[1]];
        let shift = before.shift(on_page);
        (s.at, [on_page[0] + shift[0], on_page[1] + shift[1]])
    };
    let pairs: Vec<(Point, Point)> = seen.iter().filter(|s| !s.is_check).map(belongs_and_is).collect();
    let map = robust_affine(&pairs)?;
    let rest = |(at, is): (Point, Point)| {
        let [x, y] = map.apply(at);
        (at, [is[0] - x, is[1] - y])
    };
    let rests: Vec<_> = pairs.iter().copied().map(rest).collect();
    let shifts = bending(&rests, spacing, Shifts::none(width, height, GRID_MM * DOTS_PER_MM));
    let off = |s: &Seen| {
        let (at, rest) = rest(belongs_and_is(s));
        distance(rest, shifts.shift(at)) / DOTS_PER_MM
    };
    let mut residuals: Vec<f64> = seen.iter().filter(|s| s.is_check).map(off).collect();
    residuals.sort_by(f64::total_cmp);
    let residual_mm = *residuals.get((residuals.len() * 95 / 100).min(residuals.len().checked_sub(1)?))?;
    let standing = seen.iter().filter(|s| off(s) <= STRAY_MM).map(|s| s.at).collect();
    Some(Fit { map, shifts, residual_mm, standing })
}

/// What an affine map leaves over: a bend of the whole page (perspective, a bowed feed), then, more and more closely,
/// what neighbours have in common.
fn bending(rest: &[(Point, Point)], spacing: Spacing, mut shifts: Shifts) -> Shifts {
    if let Some(bend) = robust_bend(rest) {
        for i in 0..shifts.at.len() {
            shifts.at[i] = bend.at(shifts.corner(i));
        }
    }
    let most = MOST_LOCAL_MM * DOTS_PER_MM;
    for share in SHARING {
        let left = rest.iter().map(|(at, rest)| {
            let [x, y] = shifts.shift(*at);
            (*at, [rest[0] - x, rest[1] - y])
        });
        let left: Vec<(Point, Point)> = left.filter(|(_, left)| left[0].hypot(left[1]) < most).collect();
        for i in 0..shifts.at.len() {
            let more = shared_shift(&left, shifts.corner(i), share * spacing.pixels() as f64);
            shifts.at[i] = [shifts.at[i][0] + more[0], shifts.at[i][1] + more[1]];
        }
    }
    shifts
}

fn shared_shift(local: &[(Point, Point)], at: Point, reach: f64) -> Point {
    let (mut sum, mut weights) = ([0.0; 2], STIFFNESS);
    for (place, shift) in local {
        let weight = (-0.5 * (distance(*place, at) / reach).powi(2)).exp();
        sum = [sum[0] + weight * shift[0], sum[1] + weight * shift[1]];
        weights += weight;
    }
    [sum[0] / weights, sum[1] / weights]
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
