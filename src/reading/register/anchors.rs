//! Anchors: patches of the blank's print that can be found again to a fraction of a pixel. What they say about a
//! roughly registered page makes the final map, and a quarter of them, which the map never saw, say how good it is.

use super::affine::Point;
use crate::reading::page::Gray;

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
/// A patch counts as found from this normalised correlation; a ruled line, which strokes of a pen resemble, from that.
const FOUND: f64 = 0.6;
const LINE_FOUND: f64 = 0.85;
/// A patch that looks this much like its own surroundings would be found in the wrong place.
const REPEATS: f64 = 0.65;
/// A ruled line looks at least this much like itself a little farther along.
const EVEN: f64 = 0.95;
/// So many of a square's strongest patches are tried before the square goes without an anchor.
const TRIES: usize = 8;
/// A patch of the blank.
pub(crate) struct Anchor {
    pub at: Point,
    /// Whether it tells how far it moved across, and down. A ruled line tells one of both.
    pub tells: [bool; 2],
    /// Zero mean.
    patch: Vec<i16>,
    length: f64,
}

impl Anchor {
    /// Whether it tells how far it moved in both directions.
    pub(crate) fn is_whole(&self) -> bool {
        self.tells == [true; 2]
    }
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
    pub(crate) fn pixels(self) -> usize {
        self as usize
    }
}

/// Where an anchor was seen on a roughly registered page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub at: Point,
    pub tells: [bool; 2],
    /// From where it belongs to where it is, in pixels; 0 where it does not tell.
    pub moved: Point,
    /// Kept out of every fit.
    pub is_check: bool,
}

impl Seen {
    pub(crate) fn is_whole(&self) -> bool {
        self.tells == [true; 2]
    }
}

/// The best patch of every part of the blank that nothing nearby resembles, and behind them, for the parts without one,
/// ruled lines: where people write there is often nothing else.
pub(crate) fn choose(blank: &Gray, spacing: Spacing) -> Vec<Anchor> {
    let side = spacing.pixels();
    let (width, height) = (blank.width as usize, blank.height as usize);
    let edge = HALF + REACH + 1;
    let sums = Sums::of(blank);
    let (mut anchors, mut lines) = (Vec::new(), Vec::new());
    for top in (edge..height.saturating_sub(edge)).step_by(side) {
        for left in (edge..width.saturating_sub(edge)).step_by(side) {
            let rows = (top..(top + side).min(height - edge)).step_by(4);
            let places = rows.flat_map(|y| (left..(left + side).min(width - edge)).step_by(4).map(move |x| (x, y)));
            let patches: Vec<_> = places.map(|(x, y)| (gradients(blank, x, y), x, y)).collect();
            let strongest = |strength: &dyn Fn(&Gradients) -> f64, tells: [bool; 2]| {
                let mut strong: Vec<_> =
                    patches.iter().map(|(g, x, y)| (strength(g), *x, *y)).filter(|patch| patch.0 > WEAKEST).collect();
                strong.sort_by(|a, b| b.0.total_cmp(&a.0));
                let mut tried = strong.iter().take(TRIES).map(|(_, x, y)| anchor(blank, *x, *y, tells));
                tried.find(|anchor| {
                    is_unique(anchor, blank, &sums) && is_even_where_it_tells_nothing(anchor, blank, &sums)
                })
            };
            match strongest(&Gradients::weaker, [true, true]) {
                Some(anchor) => anchors.push(anchor),
                None => {
                    lines.extend(strongest(&|g| g.xx, [true, false]));
                    lines.extend(strongest(&|g| g.yy, [false, true]));
                }
            }
        }
    }
    anchors.append(&mut lines);
    anchors
}

/// Whether the patch is found in the blank at its own place only: no second place that resembles it, and no direction
/// along which it could slide.
fn is_unique(anchor: &Anchor, blank: &Gray, sums: &Sums) -> bool {
    const NEAR: usize = 4;
    let scores = scores(anchor, blank, sums, REACH);
    let [across, down] = spans(anchor, REACH);
    scores.iter().enumerate().all(|(i, score)| {
        let (x, y) = (i % across, i / across);
        x.abs_diff(across / 2).max(y.abs_diff(down / 2)) < NEAR || *score < REPEATS
    })
}

/// Whether a line looks the same all along: how far the page is off along it must not matter.
fn is_even_where_it_tells_nothing(anchor: &Anchor, blank: &Gray, sums: &Sums) -> bool {
    (0..2).filter(|axis| !anchor.tells[*axis]).all(|axis| {
        [-1.0, -0.5, 0.5, 1.0].into_iter().all(|part| {
            let mut at = anchor.at;
            at[axis] += (part * REACH as f64).round();
            score(anchor, blank, sums, at[0] as usize - HALF, at[1] as usize - HALF) > EVEN
        })
    })
}

