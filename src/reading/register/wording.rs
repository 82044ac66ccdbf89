//! The words that are printed beside the fields, a character at a time. Other words in their place cover much of the same
//! paper, so that ink where the blank has print says little: here each character is laid where it fits best and compared dot
//! by dot. Pens and stamps only add ink. Print is lost where other words stand, or none.

use super::Registered;
use super::characters::{self, Character, blurred};
use super::near::{is_near, together};
use super::quality::{FOUND, is_dark};
use crate::model::form::Form;
use crate::model::value::Rect;
use crate::reading::page::{Gray, PixelRect};

/// Dots are looked for this far from where they belong, in mm, and count as found this near to ink.
const REACH_MM: f64 = 0.45;
const NEAR_MM: f64 = 0.1;
/// A character is lost of which less is found, and which resembles the blank less (a correlation). Characters of the same
/// form resemble it to 0.73, at scanners that pale or know black and white only; where a pen runs through them 0.85 is
/// found, and 0.81 of what a copier made pale.
const LEAST_FOUND: f64 = 0.87;
const LEAST_FOUND_CIRCLED: f64 = 0.8;
const LEAST_ALIKE: f64 = 0.7;
/// A word to circle that is found to this part stands where it belongs.
const SURELY_FOUND: f64 = 0.98;
/// Another word stands there if more of it is found, and the page resembles it more by this: where the words differ by one
/// character and a pen runs through it, 0.03; on pages of the same form at most 0.002.
const MORE_ALIKE: f64 = 0.01;
/// Lost characters no farther apart are one place, in mm.
const APART_MM: f64 = 4.0;
/// Other words stand there if there is so much other ink for the ink that was lost.
const OTHER_INK: f64 = 0.1;
/// Words that are gone, with nothing in their place: characters of which less is found reach so far, in mm, which is farther
/// than a punched hole.
const GONE_FOUND: f64 = 0.6;
const GONE_MM: f64 = 10.0;

/// The blank's words beside its fields.
pub(crate) struct Wording {
    characters: Vec<Character>,
    /// Of each choice the words to circle.
    choices: Vec<Vec<Character>>,
    dots_per_mm: f64,
}

/// What a page shows in a lost character's place.
#[derive(Debug, Clone, Copy)]
struct Lost {
    place: Rect,
    /// Share of the print that is there, 0 to 1.
    found: f64,
    /// Ink that is not there, and ink that the blank has not, in pixels.
    ink: f64,
    other: f64,
}

impl Wording {
    pub(crate) fn of(picture: &Gray, form: &Form) -> Wording {
        let (characters, choices) = characters::of(picture, form);
        Wording { characters, choices, dots_per_mm: f64::from(picture.width) / form.page.width }
    }

    /// Where the page shows other words than the blank's `picture`, or none, in mm.
    pub(crate) fn other(&self, laid: &Registered, picture: &Gray) -> Option<[f64; 2]> {
        let px = |mm: f64| (mm * self.dots_per_mm).round() as i64;
        let look = Look { page: &laid.page, picture, reach: px(REACH_MM), near: px(NEAR_MM).max(1) };
        // Where the scan ends it cuts words off.
        let shown = self.characters.iter().filter(|character| laid.placement.shows(character.place));
        let lost = shown.filter_map(|character| look.lost(character)).collect();
        let groups = together(lost, |a, b| is_near(a.place, b.place, APART_MM));
        let other = groups.iter().find(|group| is_other(group)).map(|group| group[0].place);
        let exchanged = || self.choices.iter().find_map(|words| look.exchanged(words)).map(|word| word.place);
        other.or_else(exchanged).map(|place| [place.x, place.y])
    }
}

/// Whether lost characters that stand together show other words, or a gap where words were.
fn is_other(group: &[Lost]) -> bool {
    let sum = |of: fn(&Lost) -> f64| group.iter().map(of).sum::<f64>();
    let gone = group.iter().filter(|lost| lost.found < GONE_FOUND).map(|lost| lost.place).reduce(Rect::union);
    let is_gap = gone.is_some_and(|gone| gone.width.max(gone.height) >= GONE_MM);
    sum(|lost| lost.other) >= OTHER_INK * sum(|lost| lost.ink) || is_gap
}

/// A page beside its blank.
struct Look<'a> {
    page: &'a Gray,
    picture: &'a Gray,
    /// How far a character is moved about, in pixels.
    reach: i64,
    /// How near to ink a dot is found.
    near: i64,
}

