//! One box's ink: who owns a stroke that leaves its box, what is only a rest of the printed frame, and the small
//! picture that the classifier knows. `ocr-models/train/cells.py` normalises in the same way when it trains.

use crate::model::value::Rect;
use crate::reading::components::Components;
use crate::reading::ink::STROKE_INK;
use crate::reading::page::{Gray, PixelRect};
use crate::reading::register::Registered;

/// Side of the classifier's picture, in pixels.
pub const SIDE: usize = 28;
/// Longest side of the ink within it.
const BODY: f64 = 20.0;
/// What the classifier sees: ink 255, paper 0.
pub type Picture = [u8; SIDE * SIDE];

/// Writing leaves its box by up to this much, in mm.
const OVERRUN_MM: f64 = 1.2;
/// A piece this thin that lies along an edge of a box is a rest of the frame, in mm.
const FRAME_THICKNESS_MM: f64 = 0.5;
/// How far from the edge's middle such a rest can lie, in mm.
const FRAME_OFFSET_MM: f64 = 0.45;
/// Shorter pieces are specks, in mm.
const SPECK_MM: f64 = 0.4;
/// A piece with at least this share in one box belongs to it as a whole; else it is cut at the edge.
const OWNER_SHARE: f64 = 0.7;

/// A box of a row with the ink that belongs to it.
#[derive(Debug, Clone)]
pub struct CellInk {
    /// The box grown by what writing may overrun; 0 is paper.
    pub ink: Gray,
    /// Whether a stroke of it goes on in the next box.
    pub cut: bool,
}

impl CellInk {
    pub fn is_empty(&self) -> bool {
        self.ink.pixels.iter().all(|p| *p < STROKE_INK)
    }
}

/// The ink of each box of a row.
pub fn cut_row(cells: &[Rect], registered: &Registered) -> Vec<CellInk> {
    let Some(extent) = cells.iter().copied().reduce(Rect::union) else { return Vec::new() };
    let window = registered.pixels(extent, OVERRUN_MM);
    let dots = registered.dots_per_mm;
    let labels = Components::of(&registered.ink, window, STROKE_INK);
    let owner_at = Owners::new(cells, window, dots);
    let owners: Vec<Owner> = (0..labels.pieces.len()).map(|i| owner(i, &labels, &owner_at, cells, dots)).collect();
    cells
        .iter()
        .enumerate()
        .map(|(cell, rect)| {
            let place = registered.pixels(*rect, OVERRUN_MM);
            let mut ink = Gray::filled(place.width(), place.height(), 0);
            let mut cut = false;
            for y in place.top..place.bottom {
                for x in place.left..place.right {
                    let label = labels.at(x, y);
                    let own = match label.map(|l| owners[l]) {
                        Some(Owner::Nobody) => false,
                        Some(Owner::Cell(owner)) => owner == cell,
                        Some(Owner::Several) => owner_at.at(x, y) == cell,
                        None => owner_at.at(x, y) == cell,
                    };
                    if own {
                        cut |= label.is_some_and(|l| owners[l] == Owner::Several);
                        let to = (y - place.top) * place.width() + (x - place.left);
                        ink.pixels[to as usize] = registered.ink.at(x, y);
                    }
                }
            }
            CellInk { ink, cut }
        })
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// A rest of the frame, a speck, or writing that belongs elsewhere.
    Nobody,
    Cell(usize),
    /// Cut at the edge between boxes.
    Several,
}

fn owner(piece: usize, labels: &Components, owner_at: &Owners, cells: &[Rect], dots: f64) -> Owner {
    let b = labels.pieces[piece].bounds;
    let mm = |px: u32| f64::from(px) / dots;
    if mm(b.width().max(b.height())) < SPECK_MM || is_frame(b, cells, dots) {
        return Owner::Nobody;
    }
    let mut shares = vec![0_u64; cells.len()];
    let (mut inside, mut all) = (0_u64, 0_u64);
    for y in b.top..b.bottom {
        for x in b.left..b.right {
            if labels.at(x, y) == Some(piece) {
                let cell = owner_at.at(x, y);
                shares[cell] += 1;
                all += 1;
                inside += u64::from(distance(cells[cell], mm(x), mm(y)) < 0.1);
            }
        }
    }
    let (best, share) = shares.iter().enumerate().max_by_key(|(_, n)| **n).map_or((0, 0), |(i, n)| (i, *n));
    if inside * 2 < all {
        Owner::Nobody
    } else if share as f64 >= OWNER_SHARE * all as f64 {
        Owner::Cell(best)
    } else {
        Owner::Several
    }
}

