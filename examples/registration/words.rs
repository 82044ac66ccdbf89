//! Other words on a form: whole lines of its print, single characters and options' words in the place of others.

use jitan::model::form::{ChoiceOption, Field, FieldKind, Form, MarkStyle};
use jitan::model::value::Rect;
use jitan::reading::page::Gray;
use rand::RngExt;
use rand::rngs::StdRng;

use super::revise::{pixels, places};

/// Left, top, right and bottom, in pixels.
type Window = [u32; 4];

/// A longer stroke is a rule, in mm.
const RULE_MM: f64 = 9.0;
/// Words stand farther apart than this, in mm.
const GAP_MM: f64 = 2.0;
/// Of a line of words, in mm.
const HEIGHTS_MM: std::ops::RangeInclusive<f64> = 1.8..=6.0;
/// At least this wide, in heights: as many characters.
const CHARACTERS: f64 = 3.0;

/// Another line's words in a line's place.
pub fn exchanged(blank: &Gray, form: &Form, dots: f64, rng: &mut StdRng) -> Gray {
    let lines = lines(blank, form, dots);
    let which = rng.random_range(0..lines.len());
    let other = (which + rng.random_range(1..lines.len())) % lines.len();
    let mut changed = blank.clone();
    put(&mut changed, lines[which], blank, lines[other]);
    changed
}

/// One character of a line, in the place of one of another line.
pub fn one_character(blank: &Gray, form: &Form, dots: f64, rng: &mut StdRng) -> Gray {
    let lines = lines(blank, form, dots);
    let which = rng.random_range(0..lines.len());
    let other = (which + rng.random_range(1..lines.len())) % lines.len();
    let mut any = |[left, top, right, bottom]: Window| {
        let side = bottom - top;
        let left = left + side * rng.random_range(0..(right - left) / side);
        [left, top, left + side, bottom]
    };
    let mut changed = blank.clone();
    put(&mut changed, any(lines[which]), blank, any(lines[other]));
    changed
}

/// The words of two neighbouring options of a choice, each in the other's place.
pub fn options_exchanged(blank: &Gray, form: &Form, dots: f64, rng: &mut StdRng) -> Gray {
    let words = |field: &Field| match &field.kind {
        FieldKind::Choice { options } => options.windows(2).map(|two| words_of([&two[0], &two[1]], dots)).collect(),
        _ => Vec::new(),
    };
    let all: Vec<[Window; 2]> = form.fields.iter().flat_map(words).collect();
    let [first, second] = all[rng.random_range(0..all.len())];
    let mut changed = blank.clone();
    put(&mut changed, first, blank, second);
    put(&mut changed, second, blank, first);
    changed
}

/// Where the words of two neighbouring options stand: in the places to circle, or to the right of the boxes to tick.
fn words_of(options: [&ChoiceOption; 2], dots: f64) -> [Window; 2] {
    let [first, second] = options.map(|option| option.rect);
    let gap = second.x - first.x - first.width;
    options.map(|option| {
        let Rect { x, y, width, height } = option.rect;
        let beside = Rect { x: x + width + 0.6, y, width: gap - 1.2, height };
        pixels(if option.style == MarkStyle::Circle { option.rect } else { beside }, 0.0, dots)
    })
}

/// Puts one window's print, cut to the size of another, in the other's place.
fn put(changed: &mut Gray, to: Window, blank: &Gray, from: Window) {
    let paper = blank.at(to[0].saturating_sub(1), to[1].saturating_sub(1));
    for (y, x) in (to[1]..to[3]).flat_map(|y| (to[0]..to[2]).map(move |x| (y, x))) {
        let (u, v) = (from[0] + x - to[0], from[1] + y - to[1]);
        let print = if u < from[2] && v < from[3] { blank.at(u, v) } else { paper };
        changed.pixels[(y * blank.width + x) as usize] = print;
    }
}

/// The lines of words outside the fields: what is left without the rules is cut at gaps, across and down in turn.
fn lines(blank: &Gray, form: &Form, dots: f64) -> Vec<Window> {
    let mut print = words_only(blank, (RULE_MM * dots) as usize);
    for [left, top, right, bottom] in places(form).into_iter().flatten().map(|rect| pixels(rect, 0.5, dots)) {
        for y in top..bottom.min(print.height) {
            let row = y as usize * print.width as usize;
            print.pixels[row + left as usize..row + right.min(print.width) as usize].fill(255);
        }
    }
    let mut found = Vec::new();
    cut(&print, [0, 0, print.width, print.height], (GAP_MM * dots) as u32, &mut found);
    found.retain(|[left, top, right, bottom]| {
        let (width, height) = (f64::from(right - left), f64::from(bottom - top));
        HEIGHTS_MM.contains(&(height / dots)) && width >= CHARACTERS * height
    });
    found
}

/// The picture without strokes that are longer than `rule`, in pixels.
fn words_only(blank: &Gray, rule: usize) -> Gray {
    let (width, height) = (blank.width as usize, blank.height as usize);
    let mut words = blank.clone();
    let mut wipe = |places: Vec<usize>| {
        for run in places.chunk_by(|a, b| (blank.pixels[*a] < 128) == (blank.pixels[*b] < 128)) {
            if blank.pixels[run[0]] < 128 && run.len() > rule {
                run.iter().for_each(|at| words.pixels[*at] = 255);
            }
        }
    };
    (0..height).for_each(|y| wipe((0..width).map(|x| y * width + x).collect()));
    (0..width).for_each(|x| wipe((0..height).map(|y| y * width + x).collect()));
    words
}

fn cut(print: &Gray, [left, top, right, bottom]: Window, gap: u32, found: &mut Vec<Window>) {
    let is_dark = |x: u32, y: u32| print.at(x, y) < 128;
    let rows = runs(top..bottom, 1, |y| (left..right).any(|x| is_dark(x, y)));
    let columns = runs(left..right, gap, |x| (top..bottom).any(|y| is_dark(x, y)));
    match (&rows[..], &columns[..]) {
        ([], _) | (_, []) => {}
        ([[top, bottom]], [[left, right]]) => found.push([*left, *top, *right, *bottom]),
        ([_], columns) => columns.iter().for_each(|[left, right]| cut(print, [*left, top, *right, bottom], gap, found)),
        (rows, _) => rows.iter().for_each(|[top, bottom]| cut(print, [left, *top, right, *bottom], gap, found)),
    }
}

/// From where to where something is dark, without a break as long as `gap`.
fn runs(places: std::ops::Range<u32>, gap: u32, is_dark: impl Fn(u32) -> bool) -> Vec<[u32; 2]> {
    let mut runs: Vec<[u32; 2]> = Vec::new();
    for at in places.filter(|at| is_dark(*at)) {
        match runs.last_mut() {
            Some(run) if at < run[1] + gap => run[1] = at + 1,
            _ => runs.push([at, at + 1]),
        }
    }
    runs
}