impl Look<'_> {
    /// What stands in a character's place, if it is lost.
    fn lost(&self, character: &Character) -> Option<Lost> {
        let least = if character.is_circled { LEAST_FOUND_CIRCLED } else { LEAST_FOUND };
        if self.found(character, [0, 0]) >= least {
            return None;
        }
        let (found, by) = self.best_found(character, [0, 0]);
        if found >= least || self.best_alike(character, [0, 0]) >= LEAST_ALIKE {
            return None;
        }
        let ink = (1.0 - found) * character.print as f64;
        Some(Lost { place: character.place, found, ink, other: self.other_ink(character, by) })
    }

    /// A choice's word in whose place another of its words stands.
    fn exchanged<'a>(&self, words: &'a [Character]) -> Option<&'a Character> {
        words.iter().find(|own| {
            if self.found(own, [0, 0]) >= SURELY_FOUND {
                return false;
            }
            let found = self.best_found(own, [0, 0]).0;
            words.iter().filter(|other| !std::ptr::eq(*own, *other)).any(|other| {
                let by = between(other.window, own.window);
                self.best_found(other, by).0 > found
                    && self.best_alike(other, by) > self.best_alike(own, [0, 0]) + MORE_ALIKE
            })
        })
    }

    /// The largest share found near a place, and where.
    fn best_found(&self, character: &Character, by: [i64; 2]) -> (f64, [i64; 2]) {
        let found = self.around(by).map(|by| (self.found(character, by), by));
        found.fold((0.0, by), |best, here| if here.0 > best.0 { here } else { best })
    }

    fn best_alike(&self, character: &Character, by: [i64; 2]) -> f64 {
        self.around(by).map(|by| self.alike(character, by)).fold(-1.0, f64::max)
    }

    /// The places within reach of one.
    fn around(&self, [x, y]: [i64; 2]) -> impl Iterator<Item = [i64; 2]> {
        let reach = self.reach;
        (-reach..=reach).flat_map(move |dy| (-reach..=reach).map(move |dx| [x + dx, y + dy]))
    }

    /// Share of the character's print that the page shows, moved by some pixels.
    fn found(&self, character: &Character, by: [i64; 2]) -> f64 {
        let found = character.dots.iter().filter(|at| self.is_nearly_dark(self.page, **at, by)).count();
        found as f64 / character.dots.len() as f64
    }

    /// The correlation of the page, moved by some pixels, with the blank. Even paper resembles nothing.
    fn alike(&self, character: &Character, [dx, dy]: [i64; 2]) -> f64 {
        let (mut blanks, mut pages, mut products) = ([0.0; 2], [0.0; 2], 0.0);
        for ([x, y], blank) in &character.compared {
            let seen = blurred(self.page, [i64::from(*x) + dx, i64::from(*y) + dy]);
            for (sums, value) in [(&mut blanks, *blank), (&mut pages, seen)] {
                sums[0] += value;
                sums[1] += value * value;
            }
            products += blank * seen;
        }
        let count = character.compared.len().max(1) as f64;
        let spread = |[sum, squares]: [f64; 2]| (squares - sum * sum / count).max(0.0);
        let length = (spread(blanks) * spread(pages)).sqrt();
        if length > f64::EPSILON { (products - blanks[0] * pages[0] / count) / length } else { 0.0 }
    }

    /// Dark pixels of the page in a character's place for which no print of the blank, moved by some pixels, stands.
    fn other_ink(&self, character: &Character, [dx, dy]: [i64; 2]) -> f64 {
        let w = character.window;
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

/// From the middle of one window to that of another, in pixels.
fn between(from: PixelRect, to: PixelRect) -> [i64; 2] {
    let twice = |w: PixelRect| [i64::from(w.left + w.right), i64::from(w.top + w.bottom)];
    let ([from_x, from_y], [to_x, to_y]) = (twice(from), twice(to));
    [(to_x - from_x) / 2, (to_y - from_y) / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lost characters of 4 mm side by side.
    fn row(lost: &[(f64, f64)]) -> Vec<Lost> {
        let character = |(at, (found, other)): (u32, &(f64, f64))| {
            let place = Rect { x: f64::from(at) * 4.0, y: 20.0, width: 4.0, height: 4.0 };
            let ink = (1.0 - found) * 200.0;
            Lost { place, found: *found, ink, other: other * ink }
        };
        (0..).zip(lost).map(character).collect()
    }

    #[test]
    fn other_words_are_lost_print_with_other_ink_in_its_place() {
        assert!(is_other(&row(&[(0.6, 0.5), (0.7, 0.5)])));
        assert!(is_other(&row(&[(0.6, 0.5)])), "a single character");
        assert!(!is_other(&row(&[(0.6, 0.05), (0.7, 0.05)])), "a hole took some");
    }

    #[test]
    fn a_gap_wider_than_a_hole_is_where_words_were() {
        assert!(is_other(&row(&[(0.4, 0.0), (0.1, 0.0), (0.4, 0.0)])));
        assert!(!is_other(&row(&[(0.8, 0.0), (0.1, 0.0), (0.8, 0.0)])), "its rim touches three characters");
    }
}
