//! The words that are printed beside the fields, a few characters at a time. Other words in their place cover much of the
//! same paper, so that ink where the blank has print says little: here each square of characters is laid where it fits best and
//! compared dot by dot. Pens and stamps only add ink. Print is lost where other words stand, or none.

use super::quality::{FOUND, PRINT, is_dark};
use super::{Registered, pixel_rect};
use crate::model::form::Form;
use crate::model::value::Rect;
use crate::reading::components::{Components, Piece};
use crate::reading::page::{Gray, PixelRect};
use crate::reading::scale::darkest_within;

/// Side of a square, in mm: about a character.
const SIDE_MM: f64 = 4.0;
/// Larger print is a rule or a frame, smaller a speck or a dot, in mm.
const LARGEST_MM: f64 = 9.0;
const SMALLEST_MM: f64 = 0.6;
/// Less print in a square says nothing, in mm².
const LEAST_PRINT_MM2: f64 = 0.8;
/// This near to a field people write and white out, and so near to a rule the rule is compared, in mm.
const FIELD_MM: f64 = 1.0;
const RULE_MM: f64 = 0.5;
/// So many dots of a square's print are looked for, this far from where they belong, in mm.
const DOTS: usize = 200;
const REACH_MM: f64 = 0.45;
/// A dot counts as found this near to ink, in mm.
const NEAR_MM: f64 = 0.1;
/// A square is lost of whose print less is found, and that resembles the blank less (a correlation). Pages of the same form
/// keep 0.9 under pens and stamps, and 0.72 where a scanner knows black and white only, which resembles the blank to 0.83.
const LEAST_FOUND: f64 = 0.85;
const LEAST_ALIKE: f64 = 0.75;
/// Lost squares with no more than one between them are one place.
const APART: u32 = 2;
/// Other words stand there if there is so much other ink for the ink that was lost.
const OTHER_INK: f64 = 0.25;
/// In the place of a single character only if nearly nothing of it is left, and so much else is there.
const ALONE_FOUND: f64 = 0.6;
const ALONE_ALIKE: f64 = 0.4;
const ALONE_OTHER_INK: f64 = 0.5;
/// Words that are gone, with nothing in their place: squares of which less is found reach over so many in a row, which is more
/// than a punched hole.
const GONE_FOUND: f64 = 0.6;
const GONE_SPAN: u32 = 3;

/// The blank's words beside its fields.
pub(crate) struct Wording {
    squares: Vec<Square>,
    dots_per_mm: f64,
}

struct Square {
    /// Its column and row.
    at: [u32; 2],
    window: PixelRect,
    /// Some of its characters' print, spread evenly, and all of it, in pixels.
    print: Vec<[u32; 2]>,
    pixels: usize,
    /// Places away from rules, with the blank's brightness there.
    compared: Vec<([u32; 2], f64)>,
}

/// What a page shows in a square's place.
#[derive(Debug, Clone, Copy)]
struct Seen {
    at: [u32; 2],
    /// Share of the print that is there, 0 to 1.
    found: f64,
    /// How the page resembles the blank, -1 to 1.
    alike: f64,
    /// Ink that is not there, and ink that the blank has not, in pixels.
    lost: f64,
    other: f64,
}

impl Wording {
    pub(crate) fn of(picture: &Gray, form: &Form) -> Wording {
        let dots_per_mm = f64::from(picture.width) / form.page.width;
        let characters = Characters::of(picture, form, dots_per_mm);
        let count = |mm: f64| (mm / SIDE_MM).ceil() as u32;
        let rows = 0..count(form.page.height);
        let all = rows.flat_map(|row| (0..count(form.page.width)).map(move |column| [column, row]));
        Wording { squares: all.filter_map(|at| characters.square(at)).collect(), dots_per_mm }
    }

    /// Where the page shows other words than the blank's `picture`, or none, in mm.
    pub(crate) fn other(&self, laid: &Registered, picture: &Gray) -> Option<[f64; 2]> {
        let px = |mm: f64| (mm * self.dots_per_mm).round() as i64;
        let look = Look { page: &laid.page, picture, reach: px(REACH_MM), near: px(NEAR_MM).max(1) };
        // Where the scan ends it cuts words off.
        let shown = self.squares.iter().filter(|square| laid.placement.shows(place(square.at)));
        let mut lost: Vec<Seen> = shown.filter_map(|square| look.lost(square)).collect();
        while let Some(first) = lost.pop() {
            let (mut group, mut done) = (vec![first], 0);
            while done < group.len() {
                let [x, y] = group[done].at;
                let is_near = |seen: &mut Seen| seen.at[0].abs_diff(x) <= APART && seen.at[1].abs_diff(y) <= APART;
                group.extend(lost.extract_if(.., is_near));
                done += 1;
            }
            if is_other(&group) {
                let Rect { x, y, .. } = place(first.at);
                return Some([x, y]);
            }
        }
        None
    }
}