/// Mean gradient products over a patch.
struct Gradients {
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Gradients {
    /// The smaller eigenvalue: contrast along the weaker direction.
    fn weaker(&self) -> f64 {
        (self.xx + self.yy) / 2.0 - ((self.xx - self.yy) / 2.0).hypot(self.xy)
    }
}

fn gradients(blank: &Gray, x: usize, y: usize) -> Gradients {
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
    Gradients { xx: xx as f64 / n, xy: xy as f64 / n, yy: yy as f64 / n }
}

fn anchor(blank: &Gray, x: usize, y: usize, tells: [bool; 2]) -> Anchor {
    let rows = (y - HALF..=y + HALF).map(|v| &blank.row(v as u32)[x - HALF..=x + HALF]);
    let values: Vec<i16> = rows.flatten().map(|p| i16::from(*p)).collect();
    let mean = (values.iter().map(|v| i64::from(*v)).sum::<i64>() as f64 / values.len() as f64).round() as i16;
    let patch: Vec<i16> = values.iter().map(|v| v - mean).collect();
    let length = patch.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    Anchor { at: [x as f64, y as f64], tells, patch, length }
}

/// Looks for every anchor, at most `reach` pixels from its place, on a roughly registered page of the blank's size.
pub(crate) fn look(anchors: &[Anchor], page: &Gray, reach: usize) -> Vec<Seen> {
    let sums = Sums::of(page);
    let seen = |(i, anchor): (usize, &Anchor)| {
        let moved = find(anchor, page, &sums, reach)?;
        Some(Seen { at: anchor.at, tells: anchor.tells, moved, is_check: i % 4 == 0 && anchor.is_whole() })
    };
    anchors.iter().enumerate().filter_map(seen).collect()
}

/// The corners of an anchor's patch.
pub(crate) fn corners([x, y]: Point) -> [Point; 4] {
    let half = HALF as f64;
    [[x - half, y - half], [x + half, y - half], [x - half, y + half], [x + half, y + half]]
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

/// Places looked at across and down.
fn spans(anchor: &Anchor, reach: usize) -> [usize; 2] {
    anchor.tells.map(|tells| if tells { 2 * reach + 1 } else { 1 })
}

/// Normalised correlation of a patch with the page's window at a place.
fn score(anchor: &Anchor, page: &Gray, sums: &Sums, left: usize, top: usize) -> f64 {
    let length = sums.length(left, top);
    // Even paper has no correlation with anything.
    if length > 0.1 * anchor.length { product(anchor, page, left, top) as f64 / (length * anchor.length) } else { 0.0 }
}

/// The same at every shift within reach, row by row.
fn scores(anchor: &Anchor, page: &Gray, sums: &Sums, reach: usize) -> Vec<f64> {
    let [across, down] = spans(anchor, reach);
    let (left, top) = (anchor.at[0] as usize - HALF - across / 2, anchor.at[1] as usize - HALF - down / 2);
    (0..across * down).map(|i| score(anchor, page, sums, left + i % across, top + i / across)).collect()
}

/// The shift with the highest normalised correlation, to a fraction of a pixel; nothing if it is low or at the rim.
fn find(anchor: &Anchor, page: &Gray, sums: &Sums, reach: usize) -> Option<Point> {
    let scores = scores(anchor, page, sums, reach);
    let (best, score) = scores.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let [across, down] = spans(anchor, reach);
    let at_rim = |at: usize, span: usize| span > 1 && (at == 0 || at == span - 1);
    let found = if anchor.is_whole() { FOUND } else { LINE_FOUND };
    if score < found || at_rim(best % across, across) || at_rim(best / across, down) {
        return None;
    }
    let moved = |at: usize, span: usize, step: usize| {
        if span == 1 {
            return 0.0;
        }
        let (before, after) = (scores[best - step], scores[best + step]);
        let bend = before - 2.0 * score + after;
        let fine = if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
        at as f64 - reach as f64 + fine
    };
    Some([moved(best % across, across, 1), moved(best / across, down, across)])
}

fn product(anchor: &Anchor, page: &Gray, left: usize, top: usize) -> i64 {
    let rows = anchor.patch.chunks_exact(SIDE).enumerate();
    rows.map(|(y, patch)| {
        let row = &page.row((top + y) as u32)[left..left + SIDE];
        i64::from(patch.iter().zip(row).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>())
    })
    .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ruled line across a page, `down` pixels lower than where it belongs.
    fn ruled(down: usize) -> Gray {
        let mut page = Gray::filled(300, 300, 255);
        page.pixels[(150 + down) * 300..(152 + down) * 300].fill(0);
        page
    }

    #[test]
    fn a_ruled_line_with_nothing_else_near_tells_how_far_down_the_page_moved() {
        let anchors = choose(&ruled(0), Spacing::Close);
        assert!(!anchors.is_empty() && anchors.iter().all(|anchor| anchor.tells == [false, true]));
        let seen = look(&anchors, &ruled(3), SHORT_REACH);
        assert_eq!(seen.len(), anchors.len());
        assert!(seen.iter().all(|s| s.moved[0] == 0.0 && (s.moved[1] - 3.0).abs() < 0.01), "{seen:?}");
    }
}
