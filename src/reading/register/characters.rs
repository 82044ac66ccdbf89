//! The characters that a blank's words are made of, each with what is compared of it on a page.

use super::near::is_near;
use super::pixel_rect;
use super::quality::PRINT;
use crate::model::form::{Field, FieldKind, Form, MarkStyle};
use crate::model::value::Rect;
use crate::reading::components::{Components, Piece};
use crate::reading::layout;
use crate::reading::page::{Gray, PixelRect};
use crate::reading::scale::darkest_within;

/// Larger print is a rule, a frame or a picture, in mm; what is larger both ways is compared in parts of this size.
const LARGEST_MM: f64 = 9.0;
const PART_MM: f64 = 4.0;
/// A character of less print says nothing, in mm².
const LEAST_PRINT_MM2: f64 = 0.8;
/// This near to a field people write and white out, and so near to a rule the rule is compared, in mm.
const FIELD_MM: f64 = 1.0;
const RULE_MM: f64 = 0.5;
/// So many dots of a character are looked for.
const DOTS: usize = 200;
/// Characters of a line stand so far apart, in its heights, and are cut apart where the least ink is within this of there.
const PITCH: f64 = 1.05;
const ABOUT: f64 = 0.3;

pub(super) struct Character {
    /// In mm.
    pub place: Rect,
    pub window: PixelRect,
    /// Some of its print, spread evenly, and all of it, in pixels.
    pub dots: Vec<[u32; 2]>,
    pub print: usize,
    /// Places away from rules, with the blank's brightness there.
    pub compared: Vec<([u32; 2], f64)>,
    /// Whether people draw circles round it.
    pub is_circled: bool,
}

/// The characters of a blank that nobody writes over, and the words that people circle, each choice's in a list.
pub(super) fn of(picture: &Gray, form: &Form) -> (Vec<Character>, Vec<Vec<Character>>) {
    let dots_per_mm = f64::from(picture.width) / form.page.width;
    let print = Print::of(picture, form, dots_per_mm);
    let characters = layout::words(picture, dots_per_mm).into_iter().flat_map(|word| print.cut(word));
    let circled = |field: &Field| {
        let words = circled(field).map(|place| pixel_rect(place, 0.0, dots_per_mm, picture.width, picture.height));
        words.filter_map(|window| print.character(window)).collect()
    };
    (characters.filter_map(|window| print.character(window)).collect(), form.fields.iter().map(circled).collect())
}

/// Where a field has words to circle.
fn circled(field: &Field) -> impl Iterator<Item = Rect> {
    let options = if let FieldKind::Choice { options } = &field.kind { &options[..] } else { &[] };
    options.iter().filter(|option| option.style == MarkStyle::Circle).map(|option| option.rect)
}

/// A blank's print.
struct Print<'a> {
    picture: &'a Gray,
    dots_per_mm: f64,
    /// 0 at a rule or a frame and close to it.
    rules: Gray,
    /// Where people write.
    fields: Vec<PixelRect>,
    /// Words to circle, in mm.
    circled: Vec<Rect>,
}

impl<'a> Print<'a> {
    fn of(picture: &'a Gray, form: &Form, dots_per_mm: f64) -> Self {
        let Gray { width, height, .. } = *picture;
        let written = form.fields.iter().filter(|field| !matches!(field.kind, FieldKind::Choice { .. }));
        let places = written.flat_map(|field| field.kind.places());
        let fields = places.map(|place| pixel_rect(place, FIELD_MM, dots_per_mm, width, height)).collect();
        let circled = form.fields.iter().flat_map(circled).collect();
        Self { picture, dots_per_mm, rules: rules(picture, dots_per_mm), fields, circled }
    }

    /// Where a word's characters stand.
    fn cut(&self, word: PixelRect) -> Vec<PixelRect> {
        let line = f64::from(word.width().min(word.height()));
        let side = if line <= LARGEST_MM * self.dots_per_mm { line } else { PART_MM * self.dots_per_mm };
        let is_print = |x: u32, y: u32| self.picture.at(x, y) <= PRINT;
        let ink = |y: u32| (word.left..word.right).filter(|x| is_print(*x, y)).count();
        let rows = cuts([word.top, word.bottom], side, ink);
        let parts = rows.into_iter().flat_map(|[top, bottom]| {
            let ink = |x: u32| (top..bottom).filter(|y| is_print(x, *y)).count();
            let columns = cuts([word.left, word.right], side, ink).into_iter();
            columns.map(move |[left, right]| PixelRect { left, top, right, bottom })
        });
        parts.collect()
    }