/// A page beside its blank.
struct Look<'a> {
    page: &'a Gray,
    picture: &'a Gray,
    /// How far a square is moved about, in pixels.
    reach: i64,
    /// How near to ink a dot is found.
    near: i64,
}

impl Look<'_> {
    /// What a square's place shows, if its words are lost.
    fn lost(&self, square: &Square) -> Option<Seen> {
        let (mut found, mut best) = (self.found(square, [0, 0]), [0, 0]);
        if found >= LEAST_FOUND {
            return None;
        }
        let shifts = (-self.reach..=self.reach).flat_map(|y| (-self.reach..=self.reach).map(move |x| [x, y]));
        for by in shifts.clone() {
            let there = self.found(square, by);
            if there > found {
                (found, best) = (there, by);
            }
        }
        if found >= LEAST_FOUND {
            return None;
        }
        let alike = shifts.map(|by| self.alike(square, by)).fold(-1.0, f64::max);
        let lost = (1.0 - found) * square.pixels as f64;
        (alike < LEAST_ALIKE).then(|| Seen { at: square.at, found, alike, lost, other: self.other_ink(square, best) })
    }

    /// Share of the square's print that the page shows, moved by some pixels.
    fn found(&self, square: &Square, by: [i64; 2]) -> f64 {
        let found = square.print.iter().filter(|at| self.is_nearly_dark(self.page, **at, by)).count();
        found as f64 / square.print.len() as f64
    }

    /// The correlation of the page, moved by some pixels, with the blank. Even paper resembles nothing.
    fn alike(&self, square: &Square, [dx, dy]: [i64; 2]) -> f64 {
        let (mut blanks, mut pages, mut products) = ([0.0; 2], [0.0; 2], 0.0);
        for ([x, y], blank) in &square.compared {
            let seen = blurred(self.page, [i64::from(*x) + dx, i64::from(*y) + dy]);
            for (sums, value) in [(&mut blanks, *blank), (&mut pages, seen)] {
                sums[0] += value;
                sums[1] += value * value;
            }
            products += blank * seen;
        }
        let count = square.compared.len().max(1) as f64;
        let spread = |[sum, squares]: [f64; 2]| (squares - sum * sum / count).max(0.0);
        let length = (spread(blanks) * spread(pages)).sqrt();
        if length > f64::EPSILON { (products - blanks[0] * pages[0] / count) / length } else { 0.0 }
    }

    /// Dark pixels of the page in a square for which no print of the blank, moved by some pixels, stands.
    fn other_ink(&self, square: &Square, [dx, dy]: [i64; 2]) -> f64 {
        let w = square.window;
        let inside = (w.top..w.bottom).flat_map(|y| (w.left..w.right).map(move |x| [x, y]));
        let is_other = |at: &[u32; 2]| {
            is_dark(self.page, FOUND, *at, [0, 0]) && !self.is_nearly_dark(self.picture, *at, [-dx, -dy])
        };
        inside.filter(is_other).count() as f64
    }

    /// Whether a picture is dark near a place that is moved by some pixels.
    fn is_nearly_dark(&self, picture: &Gray, at: [u32; 2], [dx, dy]: [i64; 2]) -> bool {
        let around = || -self.near..=self.near;
        // Most often the place itself is.
        is_dark(picture, FOUND, at, [dx, dy])
            || around().any(|y| around().any(|x| is_dark(picture, FOUND, at, [dx + x, dy + y])))
    }
}

/// Of a square, in mm.
fn place(at: [u32; 2]) -> Rect {
    let [x, y] = at.map(|at| f64::from(at) * SIDE_MM);
    Rect { x, y, width: SIDE_MM, height: SIDE_MM }
}

/// Whether lost squares that lie together show other words, or a gap where words were.
fn is_other(group: &[Seen]) -> bool {
    let sum = |of: fn(&Seen) -> f64| group.iter().map(of).sum::<f64>();
    let share = sum(|seen| seen.other) / sum(|seen| seen.lost).max(1.0);
    if let [only] = group {
        return only.found < ALONE_FOUND && only.alike < ALONE_ALIKE && share >= ALONE_OTHER_INK;
    }
    let span = |axis: usize| {
        let gone = || group.iter().filter(|seen| seen.found < GONE_FOUND).map(|seen| seen.at[axis]);
        gone().max().zip(gone().min()).map_or(0, |(last, first)| last - first + 1)
    };
    share >= OTHER_INK || span(0).max(span(1)) >= GONE_SPAN
}

/// A blank's print, told apart.
struct Characters<'a> {
    picture: &'a Gray,
    dots_per_mm: f64,
    print: Components,
    /// 0 at a rule or a frame and close to it.
    rules: Gray,
    /// Where people write.
    fields: Vec<PixelRect>,
}

