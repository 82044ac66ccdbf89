//! Paper for the reading stories: two small forms drawn in code, pens that fill them, and a scanner that turns,
//! stretches and dirties them. Everything is the same on every run.

use ab_glyph::{Font, FontVec, PxScale, ScaleFont};
use jitan::model::form::{ChoiceOption, DigitsCheck, Field, FieldKind, Form, LineContent, MarkStyle, PageSize};
use jitan::model::id::{FieldName, FormName};
use jitan::model::value::Rect;
use jitan::ports::reader::FormWithBlanks;
use jitan::reading::page::Gray;

/// Dots per mm of the drawn blanks: 200 dpi.
pub const DOTS: f64 = 200.0 / 25.4;
/// A5 upright, in mm.
pub const PAGE: PageSize = PageSize { width: 148.0, height: 210.0 };

/// Repeatable chance (splitmix64, Steele et al. 2014).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// 0 to 1.
    pub fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

const PRINTED: &str = "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf";

/// A page being drawn on, in mm.
#[derive(Clone)]
pub struct Paper {
    pub picture: Gray,
    dots: f64,
}

impl Paper {
    pub fn new() -> Self {
        let size = |mm: f64| (mm * DOTS).round() as u32;
        Self { picture: Gray::filled(size(PAGE.width), size(PAGE.height), 255), dots: DOTS }
    }

    /// A straight stroke of a pen `thick` mm wide.
    pub fn stroke(&mut self, from: [f64; 2], to: [f64; 2], thick: f64, grey: u8) {
        let length = (to[0] - from[0]).hypot(to[1] - from[1]);
        let steps = (length * self.dots * 2.0).ceil().max(1.0) as usize;
        let radius = thick * self.dots / 2.0;
        for step in 0..=steps {
            let part = step as f64 / steps as f64;
            let at = |i: usize| (from[i] + (to[i] - from[i]) * part) * self.dots;
            self.dot(at(0), at(1), radius, grey);
        }
    }

    /// Printed text of `size` mm, its left edge at `left` and its middle at `middle`.
    pub fn print(&mut self, text: &str, size: f64, left: f64, middle: f64) {
        let width = self.picture.width;
        for (x, y, cover) in printed(text, size, left, middle, self.dots) {
            let pixel = &mut self.picture.pixels[(y * width + x) as usize];
            *pixel = (*pixel).min(255 - cover);
        }
    }

    fn dot(&mut self, x: f64, y: f64, radius: f64, grey: u8) {
        let reach = radius.ceil() as i64 + 1;
        for v in y as i64 - reach..=y as i64 + reach {
            for u in x as i64 - reach..=x as i64 + reach {
                let inside = (u as f64 + 0.5 - x).hypot(v as f64 + 0.5 - y) <= radius.max(0.5);
                let on_page = u >= 0 && v >= 0 && u < self.picture.width.into() && v < self.picture.height.into();
                if inside && on_page {
                    let at = v as usize * self.picture.width as usize + u as usize;
                    self.picture.pixels[at] = self.picture.pixels[at].min(grey);
                }
            }
        }
    }

    pub fn frame(&mut self, r: Rect, thick: f64, grey: u8) {
        let (right, bottom) = (r.x + r.width, r.y + r.height);
        let corners = [[r.x, r.y], [right, r.y], [right, bottom], [r.x, bottom], [r.x, r.y]];
        for side in corners.windows(2) {
            self.stroke(side[0], side[1], thick, grey);
        }
    }

    /// Printed words of no language: each character a few strokes in a square of `size` mm.
    fn words(&mut self, x: f64, y: f64, size: f64, count: usize, dice: &mut Dice) {
        for i in 0..count {
            let left = x + i as f64 * size * 1.15;
            for _ in 0..5 {
                let mut place = || [left + dice.part() * size, y + dice.part() * size];
                let (from, to) = (place(), place());
                self.stroke(from, to, 0.25, 30);
            }
        }
    }

    /// A tick through a box, leaving it a little.
    pub fn tick(&mut self, r: Rect) {
        self.stroke([r.x, r.y + r.height * 0.5], [r.x + r.width * 0.4, r.y + r.height], 0.45, 40);
        self.stroke([r.x + r.width * 0.4, r.y + r.height], [r.x + r.width * 1.3, r.y - r.height * 0.3], 0.45, 40);
    }

    /// A circle round a printed word.
    pub fn circle(&mut self, r: Rect) {
        let centre = [r.x + r.width / 2.0, r.y + r.height / 2.0];
        let at = |i: usize| {
            let turn = i as f64 / 40.0 * std::f64::consts::TAU;
            [centre[0] + (r.width / 2.0 + 0.6) * turn.cos(), centre[1] + (r.height / 2.0 + 0.6) * turn.sin()]
        };
        for i in 0..40 {
            self.stroke(at(i), at(i + 1), 0.45, 50);
        }
    }

