//! A made-up person's pen on a blank form, and the scanner after it. Everything follows from the random source given.

use ab_glyph::{Font, FontVec, PxScale, ScaleFont};
use jitan::model::form::{ChoiceOption, CodeKind, MarkStyle};
use jitan::model::value::Rect;
use jitan::reading::page::Gray;
use jitan::reading::recognise::code::formats;
use rand::RngExt;
use rand::rngs::StdRng;
use rxing::{MultiFormatWriter, Writer};

/// Pixels of the blank a millimetre.
pub const DOTS_PER_MM: f64 = 300.0 / 25.4;

/// A sheet that is being filled in.
pub struct Sheet {
    pub picture: Gray,
}

impl Sheet {
    pub fn new(blank: &Gray) -> Self {
        Self { picture: blank.clone() }
    }

    /// Darkens a pixel by some ink, 0 to 1.
    fn ink(&mut self, x: i64, y: i64, amount: f64) {
        if x >= 0 && y >= 0 && x < i64::from(self.picture.width) && y < i64::from(self.picture.height) {
            let at = (y * i64::from(self.picture.width) + x) as usize;
            let paper = f64::from(self.picture.pixels[at]);
            self.picture.pixels[at] = (paper * (1.0 - amount.clamp(0.0, 1.0))) as u8;
        }
    }

    /// A line of text, its left edge and middle at a place; returns its width, all in mm.
    pub fn text(&mut self, font: &FontVec, text: &str, size: f64, left: f64, middle: f64, ink: f64) -> f64 {
        let scale = PxScale::from((size * DOTS_PER_MM) as f32);
        let scaled = font.as_scaled(scale);
        let baseline = (middle * DOTS_PER_MM) as f32 + (scaled.ascent() + scaled.descent()) / 2.0;
        let begin = (left * DOTS_PER_MM) as f32;
        let mut x = begin;
        for c in text.chars() {
            let glyph = font.glyph_id(c).with_scale_and_position(scale, ab_glyph::point(x, baseline));
            x += scaled.h_advance(glyph.id);
            if let Some(outline) = font.outline_glyph(glyph) {
                let bounds = outline.px_bounds();
                outline.draw(|gx, gy, cover| {
                    let (px, py) = (bounds.min.x as i64 + i64::from(gx), bounds.min.y as i64 + i64::from(gy));
                    self.ink(px, py, f64::from(cover) * ink);
                });
            }
        }
        f64::from(x - begin) / DOTS_PER_MM
    }

    /// One character in the middle of a box, moved a little.
    pub fn character(&mut self, font: &FontVec, c: char, cell: Rect, rng: &mut StdRng, ink: f64) {
        let size = cell.height.min(cell.width * 1.25) * rng.random_range(0.72..0.9);
        let scaled = font.as_scaled(PxScale::from((size * DOTS_PER_MM) as f32));
        let width = f64::from(scaled.h_advance(font.glyph_id(c))) / DOTS_PER_MM;
        let left = cell.x + (cell.width - width) / 2.0 + rng.random_range(-0.4..0.4);
        let middle = cell.y + cell.height / 2.0 + rng.random_range(-0.4..0.4);
        self.text(font, &c.to_string(), size, left, middle, ink);
    }

    /// A real handwritten digit of 28 × 28 pixels in a box, in another size and with another pen.
    pub fn written_digit(&mut self, digit: &[u8], cell: Rect, rng: &mut StdRng, ink: f64) {
        let side = cell.height * rng.random_range(0.8..1.15);
        let (pen, soft) = (rng.random_range(0.22..0.55), rng.random_range(0.06..0.14));
        let left = cell.x + (cell.width - side) / 2.0 + rng.random_range(-0.4..0.4);
        let top = cell.y + (cell.height - side) / 2.0 + rng.random_range(-0.4..0.4);
        let pixels = (side * DOTS_PER_MM) as i64;
        let (x0, y0) = ((left * DOTS_PER_MM) as i64, (top * DOTS_PER_MM) as i64);
        for y in 0..pixels {
            for x in 0..pixels {
                let at = |v: i64| (v as f64 + 0.5) / pixels as f64 * 28.0 - 0.5;
                let value = between(digit, 28, 28, at(x), at(y), 0.0) / 255.0;
                let drawn = 1.0 / (1.0 + (-(value - pen) / soft).exp());
                if drawn > 0.02 {
                    self.ink(x0 + x, y0 + y, drawn * ink);
                }
            }
        }
    }

