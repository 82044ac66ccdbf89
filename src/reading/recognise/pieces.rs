//! A line's ink cut wherever two characters may meet, and every stretch between two cuts that may be one character.
//! Which cuts are real is not decided here: 板 may be 木 and 反, and only the whole line tells.

use crate::reading::components::Components;
use crate::reading::ink::STROKE_INK;
use crate::reading::page::{Gray, PixelRect};

/// Two strokes that share this much of the narrower one's width belong to one character.
const SHARED: f64 = 0.35;
/// Ink wider than this, in heights of a character, may be two that touch.
const TOUCHING: f64 = 1.15;
/// Nothing wider than this, in heights of a character, is one.
const WIDEST: f64 = 1.4;
/// At most so many pieces make a character.
const MOST_PIECES: usize = 6;
/// The smallest height that a line's characters are taken to have, in mm: a lone dash is not a tall character.
const LOWEST_MM: f64 = 2.6;
/// From this width on a gap is one that the writer meant, in heights of a character.
const WIDE_GAP: f64 = 0.5;

/// A stretch of ink that is not cut further.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Atom {
    pieces: Vec<usize>,
    bounds: PixelRect,
}

/// A stretch that may be one character: the atoms `first..last`.
#[derive(Debug, Clone)]
pub struct Segment {
    pub first: usize,
    pub last: usize,
    /// Width and height, in heights of the line's characters.
    pub width: f64,
    pub height: f64,
    /// The widest gap between its parts, in heights of a character.
    pub split: f64,
    /// Its ink alone, trimmed: 255 is ink.
    pub ink: Gray,
}

impl Segment {
    /// Whether it is as wide and low as a dash.
    pub fn is_bar(&self) -> bool {
        self.width > 2.2 * self.height && (0.2..1.1).contains(&self.width)
    }

    /// Whether it is high and narrow enough for a digit.
    pub fn may_be_digit(&self) -> bool {
        self.height > 0.45 && self.width < 0.95
    }
}

/// All possible characters of a line.
#[derive(Debug, Clone)]
pub struct Pieces {
    /// Number of atoms: a reading goes from 0 to here.
    pub count: usize,
    /// By atom: whether the writer left a wide gap before it.
    pub wide_gap: Vec<bool>,
    /// In the order of `first`.
    pub segments: Vec<Segment>,
}

impl Pieces {
    /// Cuts a line's ink (255 is ink).
    pub fn of(ink: &Gray, dots_per_mm: f64) -> Self {
        let whole = PixelRect { left: 0, top: 0, right: ink.width, bottom: ink.height };
        let labels = Components::of(ink, whole, STROKE_INK);
        let mut atoms = atoms(&labels);
        let size = size(&atoms, dots_per_mm);
        atoms = atoms.into_iter().flat_map(|atom| parted(atom, &labels, size)).collect();
        let gaps: Vec<f64> = (0..atoms.len())
            .map(|i| match i.checked_sub(1) {
                Some(before) => (f64::from(atoms[i].bounds.left) - f64::from(atoms[before].bounds.right)) / size,
                None => 0.0,
            })
            .collect();
        let mut segments = Vec::new();
        for first in 0..atoms.len() {
            for last in first + 1..=atoms.len().min(first + MOST_PIECES) {
                let bounds = atoms[first..last].iter().map(|a| a.bounds).reduce(PixelRect::union);
                let Some(bounds) = bounds else { continue };
                let split = gaps[first + 1..last].iter().copied().fold(0.0, f64::max);
                if last > first + 1 && (f64::from(bounds.width()) > WIDEST * size || split > WIDE_GAP) {
                    break;
                }
                segments.push(Segment {
                    first,
                    last,
                    width: f64::from(bounds.width()) / size,
                    height: f64::from(bounds.height()) / size,
                    split,
                    ink: ink_of(&atoms[first..last], &labels, ink, bounds),
                });
            }
        }
        let wide_gap = gaps.iter().map(|gap| *gap > WIDE_GAP).collect();
        Self { count: atoms.len(), wide_gap, segments }
    }

