//! What happens to a sheet of paper on its way through a scanner, with the exact place of everything on it known: a
//! distortion says for each place of the scan which place of the paper it shows.

use jitan::reading::page::Gray;
use rand::RngExt;
use rand::rngs::StdRng;

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Turned,
    Quarter,
    Shifted,
    Scaled,
    Perspective,
    Curled,
    Resolution,
    Tones,
    Punched,
    DarkEdge,
}

impl Kind {
    pub const ALL: [Kind; 10] = [
        Kind::Turned,
        Kind::Quarter,
        Kind::Shifted,
        Kind::Scaled,
        Kind::Perspective,
        Kind::Curled,
        Kind::Resolution,
        Kind::Tones,
        Kind::Punched,
        Kind::DarkEdge,
    ];

    pub fn says(self) -> &'static str {
        match self {
            Kind::Turned => "turned by up to 5 degrees",
            Kind::Quarter => "turned by 90, 180, 270 degrees",
            Kind::Shifted => "shifted by up to 15 mm",
            Kind::Scaled => "scaled by up to 3%",
            Kind::Perspective => "slight perspective",
            Kind::Curled => "page curl and uneven feed",
            Kind::Resolution => "200, 300, 400, 600 dpi",
            Kind::Tones => "bilevel, pale, tinted paper",
            Kind::Punched => "punched holes and stamps",
            Kind::DarkEdge => "dark scanner edge",
        }
    }
}

/// A sheet on a scanner's glass.
#[derive(Debug, Clone, Copy)]
pub struct Scanner {
    dpi: f64,
    degrees: f64,
    shift_mm: [f64; 2],
    scale: f64,
    /// Parts of the scale by which the page shrinks, a millimetre across and down.
    keystone: [f64; 2],
    /// How far the paper bends and the feed slips, in mm.
    curl_mm: f64,
    noise: f64,
    shade: f64,
    /// Grey of print and of paper, and what lies beyond the paper.
    tones: [f64; 3],
    bilevel: Option<f64>,
    holes: bool,
    stamps: u32,
}

impl Scanner {
    /// An office scanner on a day on which one thing goes wrong.
    pub fn any(kind: Kind, number: usize, rng: &mut StdRng) -> Scanner {
        let plain = Scanner {
            dpi: 200.0,
            degrees: rng.random_range(-0.8..0.8),
            shift_mm: [rng.random_range(-2.0..2.0), rng.random_range(-2.0..2.0)],
            scale: rng.random_range(0.995..1.005),
            keystone: [0.0; 2],
            curl_mm: 0.0,
            noise: rng.random_range(0.0..8.0),
            shade: rng.random_range(0.0..30.0),
            tones: [0.0, 255.0, 255.0],
            bilevel: None,
            holes: false,
            stamps: 0,
        };
        let sign = |rng: &mut StdRng| if rng.random_bool(0.5) { 1.0 } else { -1.0 };
        match kind {
            Kind::Turned => Scanner { degrees: sign(rng) * rng.random_range(2.0..5.0), ..plain },
            Kind::Quarter => Scanner { degrees: plain.degrees + 90.0 * (number % 3 + 1) as f64, ..plain },
            Kind::Shifted => {
                let shift_mm = [sign(rng) * rng.random_range(8.0..15.0), sign(rng) * rng.random_range(8.0..15.0)];
                Scanner { shift_mm, ..plain }
            }
            Kind::Scaled => Scanner { scale: 1.0 + sign(rng) * rng.random_range(0.015..0.03), ..plain },
            Kind::Perspective => {
                let part = |rng: &mut StdRng| sign(rng) * rng.random_range(3e-5..1e-4);
                Scanner { keystone: [part(rng), part(rng)], ..plain }
            }
            Kind::Curled => Scanner { curl_mm: sign(rng) * rng.random_range(0.8..1.6), ..plain },
            Kind::Resolution => Scanner { dpi: [200.0, 300.0, 400.0, 600.0][number % 4], ..plain },
            Kind::Tones => match number % 3 {
                0 => Scanner { bilevel: Some(rng.random_range(110.0..190.0)), ..plain },
                1 => Scanner { tones: [110.0, 235.0, 235.0], ..plain },
                _ => Scanner { tones: [60.0, 190.0, 190.0], ..plain },
            },
            Kind::Punched => Scanner { holes: true, stamps: 3, ..plain },
            Kind::DarkEdge => {
                let shift_mm = [sign(rng) * rng.random_range(2.0..6.0), sign(rng) * rng.random_range(2.0..6.0)];
                Scanner { tones: [0.0, 255.0, 25.0], shift_mm, ..plain }
            }
        }
    }