impl<'a> Characters<'a> {
    fn of(picture: &'a Gray, form: &Form, dots_per_mm: f64) -> Self {
        let Gray { width, height, .. } = *picture;
        let whole = PixelRect { left: 0, top: 0, right: width, bottom: height };
        let ink = Gray { pixels: picture.pixels.iter().map(|value| 255 - value).collect(), ..*picture };
        let print = Components::of(&ink, whole, 255 - PRINT);
        let mut rules = Gray::filled(width, height, 255);
        for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
            if print.at(x, y).is_some_and(|piece| longest(&print.pieces[piece]) > LARGEST_MM * dots_per_mm) {
                rules.pixels[(y * width + x) as usize] = 0;
            }
        }
        let rules = darkest_within(&rules, (RULE_MM * dots_per_mm).round() as usize);
        let places = form.fields.iter().flat_map(|field| field.kind.places());
        let fields = places.map(|place| pixel_rect(place, FIELD_MM, dots_per_mm, width, height)).collect();
        Self { picture, dots_per_mm, print, rules, fields }
    }

    fn square(&self, at: [u32; 2]) -> Option<Square> {
        let window = pixel_rect(place(at), 0.0, self.dots_per_mm, self.picture.width, self.picture.height);
        let inside = (window.top..window.bottom).flat_map(|y| (window.left..window.right).map(move |x| [x, y]));
        let print: Vec<[u32; 2]> = inside.filter(|at| self.is_character(*at)).collect();
        if (print.len() as f64) < LEAST_PRINT_MM2 * self.dots_per_mm.powi(2) {
            return None;
        }
        let every_other = (window.top..window.bottom)
            .step_by(2)
            .flat_map(|y| (window.left..window.right).step_by(2).map(move |x| [x, y]));
        let compared = every_other.filter(|[x, y]| self.rules.at(*x, *y) != 0);
        Some(Square {
            at,
            window,
            pixels: print.len(),
            compared: compared.map(|at| (at, blurred(self.picture, at.map(i64::from)))).collect(),
            print: print.iter().step_by(print.len() / DOTS + 1).copied().collect(),
        })
    }

    fn is_character(&self, [x, y]: [u32; 2]) -> bool {
        let is_sized = |piece: usize| {
            let mm = longest(&self.print.pieces[piece]) / self.dots_per_mm;
            (SMALLEST_MM..=LARGEST_MM).contains(&mm)
        };
        let is_in = |f: &PixelRect| x >= f.left && x < f.right && y >= f.top && y < f.bottom;
        self.print.at(x, y).is_some_and(is_sized) && !self.fields.iter().any(is_in)
    }
}

fn longest(piece: &Piece) -> f64 {
    f64::from(piece.bounds.width().max(piece.bounds.height()))
}

/// The picture around a place, evened out over nine pixels; beyond the edge it goes on as at the edge.
fn blurred(picture: &Gray, [x, y]: [i64; 2]) -> f64 {
    let at = |by: i64, place: i64, size: u32| (place + by).clamp(0, i64::from(size) - 1) as u32;
    let rows = (-1..=1).map(|by| picture.row(at(by, y, picture.height)));
    let sum = |row: &[u8]| (-1..=1).map(|by| u32::from(row[at(by, x, picture.width) as usize])).sum::<u32>();
    f64::from(rows.map(sum).sum::<u32>()) / 9.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Squares side by side.
    fn row(seen: &[(f64, f64, f64)]) -> Vec<Seen> {
        let square = |(column, (found, alike, other)): (u32, &(f64, f64, f64))| {
            let lost = (1.0 - found) * 200.0;
            Seen { at: [column, 5], found: *found, alike: *alike, lost, other: other * lost }
        };
        (0..).zip(seen).map(square).collect()
    }

    #[test]
    fn other_words_are_lost_print_with_other_ink_in_its_place() {
        assert!(is_other(&row(&[(0.6, 0.5, 0.5), (0.7, 0.6, 0.5)])));
        assert!(!is_other(&row(&[(0.6, 0.5, 0.1), (0.7, 0.6, 0.1)])), "a hole took some");
    }

    #[test]
    fn a_gap_wider_than_a_hole_is_where_words_were() {
        assert!(is_other(&row(&[(0.4, 0.3, 0.0), (0.1, 0.0, 0.0), (0.4, 0.3, 0.0)])));
        assert!(!is_other(&row(&[(0.8, 0.7, 0.0), (0.1, 0.0, 0.0), (0.8, 0.7, 0.0)])), "its rim touches three squares");
    }

    #[test]
    fn of_a_single_character_nearly_all_must_be_lost() {
        assert!(is_other(&row(&[(0.3, 0.2, 0.8)])));
        assert!(!is_other(&row(&[(0.7, 0.5, 0.8)])), "a stroke of correcting fluid that was written over");
    }
}