    /// Boxes' ink: each box is one character, an empty one is a gap. Sizes are in heights of the tallest character, or
    /// of half a box where all are lower.
    pub fn of_boxes<'a>(boxes: impl IntoIterator<Item = Option<&'a Gray>>) -> Self {
        let trimmed: Vec<Option<(&Gray, PixelRect)>> = boxes.into_iter().map(|ink| ink.and_then(trimmed)).collect();
        let written = || trimmed.iter().flatten();
        let size = written().map(|(ink, b)| f64::from(b.height()).max(f64::from(ink.height) / 2.0)).fold(1.0, f64::max);
        let mut pieces = Self { count: 0, wide_gap: Vec::new(), segments: Vec::new() };
        let mut gap = false;
        for own in &trimmed {
            let Some((ink, bounds)) = own else {
                gap = pieces.count > 0;
                continue;
            };
            pieces.segments.push(Segment {
                first: pieces.count,
                last: pieces.count + 1,
                width: f64::from(bounds.width()) / size,
                height: f64::from(bounds.height()) / size,
                split: 0.0,
                ink: ink.cut(*bounds),
            });
            pieces.wide_gap.push(gap);
            pieces.count += 1;
            gap = false;
        }
        pieces
    }
}

fn trimmed(ink: &Gray) -> Option<(&Gray, PixelRect)> {
    let whole = PixelRect { left: 0, top: 0, right: ink.width, bottom: ink.height };
    let labels = Components::of(ink, whole, STROKE_INK);
    labels.pieces.iter().map(|p| p.bounds).reduce(PixelRect::union).map(|bounds| (ink, bounds))
}

/// Pieces of ink that stand over each other, from left to right.
fn atoms(labels: &Components) -> Vec<Atom> {
    let mut order: Vec<usize> = (0..labels.pieces.len()).collect();
    order.sort_by_key(|i| labels.pieces[*i].bounds.left);
    let mut atoms: Vec<Atom> = Vec::new();
    for piece in order {
        let bounds = labels.pieces[piece].bounds;
        let joins = atoms.last().is_some_and(|last| {
            let shared = f64::from(last.bounds.right.min(bounds.right)) - f64::from(bounds.left);
            shared > SHARED * f64::from(last.bounds.width().min(bounds.width()))
        });
        match atoms.last_mut() {
            Some(last) if joins => {
                last.pieces.push(piece);
                last.bounds = last.bounds.union(bounds);
            }
            _ => atoms.push(Atom { pieces: vec![piece], bounds }),
        }
    }
    atoms
}

/// Height of the line's characters in pixels: that of its tallest ink.
fn size(atoms: &[Atom], dots_per_mm: f64) -> f64 {
    let tallest = atoms.iter().map(|a| a.bounds.height()).max().unwrap_or(0);
    f64::from(tallest).max(LOWEST_MM * dots_per_mm)
}

/// Cuts ink that is too wide for one character where there is least of it.
fn parted(atom: Atom, labels: &Components, size: f64) -> Vec<Atom> {
    let wide = f64::from(atom.bounds.width());
    if wide <= TOUCHING * size {
        return vec![atom];
    }
    let column = |x: u32| {
        let b = atom.bounds;
        (b.top..b.bottom).filter(|y| labels.at(x, *y).is_some_and(|l| atom.pieces.contains(&l))).count()
    };
    let least = (0.22 * size) as u32;
    let columns: Vec<usize> = (atom.bounds.left..atom.bounds.right).map(column).collect();
    let mut cuts = vec![atom.bounds.left];
    for (i, count) in columns.iter().enumerate() {
        let x = atom.bounds.left + i as u32;
        let around = &columns[i.saturating_sub(least as usize / 2)..(i + least as usize / 2 + 1).min(columns.len())];
        let low = *count as f64 <= 0.3 * size && around.iter().all(|c| c >= count);
        let spaced = cuts.last().is_some_and(|last| x >= last + least) && x + least <= atom.bounds.right;
        if low && spaced {
            cuts.push(x);
        }
    }
    cuts.push(atom.bounds.right);
    let stretch = |from: u32, to: u32| {
        let ink = (from..to).flat_map(|x| (atom.bounds.top..atom.bounds.bottom).map(move |y| (x, y)));
        let mut inked = ink.filter(|(x, y)| labels.at(*x, *y).is_some_and(|l| atom.pieces.contains(&l)));
        let (x, y) = inked.next()?;
        let one = PixelRect { left: x, top: y, right: x + 1, bottom: y + 1 };
        let bounds = inked.fold(one, |b, (x, y)| b.union(PixelRect { left: x, top: y, right: x + 1, bottom: y + 1 }));
        Some(Atom { pieces: atom.pieces.clone(), bounds })
    };
    cuts.windows(2).filter_map(|cut| stretch(cut[0], cut[1])).collect()
}