    fn character(&self, window: PixelRect) -> Option<Character> {
        let inside = |step: usize| {
            let rows = (window.top..window.bottom).step_by(step);
            rows.flat_map(move |y| (window.left..window.right).step_by(step).map(move |x| [x, y]))
        };
        let is_written_on = |[x, y]: [u32; 2]| {
            self.fields.iter().any(|f| (f.left..f.right).contains(&x) && (f.top..f.bottom).contains(&y))
        };
        let is_print = |at: &[u32; 2]| self.picture.at(at[0], at[1]) <= PRINT && !is_written_on(*at);
        let print: Vec<[u32; 2]> = inside(1).filter(is_print).collect();
        if (print.len() as f64) < LEAST_PRINT_MM2 * self.dots_per_mm.powi(2) {
            return None;
        }
        let mm = |pixels: u32| f64::from(pixels) / self.dots_per_mm;
        let compared = inside(2).filter(|[x, y]| self.rules.at(*x, *y) != 0);
        let place =
            Rect { x: mm(window.left), y: mm(window.top), width: mm(window.width()), height: mm(window.height()) };
        Some(Character {
            place,
            is_circled: self.circled.iter().any(|word| is_near(*word, place, 0.0)),
            window,
            print: print.len(),
            compared: compared.map(|at| (at, blurred(self.picture, at.map(i64::from)))).collect(),
            dots: print.iter().step_by(print.len() / DOTS + 1).copied().collect(),
        })
    }
}

/// A picture that is 0 at the blank's rules and frames and close to them, and 255 elsewhere.
fn rules(picture: &Gray, dots_per_mm: f64) -> Gray {
    let Gray { width, height, .. } = *picture;
    let ink = Gray { pixels: picture.pixels.iter().map(|value| 255 - value).collect(), ..*picture };
    let print = Components::of(&ink, PixelRect { left: 0, top: 0, right: width, bottom: height }, 255 - PRINT);
    let is_long = |piece: &Piece| {
        let longest = piece.bounds.width().max(piece.bounds.height());
        f64::from(longest) > LARGEST_MM * dots_per_mm
    };
    let mut rules = Gray::filled(width, height, 255);
    for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
        if print.at(x, y).is_some_and(|piece| is_long(&print.pieces[piece])) {
            rules.pixels[(y * width + x) as usize] = 0;
        }
    }
    darkest_within(&rules, (RULE_MM * dots_per_mm).round() as usize)
}

/// A stretch cut into parts of about this length, each time where the least ink is nearby.
fn cuts([mut from, end]: [u32; 2], length: f64, ink: impl Fn(u32) -> usize) -> Vec<[u32; 2]> {
    let mut parts = Vec::new();
    while f64::from(end - from) > (PITCH + ABOUT) * length {
        let expected = from + (PITCH * length) as u32;
        let about = (ABOUT * length) as u32;
        let to = (expected - about..=expected + about).min_by_key(|at| (ink(*at), at.abs_diff(expected)));
        let to = to.unwrap_or(expected);
        parts.push([from, to]);
        from = to;
    }
    parts.push([from, end]);
    parts
}

/// The picture around a place, evened out over nine pixels; beyond the edge it goes on as at the edge.
pub(super) fn blurred(picture: &Gray, [x, y]: [i64; 2]) -> f64 {
    let at = |by: i64, place: i64, size: u32| (place + by).clamp(0, i64::from(size) - 1) as u32;
    let rows = (-1..=1).map(|by| picture.row(at(by, y, picture.height)));
    let sum = |row: &[u8]| (-1..=1).map(|by| u32::from(row[at(by, x, picture.width) as usize])).sum::<u32>();
    f64::from(rows.map(sum).sum::<u32>()) / 9.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_between_its_characters_though_they_stand_unevenly() {
        let ink = |at: u32| usize::from(![9, 21, 22].contains(&at));
        assert_eq!(cuts([0, 30], 10.0, ink), [[0, 9], [9, 21], [21, 30]]);
    }

    #[test]
    fn what_is_as_long_as_one_character_and_a_bit_is_one() {
        assert_eq!(cuts([5, 18], 10.0, |_| 1), [[5, 18]]);
        assert_eq!(cuts([5, 19], 10.0, |_| 1), [[5, 15], [15, 19]]);
    }
}
