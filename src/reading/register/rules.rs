//! Ruled lines that the blank does not have: a row or a column that another revision put in. People draw lines too, and
//! stamps have frames: what is told apart here is a line that runs straight along the form's own directions from one
//! of its ruled lines to another, and ends on both.

use super::blank::Blank;
use crate::reading::page::Gray;

/// Lines are looked for piece by piece, in mm: short enough that a page which lies well bends none, longer than the
/// straight part of most strokes.
const PIECE_MM: f64 = 2.0;
/// A thicker one is no ruled line.
const THICKEST_MM: f64 = 1.0;
/// The part of a piece that is dark.
const DARK_PART: f64 = 0.95;
/// A page is dark up to this, and a blank, whose lines are never to be taken for new ones, up to that.
const DARK: u8 = 150;
const BLANK_DARK: u8 = 210;
/// Nearer to a line of the blank, in the same piece or the one beside it, it is that line.
const OWN_MM: f64 = 1.5;
/// Of whole pieces at least this; shorter ones are strokes of a pen.
const SHORTEST_MM: f64 = 8.0;
/// Off a straight line by less than this, and off the form's direction by this part of its length, or by the one pixel that
/// every place may be off.
const STRAIGHT_MM: f64 = 0.25;
const LEVEL: f64 = 0.006;
/// Around the paper's edge scanners draw lines of their own.
const EDGE_MM: f64 = 6.0;
/// A line ends on another if that one is so long there, longer than the frame of a box for one character, and this part of it,
/// as far as it is looked at, is the blank's own: a row that was put in makes the lines at its sides longer by a row, and a
/// stamp brings a frame of its own.
const CROSSING_MM: f64 = 10.0;
const CROSSING_OWN: f64 = 0.5;
const CROSSING_MOST_MM: f64 = 40.0;
/// How far from its last dark dot the other is looked for.
const END_MM: f64 = 0.6;

/// Along which a line runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Along {
    Rows,
    Columns,
}

/// First and last dark place across a piece.
type Run = [u32; 2];

/// The straight pieces of a picture that run along one direction.
pub(crate) struct Pieces(Vec<Vec<Run>>);

/// A picture seen along rows or along columns.
#[derive(Clone, Copy)]
struct View<'a> {
    picture: &'a Gray,
    along: Along,
    dark: u8,
}

impl View<'_> {
    fn length(&self) -> u32 {
        if self.along == Along::Rows { self.picture.width } else { self.picture.height }
    }

    fn breadth(&self) -> u32 {
        if self.along == Along::Rows { self.picture.height } else { self.picture.width }
    }

    fn is_dark(&self, at: u32, across: u32) -> bool {
        let (x, y) = if self.along == Along::Rows { (at, across) } else { (across, at) };
        self.picture.at(x, y) <= self.dark
    }

    /// Dark at a place or at the one beside it.
    fn is_nearly_dark(&self, at: u32, across: u32) -> bool {
        let last = self.breadth() - 1;
        (across.saturating_sub(1)..=(across + 1).min(last)).any(|across| self.is_dark(at, across))
    }

    fn is_line(&self, from: u32, piece: u32, across: u32) -> bool {
        if !self.is_dark(from + piece / 2, across) {
            return false;
        }
        let dark = (from..from + piece).filter(|at| self.is_nearly_dark(*at, across)).count();
        dark as f64 >= DARK_PART * f64::from(piece)
    }

    fn pieces(&self, piece: u32) -> Pieces {
        let mut pieces = vec![Vec::new(); (self.length() / piece) as usize];
        let mut add = |index: u32, across: u32| {
            let runs: &mut Vec<Run> = &mut pieces[index as usize];
            match runs.last_mut() {
                Some(run) if run[1] + 1 == across => run[1] = across,
                _ => runs.push([across, across]),
            }
        };
        // Row by row of the picture either way: columns are far apart in memory.
        match self.along {
            Along::Rows => {
                for across in 0..self.breadth() {
                    (0..self.length() / piece)
                        .filter(|i| self.is_line(i * piece, piece, across))
                        .for_each(|i| add(i, across));
                }
            }
            Along::Columns => {
                for index in 0..self.length() / piece {
                    (0..self.breadth()).filter(|x| self.is_line(index * piece, piece, *x)).for_each(|x| add(index, x));
                }
            }
        }
        Pieces(pieces)
    }
}

/// The blank's own lines, along rows and along columns.
pub(crate) struct Ruled([Pieces; 2]);

const BOTH: [Along; 2] = [Along::Rows, Along::Columns];

impl Ruled {
    pub(crate) fn of(picture: &Gray, dots_per_mm: f64) -> Ruled {
        Ruled(BOTH.map(|along| View { picture, along, dark: BLANK_DARK }.pieces((PIECE_MM * dots_per_mm) as u32)))
    }
}

/// Whether the page (evened out, on the blank's grid) has a ruled line that the blank has not.
pub(crate) fn has_another(page: &Gray, blank: &Blank) -> bool {
    BOTH.into_iter().zip(&blank.ruled.0).any(|(along, own)| Search::new(page, blank, along, own).any())
}