/// The ink of some atoms and of nothing else.
fn ink_of(atoms: &[Atom], labels: &Components, ink: &Gray, bounds: PixelRect) -> Gray {
    let mut own = ink.cut(bounds);
    for y in bounds.top..bounds.bottom {
        for x in bounds.left..bounds.right {
            // The soft rim of a stroke belongs to no piece; it goes with whatever stands nearest, so it stays.
            let foreign = labels.at(x, y).is_some_and(|label| !atoms.iter().any(|atom| atom.pieces.contains(&label)));
            if foreign {
                own.pixels[((y - bounds.top) * own.width + (x - bounds.left)) as usize] = 0;
            }
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rectangles of ink on a strip of 200 × 40 pixels, 10 dots a mm.
    fn line(strokes: &[(u32, u32, u32, u32)]) -> Pieces {
        let mut ink = Gray::filled(200, 40, 0);
        for (left, top, right, bottom) in strokes {
            for y in *top..*bottom {
                for x in *left..*right {
                    ink.pixels[(y * 200 + x) as usize] = 255;
                }
            }
        }
        Pieces::of(&ink, 10.0)
    }

    fn stretches(pieces: &Pieces) -> Vec<(usize, usize)> {
        pieces.segments.iter().map(|s| (s.first, s.last)).collect()
    }

    #[test]
    fn strokes_above_each_other_are_one_piece_and_neighbours_may_be_one_character() {
        let pieces = line(&[(10, 5, 28, 8), (8, 30, 30, 34), (36, 5, 50, 35)]);
        assert_eq!(pieces.count, 2);
        assert_eq!(stretches(&pieces), [(0, 1), (0, 2), (1, 2)]);
    }

    #[test]
    fn a_wide_gap_parts_characters_for_good() {
        let pieces = line(&[(10, 5, 30, 35), (80, 5, 100, 35)]);
        assert_eq!(pieces.wide_gap, [false, true]);
        assert_eq!(stretches(&pieces), [(0, 1), (1, 2)]);
    }

    #[test]
    fn characters_that_touch_are_cut_where_little_ink_joins_them() {
        let pieces = line(&[(10, 5, 34, 35), (34, 18, 40, 21), (40, 5, 64, 35)]);
        assert!(pieces.count >= 2, "{}", pieces.count);
        let last = &pieces.segments[pieces.segments.len() - 1];
        assert_eq!(last.last, pieces.count);
    }

    #[test]
    fn a_lone_dash_is_no_tall_character() {
        let pieces = line(&[(10, 18, 26, 21)]);
        assert!(pieces.segments[0].height < 0.2 && pieces.segments[0].is_bar());
        let others = line(&[(10, 5, 40, 35), (80, 18, 84, 21)]);
        assert!(others.segments.iter().all(|s| !s.is_bar()), "a character, a speck");
    }

    #[test]
    fn boxes_are_one_character_each_and_an_empty_one_is_a_gap() {
        let mut written = Gray::filled(20, 30, 0);
        written.pixels[10 * 20 + 5..10 * 20 + 15].fill(255);
        let empty = Gray::filled(20, 30, 0);
        let pieces = Pieces::of_boxes([Some(&written), None, Some(&written), Some(&empty)]);
        assert_eq!((pieces.count, pieces.wide_gap), (2, vec![false, true]));
    }
}
