//! Bringing a scan onto the blank's pixel grid: an affine map, and a field of small shifts for what the paper feed
//! stretched.

use super::page::Gray;
use super::register::affine::{Affine, Point};

/// Small shifts, given on the corners of a square grid over the target, linear between them.
#[derive(Debug, Clone)]
pub(crate) struct Shifts {
    /// Target pixels between grid corners.
    pub step: f64,
    pub columns: usize,
    pub rows: usize,
    /// Row by row, in target pixels.
    pub at: Vec<Point>,
}

impl Shifts {
    pub(crate) fn none(width: u32, height: u32, step: f64) -> Self {
        let count = |n: u32| (f64::from(n) / step).ceil() as usize + 1;
        let (columns, rows) = (count(width), count(height));
        Self { step, columns, rows, at: vec![[0.0; 2]; columns * rows] }
    }

    /// The place of a grid corner in the target.
    pub(crate) fn corner(&self, index: usize) -> Point {
        [(index % self.columns) as f64 * self.step, (index / self.columns) as f64 * self.step]
    }

    /// The shift at a place in the target.
    pub(crate) fn shift(&self, [x, y]: Point) -> Point {
        let cell = |v: f64, count: usize| {
            let place = (v / self.step).clamp(0.0, (count - 1) as f64);
            let first = (place as usize).min(count.saturating_sub(2));
            (first, place - first as f64)
        };
        let ((column, u), (row, v)) = (cell(x, self.columns), cell(y, self.rows));
        let at = |c: usize, r: usize| self.at[r.min(self.rows - 1) * self.columns + c.min(self.columns - 1)];
        let corners = [at(column, row), at(column + 1, row), at(column, row + 1), at(column + 1, row + 1)];
        let mix = |i: usize| {
            (corners[0][i] * (1.0 - u) + corners[1][i] * u) * (1.0 - v)
                + (corners[2][i] * (1.0 - u) + corners[3][i] * u) * v
        };
        [mix(0), mix(1)]
    }
}

/// Fixed-point bits of a place in the source.
const BITS: i32 = 16;

/// The `width` × `height` target whose pixel at `p` shows the scan at `map(p + shift(p))`. Outside the scan is paper.
pub(crate) fn warp(scan: &Gray, map: &Affine, shifts: &Shifts, width: u32, height: u32) -> Gray {
    let mut pixels = vec![255; width as usize * height as usize];
    for (y, row) in pixels.chunks_exact_mut(width as usize).enumerate() {
        let mut start = 0;
        while start < row.len() {
            let end = (((start as f64 / shifts.step).floor() + 1.0) * shifts.step).ceil() as usize;
            let end = end.clamp(start + 1, row.len());
            let source = |x: usize| {
                let target = [x as f64, y as f64];
                let [dx, dy] = shifts.shift(target);
                map.apply([target[0] + dx, target[1] + dy])
            };
            sample_line(scan, source(start), source(end), &mut row[start..end]);
            start = end;
        }
    }
    Gray { width, height, pixels }
}

/// Samples along a straight line from `from` (first pixel) to `to` (one past the last).
fn sample_line(scan: &Gray, from: Point, to: Point, out: &mut [u8]) {
    let fixed = |v: f64| (v * f64::from(1 << BITS)) as i64;
    let count = out.len() as i64;
    let (mut x, mut y) = (fixed(from[0]), fixed(from[1]));
    let (step_x, step_y) = ((fixed(to[0]) - x) / count, (fixed(to[1]) - y) / count);
    let (last_x, last_y) = (i64::from(scan.width) - 1, i64::from(scan.height) - 1);
    let is_inside = |x: i64, y: i64| (0..last_x).contains(&(x >> BITS)) && (0..last_y).contains(&(y >> BITS));
    // A straight line whose ends are inside is inside: almost every line is, and needs no look at each pixel.
    let all_inside = is_inside(x, y) && is_inside(x + step_x * (count - 1), y + step_y * (count - 1));
    for value in out {
        if all_inside || is_inside(x, y) {
            *value = sampled(scan, x, y);
        }
        x += step_x;
        y += step_y;
    }
}

/// The value between four pixels, of a place inside the picture.
fn sampled(scan: &Gray, x: i64, y: i64) -> u8 {
    let (u, v) = (((x >> (BITS - 8)) & 255) as u32, ((y >> (BITS - 8)) & 255) as u32);
    let width = scan.width as usize;
    let at = (y >> BITS) as usize * width + (x >> BITS) as usize;
    let four = &scan.pixels[at..at + width + 2];
    let upper = u32::from(four[0]) * (256 - u) + u32::from(four[1]) * u;
    let lower = u32::from(four[width]) * (256 - u) + u32::from(four[width + 1]) * u;
    ((upper * (256 - v) + lower * v + (1 << 15)) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slope() -> Gray {
        let pixels = (0..60_u32).flat_map(|y| (0..80_u32).map(move |x| (x * 2 + y) as u8)).collect();
        Gray { width: 80, height: 60, pixels }
    }

    #[test]
    fn the_identity_changes_nothing_inside() {
        let page = slope();
        let same = warp(&page, &Affine::IDENTITY, &Shifts::none(80, 60, 16.0), 80, 60);
        assert!((0..59).all(|y| same.row(y)[..79] == page.row(y)[..79]));
    }

    #[test]
    fn a_shift_moves_what_is_seen_and_outside_is_paper() {
        let mut shifts = Shifts::none(80, 60, 16.0);
        shifts.at.fill([5.0, 0.0]);
        let moved = warp(&slope(), &Affine::IDENTITY, &shifts, 80, 60);
        assert_eq!(moved.at(10, 10), slope().at(15, 10));
        assert_eq!(moved.at(79, 10), 255);
    }

    #[test]
    fn shifts_are_linear_between_corners() {
        let mut shifts = Shifts::none(20, 20, 10.0);
        shifts.at[1] = [4.0, -2.0];
        assert_eq!(shifts.shift([5.0, 0.0]), [2.0, -1.0]);
        assert_eq!(shifts.shift([10.0, 5.0]), [2.0, -1.0]);
    }
}