struct Search<'a> {
    page: View<'a>,
    /// The blank with the tolerance of registration.
    blank: View<'a>,
    own: &'a Pieces,
    dots_per_mm: f64,
    piece: u32,
}

impl<'a> Search<'a> {
    fn new(page: &'a Gray, blank: &'a Blank, along: Along, own: &'a Pieces) -> Self {
        Search {
            page: View { picture: page, along, dark: DARK },
            blank: View { picture: &blank.darkest, along, dark: BLANK_DARK },
            own,
            dots_per_mm: blank.dots_per_mm,
            piece: (PIECE_MM * blank.dots_per_mm) as u32,
        }
    }

    fn px(&self, mm: f64) -> u32 {
        (mm * self.dots_per_mm).round() as u32
    }

    fn any(&self) -> bool {
        let pieces = self.page.pieces(self.piece);
        let edge = self.px(EDGE_MM);
        let is_new = |index: usize, run: &Run| {
            let reach = self.px(OWN_MM);
            let beside = &self.own.0[index.saturating_sub(1)..(index + 2).min(self.own.0.len())];
            run[1] - run[0] < self.px(THICKEST_MM)
                && run[0] > edge
                && run[1] + edge < self.page.breadth()
                && !beside.iter().flatten().any(|own| own[0] < run[1] + reach && run[0] < own[1] + reach)
        };
        // The lines that reach the piece before: where they began, and where they are by now.
        let mut open: Vec<(usize, Vec<u32>)> = Vec::new();
        for index in 0..=pieces.0.len() {
            let mut next: Vec<(usize, Vec<u32>)> = Vec::new();
            let runs: &[Run] = pieces.0.get(index).map_or(&[], Vec::as_slice);
            for run in runs.iter().filter(|run| is_new(index, run)) {
                let middle = (run[0] + run[1]) / 2;
                let before = open.iter().position(|(_, line)| line.last().is_some_and(|at| at.abs_diff(middle) <= 2));
                let (first, mut line) = before.map_or((index, Vec::new()), |i| open.swap_remove(i));
                line.push(middle);
                next.push((first, line));
            }
            if open.iter().any(|(first, line)| self.is_ruled(*first, line)) {
                return true;
            }
            open = next;
        }
        false
    }

    fn is_ruled(&self, first: usize, line: &[u32]) -> bool {
        let (Some(from), Some(to)) = (line.first(), line.last()) else { return false };
        let piece = f64::from(self.piece);
        let length = piece * line.len() as f64;
        let (from, to) = (f64::from(*from), f64::from(*to));
        let slope = (to - from) / length;
        let off = |(i, at): (usize, &u32)| (f64::from(*at) - from - slope * piece * i as f64).abs();
        let start = first as u32 * self.piece;
        let ends = [self.end(start, from as u32, -1), self.end(start + length as u32 - 1, to as u32, 1)];
        if length < SHORTEST_MM * self.dots_per_mm
            || (to - from).abs() > (LEVEL * length).max(1.0)
            || line.iter().enumerate().map(off).fold(0.0, f64::max) > STRAIGHT_MM * self.dots_per_mm
        {
            return false;
        }
        let out = ends[0][0] < self.px(EDGE_MM) || ends[1][0] + self.px(EDGE_MM) > self.page.length();
        !out && self.is_joined(ends[0], 1) && self.is_joined(ends[1], -1)
    }

    /// The last dark place of a line from here on.
    fn end(&self, mut at: u32, mut across: u32, step: i32) -> [u32; 2] {
        let last = self.page.breadth() - 1;
        loop {
            let next = at.wrapping_add_signed(step);
            if next >= self.page.length() {
                return [at, across];
            }
            let around = [across, across.saturating_sub(1), (across + 1).min(last)];
            match around.into_iter().find(|across| self.page.is_dark(next, *across)) {
                Some(found) => (at, across) = (next, found),
                None => return [at, across],
            }
        }
    }

    /// Whether an end lies on a line across that is the blank's own, or goes on from it. `back` leads into the line.
    fn is_joined(&self, [at, across]: [u32; 2], back: i32) -> bool {
        (0..=self.px(END_MM) as i32).any(|by| {
            let at = at.wrapping_add_signed(back * by);
            if at >= self.page.length() {
                return false;
            }
            let (mut long, mut own) = (0, 0);
            let last = self.page.breadth() - 1;
            let most = self.px(CROSSING_MOST_MM);
            let down = (across..=(across + most).min(last)).take_while(|across| self.page.is_dark(at, *across));
            let up = (across.saturating_sub(most)..across).rev().take_while(|across| self.page.is_dark(at, *across));
            for place in down.chain(up) {
                long += 1;
                own += u32::from(self.blank.is_dark(at, place));
            }
            long >= self.px(CROSSING_MM) && f64::from(own) >= CROSSING_OWN * f64::from(long)
        })
    }
}
