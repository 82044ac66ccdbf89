//! What people, offices and machines do to a page that is the form all the same: corrections along a ruler, strokes
//! through what does not apply, stamps with frames, notes, folds, holes, a scanner's streak, a copier's print.

use jitan::model::form::Form;
use jitan::model::value::Rect;
use jitan::reading::page::Gray;
use rand::RngExt;
use rand::rngs::StdRng;

use super::revise::places;

/// A thing left on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    TwoLines,
    Crossed,
    StruckRow,
    FramedStamps,
    Note,
    Folded,
    Streak,
    WhiteHoles,
    HeavyCopy,
    LightCopy,
}

impl Trace {
    pub const ALL: [Trace; 10] = [
        Trace::TwoLines,
        Trace::Crossed,
        Trace::StruckRow,
        Trace::FramedStamps,
        Trace::Note,
        Trace::Folded,
        Trace::Streak,
        Trace::WhiteHoles,
        Trace::HeavyCopy,
        Trace::LightCopy,
    ];

    pub fn says(self) -> &'static str {
        match self {
            Trace::TwoLines => "two lines along a ruler through fields",
            Trace::Crossed => "fields crossed out from corner to corner",
            Trace::StruckRow => "a line along a ruler through a whole row",
            Trace::FramedStamps => "three stamps with frames",
            Trace::Note => "notes between the fields",
            Trace::Folded => "folded in three",
            Trace::Streak => "a streak of the scanner",
            Trace::WhiteHoles => "holes that scan white",
            Trace::HeavyCopy => "printed by a copier that darkens",
            Trace::LightCopy => "printed by a copier that pales",
        }
    }

    /// Leaves the thing on a page that was filled in.
    pub fn left_on(self, paper: &mut Gray, form: &Form, rng: &mut StdRng) {
        let dots = f64::from(paper.width) / form.page.width;
        let mut pen = Pen { paper, dots, grey: 40, width: 0.4 };
        let all: Vec<Rect> =
            places(form).into_iter().map(|f| f.into_iter().reduce(Rect::union).expect("a place")).collect();
        let any = |rng: &mut StdRng| all[rng.random_range(0..all.len())];
        match self {
            Trace::TwoLines => {
                for _ in 0..3 {
                    let r = any(rng);
                    let (from, to) =
                        (r.x + r.width * rng.random_range(0.0..0.4), r.x + r.width * rng.random_range(0.6..1.0));
                    let y = r.y + r.height * rng.random_range(0.3..0.5);
                    let tilt = (to - from) * rng.random_range(-0.01..0.01);
                    pen.line([from, y], [to, y + tilt]);
                    pen.line([from, y + 1.5], [to, y + 1.5 + tilt]);
                }
            }
            Trace::Crossed => {
                for _ in 0..3 {
                    let r = any(rng);
                    pen.line([r.x, r.y], [r.x + r.width, r.y + r.height]);
                    pen.line([r.x, r.y + r.height], [r.x + r.width, r.y]);
                }
            }
            Trace::StruckRow => {
                let r = any(rng);
                let y = r.y + r.height / 2.0 + rng.random_range(-1.5..1.5);
                let ends = [rng.random_range(10.0..30.0), form.page.width - rng.random_range(10.0..30.0)];
                pen.line([ends[0], y], [ends[1], y + rng.random_range(-0.8..0.8)]);
            }
            Trace::FramedStamps => {
                pen.grey = 95;
                pen.width = 0.6;
                for _ in 0..3 {
                    let at = [rng.random_range(20.0..150.0), rng.random_range(20.0..240.0)];
                    pen.framed(
                        at,
                        [rng.random_range(15.0..45.0), rng.random_range(8.0..20.0)],
                        rng.random_range(-2.0..2.0),
                    );
                }
            }
            Trace::Note => {
                for _ in 0..3 {
                    let mut at = [rng.random_range(15.0..120.0), rng.random_range(10.0..280.0)];
                    for _ in 0..30 {
                        let to = [at[0] + rng.random_range(0.0..2.5), at[1] + rng.random_range(-2.0..2.0)];
                        pen.line(at, to);
                        at = to;
                    }
                }
            }
            Trace::Folded => {
                pen.grey = 170;
                for third in [1.0, 2.0] {
                    let y = form.page.height * third / 3.0 + rng.random_range(-3.0..3.0);
                    pen.line([0.0, y], [form.page.width, y + rng.random_range(-0.5..0.5)]);
                }
            }
            Trace::Streak => {
                pen.grey = rng.random_range(60..150);
                pen.width = 0.2;
                let x = rng.random_range(5.0..form.page.width - 5.0);
                pen.line([x, 0.0], [x + rng.random_range(-1.0..1.0), form.page.height]);
            }
            Trace::WhiteHoles => {
                pen.grey = 255;
                pen.width = 6.4;
                let x = rng.random_range(9.0..14.0);
                let middle = form.page.height / 2.0;
                [middle - 40.0, middle + 40.0].into_iter().for_each(|y| pen.line([x, y], [x, y + 0.1]));
            }
            Trace::HeavyCopy => *pen.paper = copied(pen.paper, u8::min),
            Trace::LightCopy => *pen.paper = copied(pen.paper, |dot, next| dot.midpoint(dot.max(next))),
        }
    }
}

/// Edges spread by a dot into print, or print into paper: what two dots side by side become, across and down.
fn copied(page: &Gray, of: fn(u8, u8) -> u8) -> Gray {
    let mut copy = page.clone();
    for (to, row) in
        copy.pixels.chunks_exact_mut(page.width as usize).zip(page.pixels.chunks_exact(page.width as usize))
    {
        to.iter_mut().zip(&row[1..]).for_each(|(dot, next)| *dot = of(*dot, *next));
    }
    let down = copy.clone();
    copy.pixels.iter_mut().zip(&down.pixels[page.width as usize..]).for_each(|(dot, next)| *dot = of(*dot, *next));
    copy
}

struct Pen<'a> {
    paper: &'a mut Gray,
    dots: f64,
    grey: u8,
    width: f64,
}

impl Pen<'_> {
    /// A line between two places in mm; a white one covers, any other darkens.
    fn line(&mut self, from: [f64; 2], to: [f64; 2]) {
        let steps = ((to[0] - from[0]).hypot(to[1] - from[1]) * self.dots * 2.0).ceil().max(1.0);
        let reach = self.width / 2.0 * self.dots;
        let whole = reach.ceil() as i64;
        for step in 0..=steps as i64 {
            let at = |i: usize| (from[i] + (to[i] - from[i]) * step as f64 / steps) * self.dots;
            for (dx, dy) in (-whole..=whole).flat_map(|dx| (-whole..=whole).map(move |dy| (dx, dy))) {
                let (x, y) = (at(0) as i64 + dx, at(1) as i64 + dy);
                let inside = x >= 0 && y >= 0 && x < self.paper.width.into() && y < self.paper.height.into();
                if inside && (dx as f64).hypot(dy as f64) <= reach {
                    let dot = &mut self.paper.pixels[y as usize * self.paper.width as usize + x as usize];
                    *dot = if self.grey == 255 { 255 } else { self.grey.min(*dot) };
                }
            }
        }
    }

    /// A frame with a line through its middle, turned by some degrees.
    fn framed(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2], degrees: f64) {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let at = |u: f64, v: f64| [x + u * cos - v * sin, y + u * sin + v * cos];
        for v in [0.0, height / 2.0, height] {
            self.line(at(0.0, v), at(width, v));
        }
        for u in [0.0, width] {
            self.line(at(u, 0.0), at(u, height));
        }
    }
}