    /// Something that fills a box like a digit does.
    pub fn scribble(&mut self, r: Rect) {
        let place = |u: f64, v: f64| [r.x + r.width * u, r.y + r.height * v];
        self.stroke(place(0.3, 0.2), place(0.7, 0.25), 0.5, 40);
        self.stroke(place(0.7, 0.25), place(0.35, 0.8), 0.5, 40);
    }
}

/// Text in a printed typeface: its pixels, and how much of each is covered.
pub fn printed(text: &str, size: f64, left: f64, middle: f64, dots: f64) -> Vec<(u32, u32, u8)> {
    let file = std::fs::read(PRINTED).expect("fonts-ipafont-gothic is installed");
    let font = FontVec::try_from_vec(file).unwrap();
    let scale = PxScale::from((size * dots) as f32);
    let scaled = font.as_scaled(scale);
    let baseline = (middle * dots) as f32 + (scaled.ascent() + scaled.descent()) / 2.0;
    let mut x = (left * dots) as f32;
    let mut pixels = Vec::new();
    for c in text.chars() {
        let glyph = scaled.scaled_glyph(c).id.with_scale_and_position(scale, ab_glyph::point(x, baseline));
        x += scaled.h_advance(glyph.id);
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let from = outline.px_bounds().min;
        outline.draw(|gx, gy, cover| pixels.push((from.x as u32 + gx, from.y as u32 + gy, (cover * 255.0) as u8)));
    }
    pixels
}

/// One of two forms: they share their outer frame and differ in everything else.
pub struct TestForm {
    pub form: Form,
    pub blank: Paper,
}

impl TestForm {
    pub fn with_blanks(&self) -> FormWithBlanks {
        FormWithBlanks { form: self.form.clone(), blanks: vec![self.blank.picture.to_png()] }
    }

    pub fn cells(&self, field: &str) -> Vec<Rect> {
        match &self.form.field(&name(field)).unwrap().kind {
            FieldKind::Digits { cells, .. } | FieldKind::Kana { cells } => cells.clone(),
            FieldKind::Line { rect, .. } | FieldKind::Code { rect, .. } => vec![*rect],
            FieldKind::Choice { options } => options.iter().map(|o| o.rect).collect(),
        }
    }
}

pub fn name(text: &str) -> FieldName {
    FieldName::new(text).unwrap()
}

/// The first form: `number` (digits in boxes), `person` (a line), `sex` (ticks), `living` (circles).
pub fn first_form() -> TestForm {
    drawn("first", 11, 60.0)
}

/// Another form of the same office.
pub fn second_form() -> TestForm {
    drawn("second", 97, 96.0)
}

/// The first form after its number row moved down by `mm`: another revision.
pub fn moved_revision(mm: f64) -> TestForm {
    drawn("first", 11, 60.0 + mm)
}

fn drawn(form: &str, seed: u64, number_row: f64) -> TestForm {
    let mut dice = Dice(seed);
    let mut paper = Paper::new();
    let rect = |x: f64, y: f64, width: f64, height: f64| Rect { x, y, width, height };
    paper.words(40.0 + dice.part() * 10.0, 12.0, 5.0, 9, &mut dice);
    paper.frame(rect(12.0, 28.0, 124.0, 150.0), 0.4, 20);
    for row in 0..6 {
        let y = 28.0 + f64::from(row) * 25.0;
        paper.stroke([12.0, y], [136.0, y], 0.3, 20);
        let count = 4 + dice.below(3) as usize;
        paper.words(14.0, y + 4.0 + dice.part() * 6.0, 3.4, count, &mut dice);
    }
    paper.stroke([44.0, 28.0], [44.0, 178.0], 0.3, 20);
    paper.words(14.0, 184.0, 3.0, 30, &mut dice);
    paper.words(14.0, 190.0, 3.0, 22, &mut dice);
    let cells: Vec<Rect> = (0..8).map(|i| rect(50.0 + f64::from(i) * 7.0, number_row, 7.0, 8.6)).collect();
    cells.iter().for_each(|cell| paper.frame(*cell, 0.25, 70));
    let options = |values: [&str; 3], y: f64, style: MarkStyle, paper: &mut Paper, dice: &mut Dice| {
        let options = values.iter().enumerate().map(|(i, value)| {
            let x = 52.0 + i as f64 * 22.0;
            let rect = match style {
                MarkStyle::Tick => {
                    paper.frame(rect(x, y, 3.6, 3.6), 0.3, 30);
                    paper.words(x + 5.0, y, 3.4, 2, dice);
                    rect(x, y, 3.6, 3.6)
                }
                MarkStyle::Circle => {
                    paper.words(x + 1.0, y + 1.0, 3.4, 2, dice);
                    rect(x, y, 9.6, 5.4)
                }
            };
            ChoiceOption { value: (*value).to_owned(), rect, style }
        });
        FieldKind::Choice { options: options.collect() }
    };
    let ticks = options(["a", "b", "c"], 137.0, MarkStyle::Tick, &mut paper, &mut dice);
    let circles = options(["x", "y", "z"], 162.0, MarkStyle::Circle, &mut paper, &mut dice);
    let line =
        FieldKind::Line { rect: rect(46.0, 30.0, 88.0, 21.0), content: LineContent::PersonalName, pattern: None };
    let field = |n: &str, kind: FieldKind| Field { name: name(n), label: n.to_owned(), kind, page: 1, required: false };
    let fields = vec![
        field("person", line),
        field("number", FieldKind::Digits { cells, check: DigitsCheck::None }),
        field("sex", ticks),
        field("living", circles),
    ];
    let form = Form {
        name: FormName::new(form).unwrap(),
        title: form.to_owned(),
        revision: "1".to_owned(),
        page: PAGE,
        blanks: vec![format!("{form}.png")],
        fields,
        groups: Vec::new(),
    };
    TestForm { form, blank: paper }
}