fn is_frame(b: PixelRect, cells: &[Rect], dots: f64) -> bool {
    let (left, right) = (f64::from(b.left) / dots, f64::from(b.right) / dots);
    let (top, bottom) = (f64::from(b.top) / dots, f64::from(b.bottom) / dots);
    let along = |from: f64, to: f64, edge: f64| {
        to - from <= FRAME_THICKNESS_MM && (f64::midpoint(from, to) - edge).abs() <= FRAME_OFFSET_MM
    };
    cells.iter().any(|c| {
        along(left, right, c.x)
            || along(left, right, c.x + c.width)
            || along(top, bottom, c.y)
            || along(top, bottom, c.y + c.height)
    })
}

/// Which box is nearest to a pixel. Boxes stand in one row, so the column tells.
struct Owners {
    left: u32,
    columns: Vec<usize>,
}

impl Owners {
    fn new(cells: &[Rect], window: PixelRect, dots: f64) -> Self {
        let nearest = |x: u32| {
            let mm = (f64::from(x) + 0.5) / dots;
            let gap = |c: &Rect| (c.x - mm).max(mm - c.x - c.width).max(0.0) + (mm - c.x - c.width / 2.0).abs() * 1e-3;
            (0..cells.len()).min_by(|a, b| gap(&cells[*a]).total_cmp(&gap(&cells[*b]))).unwrap_or(0)
        };
        Self { left: window.left, columns: (window.left..window.right.max(window.left + 1)).map(nearest).collect() }
    }

    fn at(&self, x: u32, _y: u32) -> usize {
        let column = (x.saturating_sub(self.left) as usize).min(self.columns.len() - 1);
        self.columns[column]
    }
}

fn distance(rect: Rect, x: f64, y: f64) -> f64 {
    let dx = (rect.x - x).max(x - rect.x - rect.width).max(0.0);
    let dy = (rect.y - y).max(y - rect.y - rect.height).max(0.0);
    dx.hypot(dy)
}

/// The classifier's picture of some ink: longest side 20 pixels, centre of mass in the middle, darkest pixel 255.
/// `None` if there is no stroke in it.
pub fn normalise(ink: &Gray) -> Option<Picture> {
    let body = without_specks(ink, 8.0, 0.06)?;
    let scale = BODY / f64::from(body.width.max(body.height));
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    centred(&shrunk(&body, side(body.width), side(body.height)))
}

/// Cut to its pieces, with the pale rim around each of them. Pieces smaller than `least` pixels, or than this `share` of
/// the largest, are specks. `None` if there is no stroke.
pub(super) fn without_specks(ink: &Gray, least: f64, share: f64) -> Option<Gray> {
    let peak = ink.pixels.iter().copied().max().unwrap_or(0);
    if peak < 48 {
        return None;
    }
    let threshold = u8::max(40, (0.35 * f64::from(peak)) as u8);
    let whole = PixelRect { left: 0, top: 0, right: ink.width, bottom: ink.height };
    let labels = Components::of(ink, whole, threshold);
    let largest = labels.pieces.iter().map(|p| p.area).max()?;
    let least = f64::max(least, share * largest as f64);
    let kept: Vec<bool> = labels.pieces.iter().map(|p| p.area as f64 >= least).collect();
    let bounds =
        labels.pieces.iter().zip(&kept).filter(|(_, k)| **k).map(|(p, _)| p.bounds).reduce(PixelRect::union)?;
    let near = |x: u32, y: u32| {
        (y.saturating_sub(1)..=y + 1)
            .any(|ny| (x.saturating_sub(1)..=x + 1).any(|nx| labels.at(nx, ny).is_some_and(|l| kept[l])))
    };
    let mut body = Gray::filled(bounds.width(), bounds.height(), 0);
    for y in 0..body.height {
        for x in 0..body.width {
            let (px, py) = (x + bounds.left, y + bounds.top);
            if near(px, py) {
                body.pixels[(y * body.width + x) as usize] = ink.at(px, py);
            }
        }
    }
    Some(body)
}

/// Another size by averaging areas, as floating point values.
fn shrunk(picture: &Gray, width: u32, height: u32) -> Averaged {
    let rows = spans(picture.height, height);
    let columns = spans(picture.width, width);
    let mut values = Vec::with_capacity((width * height) as usize);
    for row in &rows {
        for column in &columns {
            let (mut sum, mut weight) = (0.0, 0.0);
            for (y, wy) in row {
                for (x, wx) in column {
                    sum += f64::from(picture.at(*x, *y)) * wx * wy;
                    weight += wx * wy;
                }
            }
            values.push((sum / weight).round());
        }
    }
    Averaged { width: width as usize, height: height as usize, values }
}