    /// The scan of a blank's picture with everything on it; `size_mm` is the paper's.
    pub fn scan(&self, paper: &Gray, size_mm: [f64; 2], rng: &mut StdRng) -> Gray {
        let dots = self.dpi / 25.4;
        let glass = self.glass(size_mm);
        let (width, height) = ((glass[0] * dots).round() as u32, (glass[1] * dots).round() as u32);
        let per_mm = f64::from(paper.width) / size_mm[0];
        let stamps: Vec<[f64; 2]> = (0..self.stamps)
            .map(|_| [rng.random_range(20.0..size_mm[0] - 20.0), rng.random_range(20.0..size_mm[1] - 20.0)])
            .collect();
        let mut scan = Gray::filled(width, height, 255);
        for y in 0..height {
            for x in 0..width {
                let place = [(f64::from(x) + 0.5) / dots, (f64::from(y) + 0.5) / dots];
                let at = self.on_paper(place, size_mm);
                let corner = place[0] / glass[0] * place[1] / glass[1];
                let mut light = self.light(paper, at, per_mm, size_mm, &stamps) - self.shade * corner;
                if self.noise > 0.0 {
                    light += (rng.random_range(-1.0..1.0) + rng.random_range(-1.0..1.0)) * self.noise * 0.87;
                }
                let light = self.bilevel.map_or(light, |level| if light < level { 0.0 } else { 255.0 });
                scan.pixels[(y * width + x) as usize] = light.clamp(0.0, 255.0) as u8;
            }
        }
        scan
    }

    fn glass(&self, [width, height]: [f64; 2]) -> [f64; 2] {
        if (self.degrees / 90.0).round().rem_euclid(2.0) == 1.0 { [height, width] } else { [width, height] }
    }

    /// The place of the paper (mm) that lies at a place of the glass (mm).
    fn on_paper(&self, [x, y]: [f64; 2], size_mm: [f64; 2]) -> [f64; 2] {
        let glass = self.glass(size_mm);
        let (sin, cos) = self.degrees.to_radians().sin_cos();
        let (u, v) = (x - glass[0] / 2.0 - self.shift_mm[0], y - glass[1] / 2.0 - self.shift_mm[1]);
        let (u, v) = ((u * cos + v * sin) / self.scale, (v * cos - u * sin) / self.scale);
        let far = 1.0 + self.keystone[0] * u + self.keystone[1] * v;
        let (u, v) = (u / far, v / far);
        if self.curl_mm == 0.0 {
            return [u + size_mm[0] / 2.0, v + size_mm[1] / 2.0];
        }
        // Paper that rises towards a spine is foreshortened there; a feed bows the lines and slips a little.
        let spine = (-(u + size_mm[0] / 2.0) / 30.0).exp();
        let bow = (1.0 - (2.0 * u / size_mm[0]).powi(2)) + 0.25 * (v / 20.0).sin();
        [u + size_mm[0] / 2.0 + self.curl_mm * spine, v + size_mm[1] / 2.0 + self.curl_mm * bow]
    }

    /// The place of the paper (mm) that a place of the scan (pixels) shows.
    pub fn shown_at(&self, [x, y]: [f64; 2], size_mm: [f64; 2]) -> [f64; 2] {
        let dots = self.dpi / 25.4;
        self.on_paper([x / dots, y / dots], size_mm)
    }

    fn light(&self, paper: &Gray, at: [f64; 2], per_mm: f64, size_mm: [f64; 2], stamps: &[[f64; 2]]) -> f64 {
        let [print, white, beyond] = self.tones;
        if at[0] < 0.0 || at[1] < 0.0 || at[0] >= size_mm[0] || at[1] >= size_mm[1] {
            return beyond;
        }
        let hole = |y: f64| (at[0] - 11.0).hypot(at[1] - y) < 3.2;
        if self.holes && (hole(size_mm[1] / 2.0 - 40.0) || hole(size_mm[1] / 2.0 + 40.0)) {
            return 20.0;
        }
        // A scanner's dot sees an area: the mean of two places of it.
        let reach = 0.2 * 25.4 / self.dpi;
        let seen = |by: f64| between(paper, (at[0] + by) * per_mm - 0.5, (at[1] + by) * per_mm - 0.5);
        let seen = (seen(-reach) + seen(reach)) / 2.0;
        let light = print + (white - print) * seen / 255.0;
        let ring = |s: &[f64; 2]| ((at[0] - s[0]).hypot(at[1] - s[1]) - 6.0).abs() < 0.7;
        if stamps.iter().any(ring) { light.min(95.0) } else { light }
    }
}

/// Bilinear value at a place between pixels; paper beyond the edge.
fn between(picture: &Gray, x: f64, y: f64) -> f64 {
    let (left, top) = (x.floor(), y.floor());
    let (u, v) = (x - left, y - top);
    let at = |x: f64, y: f64| {
        let inside = x >= 0.0 && y >= 0.0 && x < f64::from(picture.width) && y < f64::from(picture.height);
        if inside { f64::from(picture.at(x as u32, y as u32)) } else { 255.0 }
    };
    (at(left, top) * (1.0 - u) + at(left + 1.0, top) * u) * (1.0 - v)
        + (at(left, top + 1.0) * (1.0 - u) + at(left + 1.0, top + 1.0) * u) * v
}
