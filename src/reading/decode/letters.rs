//! The letters that a PDF page carries beside its picture: what a scanner's own recognition left there invisibly, or what
//! a program wrote.

use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, TransformExt as _, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Point, Rect};

/// One letter where it stands on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    pub text: String,
    /// Its middle, in pixels of the page as decoded.
    pub at: [f64; 2],
    /// Drawn, so that people see it, too.
    pub is_visible: bool,
}

/// A page of paper holds some thousands; the rest of a file that claims more is not looked at.
const MOST_LETTERS: usize = 20_000;

/// The letters in the order in which the page has them. Pixels are the page's points times `scale`.
pub(super) fn letters(page: &Page<'_>, scale: f64) -> Vec<Letter> {
    let (width, height) = page.render_dimensions();
    let mut collector = Collector { letters: Vec::new() };
    let mut context = Context::new(
        Affine::scale(scale) * page.initial_transform(true).to_kurbo(),
        Rect::new(0.0, 0.0, f64::from(width) * scale, f64::from(height) * scale),
        &InterpreterCache::new(),
        page.xref(),
        InterpreterSettings::default(),
    );
    interpret_page(page, &mut context, &mut collector);
    collector.letters
}

struct Collector {
    letters: Vec<Letter>,
}

impl<'a> Device<'a> for Collector {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        // In thousandths of a letter's size: half its width and half the height of a capital.
        const HALF_WIDE: f64 = 500.0;
        const HALF_HIGH: f64 = 350.0;
        for glyph in run.glyphs() {
            let text = match glyph.as_unicode() {
                Some(BfString::Char(c)) => c.to_string(),
                Some(BfString::String(text)) => text,
                None => continue,
            };
            if self.letters.len() >= MOST_LETTERS {
                return;
            }
            let half_wide = match &**glyph {
                hayro::hayro_interpret::font::Glyph::Outline(outline) => {
                    outline.advance_width().map_or(HALF_WIDE, |width| f64::from(width) / 2.0)
                }
                hayro::hayro_interpret::font::Glyph::Type3(_) => HALF_WIDE,
            };
            let middle = props.transform * glyph.transform() * Point::new(half_wide, HALF_HIGH);
            let is_visible = !matches!(mode, DrawMode::Invisible);
            self.letters.push(Letter { text, at: [middle.x, middle.y], is_visible });
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
