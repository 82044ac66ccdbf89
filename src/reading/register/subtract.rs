//! What was written: the page evened out (paper to white, print to black) and the blank's print taken away.

use super::blank::Blank;
use crate::reading::page::Gray;

/// Paper is evened out over squares of this side, in mm.
const TILE_MM: f64 = 8.0;
/// Blank pixels at least this bright show the paper itself; at most this dark, solid print.
const PAPER: u8 = 250;
const PRINT: u8 = 60;
/// Print this much darker than paper is the least that tells black from white.
const LEAST_CONTRAST: f64 = 50.0;

/// The page with paper at 255 and solid print at 0, wherever scanner and paper were darker or paler.
pub(crate) fn evened(page: &Gray, blank: &Blank) -> Gray {
    let paper = PaperTiles::of(page, blank);
    let mut out = Gray::filled(page.width, page.height, 0);
    let width = page.width as usize;
    for y in 0..page.height {
        let levels = paper.row(y);
        let row = &mut out.pixels[y as usize * width..][..width];
        for ((to, value), level) in row.iter_mut().zip(page.row(y)).zip(&levels) {
            *to = (f32::from(*value) * 255.0 / level).min(255.0) as u8;
        }
    }
    let black = print_level(&out, blank).min(255.0 - LEAST_CONTRAST);
    let table: Vec<u8> =
        (0..256).map(|v| ((f64::from(v) - black) * 255.0 / (255.0 - black)).round().clamp(0.0, 255.0) as u8).collect();
    out.pixels.iter_mut().for_each(|v| *v = table[usize::from(*v)]);
    out
}

/// Ink that the blank does not explain: 0 is paper, 255 solid ink.
pub(crate) fn written(evened: &Gray, blank: &Blank) -> Gray {
    let pixels = evened.pixels.iter().zip(&blank.darkest.pixels).map(|(seen, most)| most.saturating_sub(*seen));
    Gray { pixels: pixels.collect(), ..*evened }
}

/// How bright paper is, tile by tile, linear between tile centres.
struct PaperTiles {
    tile: f64,
    columns: usize,
    rows: usize,
    levels: Vec<f32>,
    width: usize,
}

impl PaperTiles {
    fn of(page: &Gray, blank: &Blank) -> Self {
        let tile = TILE_MM * blank.dots_per_mm;
        let count = |n: u32| ((f64::from(n) / tile).floor() as usize).max(1);
        let (columns, rows) = (count(page.width), count(page.height));
        let mut histograms = vec![[0_u32; 256]; columns * rows];
        for y in (0..page.height).step_by(2) {
            let row = ((f64::from(y) / tile) as usize).min(rows - 1);
            let pairs = page.row(y).iter().zip(blank.picture.row(y)).enumerate().step_by(2);
            for (x, (value, blank)) in pairs {
                if *blank >= PAPER {
                    let column = ((x as f64 / tile) as usize).min(columns - 1);
                    histograms[row * columns + column][usize::from(*value)] += 1;
                }
            }
        }
        let whole = histograms.iter().fold([0_u32; 256], |mut sum, h| {
            sum.iter_mut().zip(h).for_each(|(s, n)| *s += n);
            sum
        });
        let everywhere = typical(&whole).unwrap_or(255.0);
        let enough = (tile * tile / 4.0 / 5.0) as u32;
        let level = |h: &[u32; 256]| if h.iter().sum::<u32>() < enough { None } else { typical(h) };
        // Paper under a shadow is darker, but a tile full of ink is not paper.
        let levels = histograms.iter().map(|h| level(h).filter(|l| *l > everywhere * 0.6).unwrap_or(everywhere));
        Self { tile, columns, rows, levels: levels.collect(), width: page.width as usize }
    }

    /// Paper's brightness along one row.
    fn row(&self, y: u32) -> Vec<f32> {
        let place = |v: f64, count: usize| {
            let p = (v / self.tile - 0.5).clamp(0.0, (count - 1) as f64);
            let first = (p as usize).min(count - 1);
            (first, (first + 1).min(count - 1), (p - first as f64) as f32)
        };
        let (top, bottom, v) = place(f64::from(y), self.rows);
        let across: Vec<f32> = (0..self.columns)
            .map(|c| self.levels[top * self.columns + c] * (1.0 - v) + self.levels[bottom * self.columns + c] * v)
            .collect();
        (0..self.width)
            .map(|x| {
                let (left, right, u) = place(x as f64, self.columns);
                across[left] * (1.0 - u) + across[right] * u
            })
            .collect()
    }
}

/// The median of what is not ink: of the brighter three quarters.
fn typical(histogram: &[u32; 256]) -> Option<f32> {
    let total: u32 = histogram.iter().sum();
    let wanted = (u64::from(total) * 5 / 8) as u32;
    let mut sum = 0;
    let level = histogram.iter().position(|n| {
        sum += n;
        sum > wanted
    })?;
    Some((level as f32).max(1.0))
}

/// The median of the page where the blank shows solid print; 0 if the blank has none.
fn print_level(evened: &Gray, blank: &Blank) -> f64 {
    let mut histogram = [0_u32; 256];
    for at in &blank.solid {
        histogram[usize::from(evened.pixels[*at as usize])] += 1;
    }
    let half = blank.solid.len() as u32 / 2;
    let mut sum = 0;
    let level = histogram.iter().position(|n| {
        sum += n;
        sum > half
    });
    level.unwrap_or(0) as f64
}

/// Places where the blank's print is solid: dark, and dark all around.
pub(crate) fn solid_places(picture: &Gray) -> Vec<u32> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut places = Vec::new();
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let at = y * width + x;
            let around = [at, at - 1, at + 1, at - width, at + width];
            if around.iter().all(|p| picture.pixels[*p] <= PRINT) {
                places.push(at as u32);
            }
        }
    }
    places
}