struct Averaged {
    width: usize,
    height: usize,
    values: Vec<f64>,
}

/// For each target pixel, the source pixels it covers with their shares. A source smaller than the target is
/// repeated.
fn spans(from: u32, to: u32) -> Vec<Vec<(u32, f64)>> {
    let step = f64::from(from) / f64::from(to);
    (0..to)
        .map(|i| {
            let (begin, end) = (f64::from(i) * step, f64::from(i + 1) * step);
            let last = (end.ceil() as u32).clamp(1, from);
            let first = (begin.floor() as u32).min(last - 1);
            (first..last).map(|p| (p, (end.min(f64::from(p + 1)) - begin.max(f64::from(p))).max(1e-9))).collect()
        })
        .collect()
}

fn centred(small: &Averaged) -> Option<Picture> {
    let (mut total, mut sum_x, mut sum_y, mut peak) = (0.0, 0.0, 0.0, 0.0_f64);
    for (i, value) in small.values.iter().enumerate() {
        total += value;
        sum_x += value * ((i % small.width) as f64 + 0.5);
        sum_y += value * ((i / small.width) as f64 + 0.5);
        peak = peak.max(*value);
    }
    if total <= 0.0 {
        return None;
    }
    let place = |sum: f64, length: usize| {
        let at = (SIDE as f64 / 2.0 - sum / total).round_ties_even().max(0.0) as usize;
        at.min(SIDE.saturating_sub(length))
    };
    let (left, top) = (place(sum_x, small.width), place(sum_y, small.height));
    let mut picture = [0; SIDE * SIDE];
    for (i, value) in small.values.iter().enumerate() {
        let (x, y) = (i % small.width + left, i / small.width + top);
        picture[y * SIDE + x] = (value * 255.0 / peak + 0.5).min(255.0) as u8;
    }
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::reader::Registration;
    use crate::reading::register::Placement;

    fn page(strokes: &[(u32, u32, u32, u32)]) -> Registered {
        let mut ink = Gray::filled(300, 120, 0);
        for (x, y, w, h) in strokes {
            for py in *y..y + h {
                for px in *x..x + w {
                    ink.pixels[(py * 300 + px) as usize] = 255;
                }
            }
        }
        let quality = Registration { ink_explained: 1.0, residual_mm: 0.1, turned_degrees: 0.0 };
        Registered {
            page: Gray::filled(300, 120, 255),
            ink,
            quality,
            placement: Placement::filling(10.0),
            dots_per_mm: 10.0,
            noise: 0.0,
        }
    }

    /// Two boxes of 7 × 8 mm from (3, 2) mm.
    fn boxes() -> Vec<Rect> {
        (0..2).map(|i| Rect { x: 3.0 + 7.0 * f64::from(i), y: 2.0, width: 7.0, height: 8.0 }).collect()
    }

    fn inked(cell: &CellInk) -> usize {
        cell.ink.pixels.iter().filter(|p| **p > 0).count()
    }

    #[test]
    fn a_stroke_that_leaves_its_box_stays_whole() {
        let cells = cut_row(&boxes(), &page(&[(60, 40, 46, 5)]));
        assert_eq!((inked(&cells[0]), inked(&cells[1])), (230, 0));
        assert!(!cells[0].cut);
    }

    #[test]
    fn a_stroke_through_two_boxes_is_cut_and_says_so() {
        let cells = cut_row(&boxes(), &page(&[(70, 40, 60, 5)]));
        assert_eq!((inked(&cells[0]), inked(&cells[1])), (150, 150));
        assert!(cells[0].cut && cells[1].cut);
    }

    #[test]
    fn remains_of_the_frame_and_specks_belong_to_nobody() {
        let cells = cut_row(&boxes(), &page(&[(99, 25, 3, 40), (40, 19, 30, 2), (50, 50, 3, 3)]));
        assert!(cells.iter().all(CellInk::is_empty));
    }

    #[test]
    fn the_picture_is_twenty_high_and_centred_by_mass() {
        let mut ink = Gray::filled(80, 100, 0);
        for y in 10..90 {
            for x in 20..28 {
                ink.pixels[y * 80 + x] = 200;
            }
        }
        let picture = normalise(&ink).unwrap();
        let rows: Vec<usize> = (0..SIDE).filter(|y| picture[y * SIDE..][..SIDE].iter().any(|p| *p > 0)).collect();
        assert_eq!((rows[0], rows.len()), (4, 20));
        assert_eq!(picture.iter().filter(|p| **p == 255).count(), 40);
        assert_eq!(normalise(&Gray::filled(80, 100, 30)), None);
    }
}