    /// A tick through a box or an oval round a word.
    pub fn mark(&mut self, option: &ChoiceOption, rng: &mut StdRng, ink: f64) {
        let r = option.rect;
        let wide = rng.random_range(0.3..0.6);
        let mut shake = |by: f64| rng.random_range(-by..by);
        match option.style {
            MarkStyle::Tick => {
                let start = (r.x + r.width * 0.12 + shake(0.4), r.y + r.height * 0.5 + shake(0.4));
                let turn = (r.x + r.width * 0.45 + shake(0.3), r.y + r.height * 0.88 + shake(0.3));
                let end = (r.x + r.width * 1.1 + shake(0.5), r.y - r.height * 0.1 + shake(0.5));
                self.stroke(&[start, turn, end], wide, ink);
            }
            MarkStyle::Circle => {
                let (cx, cy) = (r.x + r.width / 2.0 + shake(0.4), r.y + r.height / 2.0 + shake(0.3));
                let (rx, ry) = (r.width / 2.0 + 0.3 + shake(0.3), r.height / 2.0 + 0.2 + shake(0.3));
                let open = 0.3 + shake(0.3);
                let points: Vec<(f64, f64)> = (0..=60)
                    .map(|i| open + f64::from(i) / 60.0 * (std::f64::consts::TAU - open * 0.5))
                    .map(|a| (cx + rx * a.sin(), cy - ry * a.cos()))
                    .collect();
                self.stroke(&points, wide, ink);
            }
        }
    }

    /// A printed code, its module's side in mm, as large as it goes into a zone.
    pub fn code(&mut self, kind: CodeKind, text: &str, zone: Rect, ink: f64) -> anyhow::Result<f64> {
        let modules = MultiFormatWriter.encode(text, &formats(kind)[0], 0, 0)?;
        let (columns, rows) = (f64::from(modules.getWidth()), f64::from(modules.getHeight()));
        let is_square = kind == CodeKind::Qr;
        let side = if is_square { (zone.width / columns).min(zone.height / rows) } else { zone.width / columns };
        let high = if is_square { side } else { zone.height / rows };
        let pixels =
            |from: f64, size: f64| (from * DOTS_PER_MM).round() as i64..((from + size) * DOTS_PER_MM).round() as i64;
        for y in pixels(zone.y, rows * high) {
            for x in pixels(zone.x, columns * side) {
                let module = |at: i64, from: f64, size: f64| ((at as f64 + 0.5) / DOTS_PER_MM - from) / size;
                let (column, row) = (module(x, zone.x, side), module(y, zone.y, high));
                let inside = (0.0..columns).contains(&column) && (0.0..rows).contains(&row);
                if inside && modules.get(column as u32, row as u32) {
                    self.ink(x, y, ink);
                }
            }
        }
        Ok(side)
    }

    /// A pen's path through points, in mm.
    pub fn stroke(&mut self, points: &[(f64, f64)], wide: f64, ink: f64) {
        let radius = wide / 2.0 * DOTS_PER_MM;
        let reach = radius.ceil() as i64 + 1;
        for pair in points.windows(2) {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            let steps = ((x1 - x0).hypot(y1 - y0) * DOTS_PER_MM).ceil().max(1.0);
            for i in 0..=steps as i64 {
                let t = i as f64 / steps;
                let (x, y) = ((x0 + (x1 - x0) * t) * DOTS_PER_MM, (y0 + (y1 - y0) * t) * DOTS_PER_MM);
                for dy in -reach..=reach {
                    for dx in -reach..=reach {
                        let (px, py) = (x as i64 + dx, y as i64 + dy);
                        let cover = (radius + 0.5 - (px as f64 - x).hypot(py as f64 - y)).clamp(0.0, 1.0);
                        self.ink(px, py, cover * ink);
                    }
                }
            }
        }
    }
}

/// What the scanner does to a sheet.
pub struct Scanner {
    pub dpi: u32,
    pub turn_degrees: f64,
    pub shift_mm: (f64, f64),
    pub scale: f64,
    /// Grey levels of noise.
    pub noise: f64,
    /// Grey levels by which the darkest corner is darker.
    pub shade: f64,
    pub specks: u32,
    /// Black and white at this level.
    pub bilevel: Option<u8>,
}

