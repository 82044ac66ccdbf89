//! Landmarks: corners of print with a small picture of their surroundings, found on blank and scan alike, so that a
//! page can be recognised however it lies.

use super::affine::Point;
use crate::reading::page::Gray;

/// Landmarks are looked for at this resolution.
pub(crate) const DOTS_PER_MM: f64 = 4.0;
/// The surroundings are `SIDE` × `SIDE` averages of `CELL` × `CELL` pixels: 6 mm.
const SIDE: usize = 8;
const CELL: usize = 3;
const REACH: usize = SIDE * CELL / 2;
/// One landmark list never grows beyond `PER_TILE` for each tile, so that dense text does not crowd out the rest.
const TILE: usize = 32;
const PER_TILE: usize = 5;
/// Corners weaker than this are noise: the smaller eigenvalue of the gradients around, grey levels squared.
const WEAKEST: f32 = 600.0;

/// A corner and what it looks like.
#[derive(Clone)]
pub(crate) struct Landmark {
    pub at: Point,
    /// Zero mean, unit length times [`UNIT`].
    look: [i16; SIDE * SIDE],
}

/// Length of a look's vector: products of two fit 32 bits.
const UNIT: f32 = 16_000.0;

impl Landmark {
    /// How alike two surroundings are: -1 to 1.
    pub(crate) fn likeness(&self, other: &Landmark) -> f32 {
        let product: i32 = self.look.iter().zip(&other.look).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
        product as f32 / (UNIT * UNIT)
    }

    /// As it would be on the page turned a quarter clockwise, a page that was `height` high.
    pub(crate) fn turned(&self, height: f64) -> Landmark {
        let mut look = [0; SIDE * SIDE];
        for y in 0..SIDE {
            for x in 0..SIDE {
                look[x * SIDE + (SIDE - 1 - y)] = self.look[y * SIDE + x];
            }
        }
        Landmark { at: [height - self.at[1], self.at[0]], look }
    }
}

/// The strongest landmarks of every part of the page.
pub(crate) fn find(page: &Gray) -> Vec<Landmark> {
    let (width, height) = (page.width as usize, page.height as usize);
    if width <= 2 * REACH + 4 || height <= 2 * REACH + 4 {
        return Vec::new();
    }
    let strength = corner_strength(page);
    let mut found = Vec::new();
    let mut tile = Vec::new();
    for top in (REACH + 1..height - REACH - 1).step_by(TILE) {
        for left in (REACH + 1..width - REACH - 1).step_by(TILE) {
            tile.clear();
            for y in top..(top + TILE).min(height - REACH - 1) {
                for x in left..(left + TILE).min(width - REACH - 1) {
                    if is_peak(&strength, width, x, y) {
                        tile.push((strength[y * width + x], x, y));
                    }
                }
            }
            tile.sort_by(|a, b| b.0.total_cmp(&a.0));
            found.extend(tile.iter().take(PER_TILE).filter_map(|(_, x, y)| landmark(page, *x, *y)));
        }
    }
    found
}

fn is_peak(strength: &[f32], width: usize, x: usize, y: usize) -> bool {
    let here = strength[y * width + x];
    here > WEAKEST
        && (y - 1..=y + 1).all(|v| {
            let row = &strength[v * width + x - 1..=v * width + x + 1];
            row.iter().all(|other| *other <= here)
        })
}

/// The smaller eigenvalue of the gradients' covariance in a 5 × 5 window (Shi and Tomasi's measure of a corner).
fn corner_strength(page: &Gray) -> Vec<f32> {
    let (width, height) = (page.width as usize, page.height as usize);
    let mut products = [vec![0_f32; width * height], vec![0_f32; width * height], vec![0_f32; width * height]];
    for y in 1..height - 1 {
        let (above, here, below) = (page.row(y as u32 - 1), page.row(y as u32), page.row(y as u32 + 1));
        for x in 1..width - 1 {
            let gx = (f32::from(here[x + 1]) - f32::from(here[x - 1])) / 2.0;
            let gy = (f32::from(below[x]) - f32::from(above[x])) / 2.0;
            let at = y * width + x;
            products[0][at] = gx * gx;
            products[1][at] = gx * gy;
            products[2][at] = gy * gy;
        }
    }
    let [xx, xy, yy] = products.map(|p| five_by_five(&p, width, height));
    xx.iter()
        .zip(&xy)
        .zip(&yy)
        .map(|((xx, xy), yy)| {
            let (half, gap) = ((xx + yy) / 2.0, (xx - yy) / 2.0);
            half - (gap * gap + xy * xy).sqrt()
        })
        .collect()
}

/// Mean over 5 × 5; the border stays zero.
fn five_by_five(values: &[f32], width: usize, height: usize) -> Vec<f32> {
    let mut across = vec![0_f32; width * height];
    for (to, row) in across.chunks_exact_mut(width).zip(values.chunks_exact(width)) {
        for (to, w) in to[2..].iter_mut().zip(row.windows(5)) {
            *to = w[0] + w[1] + w[2] + w[3] + w[4];
        }
    }
    let mut out = vec![0_f32; width * height];
    for y in 2..height - 2 {
        for x in 0..width {
            let at = y * width + x;
            let sum: f32 = (0..5).map(|i| across[at + i * width - 2 * width]).sum();
            out[at] = sum / 25.0;
        }
    }
    out
}

fn landmark(page: &Gray, x: usize, y: usize) -> Option<Landmark> {
    let mut cells = [0_f32; SIDE * SIDE];
    for (i, cell) in cells.iter_mut().enumerate() {
        let (left, top) = (x - REACH + (i % SIDE) * CELL, y - REACH + (i / SIDE) * CELL);
        for v in top..top + CELL {
            *cell += page.row(v as u32)[left..left + CELL].iter().map(|p| f32::from(*p)).sum::<f32>();
        }
    }
    let mean = cells.iter().sum::<f32>() / cells.len() as f32;
    cells.iter_mut().for_each(|cell| *cell -= mean);
    let length = cells.iter().map(|c| c * c).sum::<f32>().sqrt();
    // A patch of almost even grey has no look of its own.
    if length < 8.0 * (CELL * CELL * SIDE) as f32 {
        return None;
    }
    let look = cells.map(|cell| (cell / length * UNIT).round() as i16);
    Some(Landmark { at: [x as f64, y as f64], look })
}
