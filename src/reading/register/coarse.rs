//! Where a page lies, roughly: its landmarks are matched with the blank's, and the pose that most matches agree on
//! wins, over quarter turns and sizes.

use super::affine::{Affine, Point, distance};
use super::landmarks::{self, Landmark};
use crate::reading::page::Gray;
use crate::reading::scale::resized;

/// A pose and how much speaks for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pose {
    /// From the blank at landmark resolution to the scan's own pixels.
    pub to_scan: Affine,
    /// Matches that agree with it.
    pub agreeing: usize,
}

/// Landmarks of a scan at one assumed size.
pub(crate) struct Sighting {
    marks: [Vec<Landmark>; 4],
    size: [f64; 2],
    /// From landmark resolution to the scan's own pixels.
    to_scan: Affine,
}

/// Sizes tried in turn, as parts of the size that makes the scan as long as the form: the same sheet; a slightly
/// larger or smaller glass; a form lying on glass of the next larger paper size.
pub(crate) const SIZES: [f64; 4] = [1.0, 1.15, 0.87, 1.41];
/// Quarter turns tried in turn: upright, head down, then lying.
pub(crate) const TURNS: [usize; 4] = [0, 2, 1, 3];
/// This many agreeing matches leave nothing to ask: chance gives under ten.
const CERTAIN: usize = 40;
/// Fewer are no pose at all.
const FEWEST: usize = 10;
/// Matches agree when they come within this of each other, in landmark pixels (1 mm, then 0.5 mm).
const NEAR: f64 = 4.0;
const NEARER: f64 = 2.0;
/// A match must be this alike, and its distance to perfect at most this part of the second best's.
const ALIKE: f32 = 0.75;
const RATIO: f32 = 0.85;
/// Skew beyond a quarter turn and stretch that no scanner makes.
const MOST_SKEW_DEGREES: f64 = 8.0;
const MOST_DISTORTION: f64 = 0.06;
const ROUNDS: usize = 600;

impl Sighting {
    /// `long_mm`: the form's longer side.
    pub(crate) fn of(scan: &Gray, long_mm: f64, size: f64) -> Sighting {
        let dots_per_mm = f64::from(scan.width.max(scan.height)) / long_mm / size;
        let small = resized(scan, landmarks::DOTS_PER_MM / dots_per_mm);
        let upright = landmarks::find(&small);
        let (width, height) = (f64::from(small.width), f64::from(small.height));
        let turn = |marks: &[Landmark], height: f64| marks.iter().map(|m| m.turned(height)).collect::<Vec<_>>();
        // A landmark stands on a pixel, so that the last row becomes column zero.
        let once = turn(&upright, height - 1.0);
        let twice = turn(&once, width - 1.0);
        let thrice = turn(&twice, height - 1.0);
        let to_scan = Affine::zoom((small.width, small.height), (scan.width, scan.height));
        Sighting { marks: [upright, once, twice, thrice], size: [width, height], to_scan }
    }

    /// The pose of a blank on the scan turned `quarters` times clockwise.
    pub(crate) fn pose(&self, blank: &[Landmark], quarters: usize) -> Option<Pose> {
        let (to_turned, agreeing) = pose(blank, &self.marks[quarters])?;
        Some(Pose { to_scan: self.turned_back(quarters).after(&to_turned), agreeing })
    }

    /// From the scan turned `quarters` times clockwise, at landmark resolution, to the scan as it came.
    fn turned_back(&self, quarters: usize) -> Affine {
        let [w, h] = self.size;
        let back = match quarters {
            0 => Affine::IDENTITY,
            1 => Affine([0.0, 1.0, 0.0, -1.0, 0.0, h - 1.0]),
            2 => Affine([-1.0, 0.0, w - 1.0, 0.0, -1.0, h - 1.0]),
            _ => Affine([0.0, -1.0, w - 1.0, 1.0, 0.0, 0.0]),
        };
        self.to_scan.after(&back)
    }
}

impl Pose {
    pub(crate) fn is_certain(&self) -> bool {
        self.agreeing >= CERTAIN
    }
}

fn pose(blank: &[Landmark], scan: &[Landmark]) -> Option<(Affine, usize)> {
    let matches = matches(blank, scan);
    if matches.len() < FEWEST {
        return None;
    }
    let mut best = (Affine::IDENTITY, 0);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..ROUNDS {
        let (one, two) = (matches[dice.below(matches.len())], matches[dice.below(matches.len())]);
        // Points close together say little about turn and scale.
        if distance(one.0, two.0) < 60.0 {
            continue;
        }
        let Some(map) = Affine::similarity([one.0, two.0], [one.1, two.1]) else { continue };
        if !is_plausible(&map) {
            continue;
        }
        let agreeing = matches.iter().filter(|(from, to)| distance(map.apply(*from), *to) < NEAR).count();
        if agreeing > best.1 {
            best = (map, agreeing);
        }
    }
    for near in [NEAR, NEARER, NEARER] {
        let agreeing = matches.iter().filter(|(from, to)| distance(best.0.apply(*from), *to) < near).copied();
        best = (Affine::fit(agreeing.clone())?, agreeing.count());
    }
    (best.1 >= FEWEST && is_plausible(&best.0)).then_some(best)
}

fn is_plausible(map: &Affine) -> bool {
    let (scale, turn) = map.scale_and_turn();
    (0.8..1.25).contains(&scale) && turn.abs() <= MOST_SKEW_DEGREES && map.distortion() <= MOST_DISTORTION
}

/// Pairs that are each other's best, clearly better than the next best elsewhere.
fn matches(blank: &[Landmark], scan: &[Landmark]) -> Vec<(Point, Point)> {
    let mut best_of_scan = vec![(0_f32, usize::MAX); scan.len()];
    let mut best_of_blank = Vec::with_capacity(blank.len());
    for (b, mark) in blank.iter().enumerate() {
        let (mut first, mut second, mut at) = (0_f32, 0_f32, usize::MAX);
        for (s, other) in scan.iter().enumerate() {
            let likeness = mark.likeness(other);
            if likeness > best_of_scan[s].0 {
                best_of_scan[s] = (likeness, b);
            }
            if likeness > first {
                (second, first, at) = (first, likeness, s);
            } else if likeness > second {
                second = likeness;
            }
        }
        best_of_blank.push((first, second, at));
    }
    let clear = |(b, (first, second, s)): (usize, &(f32, f32, usize))| {
        let is_best = *s != usize::MAX && best_of_scan[*s].1 == b;
        let is_clear = *first > ALIKE && 1.0 - first < RATIO * (1.0 - second);
        (is_best && is_clear).then(|| (blank[b].at, scan[*s].at))
    };
    best_of_blank.iter().enumerate().filter_map(clear).collect()
}

/// The same throws every time: a page must register tomorrow as it did today. (xorshift64, Marsaglia 2003)
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 33) as usize) % limit
    }
}