/// What a scanner does to paper.
#[derive(Debug, Clone, Copy)]
pub struct Scanner {
    /// Clockwise.
    pub degrees: f64,
    /// Scan dots per blank dot.
    pub scale: f64,
    /// Part by which the page is longer across than along.
    pub stretch: f64,
    /// mm.
    pub shift: [f64; 2],
    /// Standard deviation of grey levels.
    pub noise: f64,
    /// Paper's brightness at the dark edge of a shadow.
    pub shadow: f64,
    /// Black and white only.
    pub bilevel: bool,
}

impl Default for Scanner {
    fn default() -> Self {
        Self { degrees: 0.0, scale: 1.0, stretch: 0.0, shift: [0.0; 2], noise: 0.0, shadow: 255.0, bilevel: false }
    }
}

impl Scanner {
    /// A scan of the paper; a quarter turn turns the glass with it.
    pub fn scan(&self, paper: &Gray) -> Gray {
        let quarters = (self.degrees / 90.0).round();
        let (w, h) = (f64::from(paper.width) * self.scale, f64::from(paper.height) * self.scale);
        let (w, h) = if quarters.rem_euclid(2.0) == 1.0 { (h, w) } else { (w, h) };
        let (width, height) = (w.round() as u32, h.round() as u32);
        let (sin, cos) = self.degrees.to_radians().sin_cos();
        let mut dice = Dice(self.degrees.to_bits() ^ self.scale.to_bits());
        let mut pixels = Vec::with_capacity(width as usize * height as usize);
        for y in 0..height {
            for x in 0..width {
                let (u, v) = (f64::from(x) - w / 2.0, f64::from(y) - h / 2.0);
                let (u, v) = ((cos * u + sin * v) / self.scale, (-sin * u + cos * v) / self.scale);
                let from_x = u * (1.0 + self.stretch) + f64::from(paper.width) / 2.0 - self.shift[0] * DOTS;
                let from_y = v + f64::from(paper.height) / 2.0 - self.shift[1] * DOTS;
                let edge = f64::from(x) / w;
                let light = (255.0 - (255.0 - self.shadow) * (1.0 - edge).powi(8)) / 255.0;
                let value = bilinear(paper, from_x, from_y) * light + self.noise * bell(&mut dice);
                let value = if self.bilevel { if value < 140.0 { 0.0 } else { 255.0 } } else { value };
                pixels.push(value.round().clamp(0.0, 255.0) as u8);
            }
        }
        Gray { width, height, pixels }
    }
}

fn bilinear(picture: &Gray, x: f64, y: f64) -> f64 {
    let (left, top) = (x.floor(), y.floor());
    let value = |dx: f64, dy: f64| {
        let (u, v) = (left + dx, top + dy);
        let inside = u >= 0.0 && v >= 0.0 && u < picture.width.into() && v < picture.height.into();
        if inside { f64::from(picture.at(u as u32, v as u32)) } else { 255.0 }
    };
    let (u, v) = (x - left, y - top);
    (value(0.0, 0.0) * (1.0 - u) + value(1.0, 0.0) * u) * (1.0 - v)
        + (value(0.0, 1.0) * (1.0 - u) + value(1.0, 1.0) * u) * v
}

/// Roughly normal, standard deviation 1.
fn bell(dice: &mut Dice) -> f64 {
    (0..6).map(|_| dice.part() - 0.5).sum::<f64>() * 2.0_f64.sqrt()
}