impl Scanner {
    /// An office scanner on an ordinary day.
    pub fn any(rng: &mut StdRng) -> Self {
        Self {
            dpi: if rng.random_bool(0.5) { 200 } else { 300 },
            turn_degrees: rng.random_range(-1.8..1.8),
            shift_mm: (rng.random_range(-3.0..3.0), rng.random_range(-3.0..3.0)),
            scale: rng.random_range(0.988..1.012),
            noise: rng.random_range(0.0..12.0),
            shade: rng.random_range(0.0..45.0),
            specks: rng.random_range(0..40),
            bilevel: rng.random_bool(0.3).then(|| rng.random_range(120..190)),
        }
    }

    pub fn scan(&self, sheet: &Sheet, rng: &mut StdRng) -> Gray {
        let from = &sheet.picture;
        let ratio = 300.0 / f64::from(self.dpi);
        let (width, height) = ((f64::from(from.width) / ratio) as u32, (f64::from(from.height) / ratio) as u32);
        let (sin, cos) = self.turn_degrees.to_radians().sin_cos();
        let (mx, my) = (f64::from(from.width) / 2.0, f64::from(from.height) / 2.0);
        let mut scan = Gray::filled(width, height, 255);
        for y in 0..height {
            for x in 0..width {
                let dx = (f64::from(x) + 0.5) * ratio - mx - self.shift_mm.0 * DOTS_PER_MM;
                let dy = (f64::from(y) + 0.5) * ratio - my - self.shift_mm.1 * DOTS_PER_MM;
                let sx = (dx * cos + dy * sin) / self.scale + mx - 0.5;
                let sy = (dy * cos - dx * sin) / self.scale + my - 0.5;
                let mut light = between(&from.pixels, from.width, from.height, sx, sy, 255.0);
                if ratio > 1.2 {
                    light = (2.0 * light
                        + between(&from.pixels, from.width, from.height, sx + 0.5, sy + 0.5, 255.0)
                        + between(&from.pixels, from.width, from.height, sx - 0.5, sy - 0.5, 255.0))
                        / 4.0;
                }
                let corner = f64::from(x) / f64::from(width) * f64::from(y) / f64::from(height);
                light -= self.shade * corner;
                if self.noise > 0.0 {
                    light += (rng.random_range(-1.0..1.0) + rng.random_range(-1.0..1.0)) * self.noise * 0.87;
                }
                scan.pixels[(y * width + x) as usize] = light.clamp(0.0, 255.0) as u8;
            }
        }
        for _ in 0..self.specks {
            let (x, y, side) =
                (rng.random_range(0..width - 4), rng.random_range(0..height - 4), rng.random_range(1..4));
            for dy in 0..side {
                for dx in 0..side {
                    scan.pixels[((y + dy) * width + x + dx) as usize] = 60;
                }
            }
        }
        if let Some(level) = self.bilevel {
            for pixel in &mut scan.pixels {
                *pixel = if *pixel < level { 0 } else { 255 };
            }
        }
        scan
    }
}

/// Bilinear value at a place between pixels; `outside` beyond the edge.
fn between(pixels: &[u8], width: u32, height: u32, x: f64, y: f64, outside: f64) -> f64 {
    let (x0, y0) = (x.floor(), y.floor());
    let (fx, fy) = (x - x0, y - y0);
    let at = |x: f64, y: f64| {
        if x < 0.0 || y < 0.0 || x >= f64::from(width) || y >= f64::from(height) {
            outside
        } else {
            f64::from(pixels[y as usize * width as usize + x as usize])
        }
    };
    let top = at(x0, y0) * (1.0 - fx) + at(x0 + 1.0, y0) * fx;
    let bottom = at(x0, y0 + 1.0) * (1.0 - fx) + at(x0 + 1.0, y0 + 1.0) * fx;
    top * (1.0 - fy) + bottom * fy
}

/// A typeface's file.
pub fn typeface(file: &std::path::Path) -> anyhow::Result<FontVec> {
    Ok(FontVec::try_from_vec_and_index(std::fs::read(file)?, 0)?)
}
