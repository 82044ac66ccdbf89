//! Pages with everything wrong that a scanner can do to them, laid on their blanks: how far each field's corners are
//! from where they truly are.

use jitan::model::form::Form;
use jitan::reading::page::Gray;
use jitan::reading::register::blank::Blank;
use jitan::reading::register::register;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::corrected::Trace;
use super::distort::{Kind, Scanner};
use super::revise::{Change, places};

/// What came of one page.
pub enum Outcome {
    /// The largest error of any field's corner, in mm.
    Laid(f64),
    /// The code of the reason.
    Refused(String),
}

/// One page of a blank's form, filled in and scanned.
pub fn one_page(blanks: &[Blank], own: usize, kind: Kind, number: usize) -> Outcome {
    let mut rng = StdRng::seed_from_u64(number as u64 * 100 + kind as u64);
    let blank = &blanks[own];
    let size = [blank.form.page.width, blank.form.page.height];
    let paper = filled(&blank.picture, &blank.form, &mut rng);
    let scanner = Scanner::any(kind, number, &mut rng);
    match register(&scanner.scan(&paper, size, &mut rng), blanks) {
        Err(refusal) => Outcome::Refused(refusal.why.code.into_owned()),
        Ok((which, _)) if which != own => Outcome::Refused("laid on another form".to_owned()),
        Ok((_, registered)) => {
            let corners = places(&blank.form).into_iter().flatten().flat_map(|r| {
                [[r.x, r.y], [r.x + r.width, r.y], [r.x, r.y + r.height], [r.x + r.width, r.y + r.height]]
            });
            let error = |corner: [f64; 2]| {
                let shown = scanner.shown_at(registered.placement.on_scan(corner), size);
                (shown[0] - corner[0]).hypot(shown[1] - corner[1])
            };
            Outcome::Laid(corners.map(error).fold(0.0, f64::max))
        }
    }
}

/// A page of a blank's form with what people and machines leave on it; gives why it was refused, if it was.
pub fn corrected_page(blanks: &[Blank], own: usize, trace: Trace, number: usize) -> Option<String> {
    let mut rng = StdRng::seed_from_u64(number as u64 * 100 + 70 + trace as u64);
    let blank = &blanks[own];
    let mut paper = filled(&blank.picture, &blank.form, &mut rng);
    trace.left_on(&mut paper, &blank.form, &mut rng);
    refused(&paper, &blank.form, blanks, number, &mut rng)
}

/// A page of another revision of a blank's form, filled in and scanned; gives why it was refused, if it was.
pub fn revised_page(blanks: &[Blank], own: usize, change: Change, number: usize) -> Option<String> {
    let mut rng = StdRng::seed_from_u64(number as u64 * 100 + 50 + change as u64);
    let blank = &blanks[own];
    let revision = change.made(&blank.picture, &blank.form, &mut rng);
    let paper = filled(&revision, &blank.form, &mut rng);
    refused(&paper, &blank.form, blanks, number, &mut rng)
}

/// A page of a form that is not among those it is laid on.
pub fn foreign_page(foreign: &Blank, blanks: &[Blank], number: usize) -> Option<String> {
    let mut rng = StdRng::seed_from_u64(number as u64 * 100 + 90);
    let paper = filled(&foreign.picture, &foreign.form, &mut rng);
    refused(&paper, &foreign.form, blanks, number, &mut rng)
}

fn refused(paper: &Gray, form: &Form, blanks: &[Blank], number: usize, rng: &mut StdRng) -> Option<String> {
    let size = [form.page.width, form.page.height];
    let kind = [Kind::Turned, Kind::Quarter, Kind::Scaled, Kind::Tones][number % 4];
    let scan = Scanner::any(kind, number, rng).scan(paper, size, rng);
    register(&scan, blanks).err().map(|refusal| refusal.why.code.into_owned())
}

/// A pen's strokes in most places of the form.
fn filled(blank: &Gray, form: &Form, rng: &mut StdRng) -> Gray {
    let dots = f64::from(blank.width) / form.page.width;
    let mut paper = blank.clone();
    for rect in places(form).into_iter().flatten() {
        if rng.random_bool(0.7) {
            let strokes = (rect.width / rect.height * 3.0).ceil() as usize;
            let mut at = [rect.x + rect.width * 0.1, rect.y + rect.height * 0.5];
            for i in 1..=strokes {
                let x = rect.x + rect.width * (0.1 + 0.8 * i as f64 / strokes as f64);
                let to = [x + rng.random_range(-0.5..0.5), rect.y + rect.height * rng.random_range(0.0..1.0)];
                stroke(&mut paper, at, to, dots);
                at = to;
            }
        }
    }
    paper
}

fn stroke(paper: &mut Gray, from: [f64; 2], to: [f64; 2], dots: f64) {
    let steps = ((to[0] - from[0]).hypot(to[1] - from[1]) * dots).ceil().max(1.0);
    let reach = (0.2 * dots).ceil() as i64;
    for step in 0..=steps as i64 {
        let part = step as f64 / steps;
        let at = |i: usize| ((from[i] + (to[i] - from[i]) * part) * dots) as i64;
        for (dx, dy) in (-reach..=reach).flat_map(|dx| (-reach..=reach).map(move |dy| (dx, dy))) {
            let (x, y) = (at(0) + dx, at(1) + dy);
            if dx * dx + dy * dy <= reach * reach
                && x >= 0
                && y >= 0
                && x < paper.width.into()
                && y < paper.height.into()
            {
                paper.pixels[y as usize * paper.width as usize + x as usize] = 40;
            }
        }
    }
}
