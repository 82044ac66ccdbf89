//! What recognition promises: digits and lines in print are read by the shipped models and Debian's Tesseract, blank
//! and unreadable are told apart, and no chance of error is claimed for models that were not measured.

use std::path::Path;

use jitan::model::form::{DigitsCheck, Field, FieldKind, Form, LineContent, PageSize};
use jitan::model::id::{FieldName, FormName};
use jitan::model::value::{Chance, Content, FieldValue, Rect};
use jitan::ports::reader::Registration;
use jitan::reading::page::Gray;
use jitan::reading::recognise::{Engines, read_fields};
use jitan::reading::register::{Placement, Registered};

use crate::paper::printed;

const DOTS: f64 = 300.0 / 25.4;

fn models() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/ocr-models"))
}

/// A page of 120 × 40 mm with what the pen left on it.
struct Page {
    ink: Gray,
}

impl Page {
    fn new() -> Self {
        Self { ink: Gray::filled((120.0 * DOTS) as u32, (40.0 * DOTS) as u32, 0) }
    }

    /// Text of `size` mm, its left edge at `left` and its middle at `middle`.
    fn write(&mut self, text: &str, size: f64, left: f64, middle: f64) {
        for (x, y, cover) in printed(text, size, left, middle, DOTS) {
            let pixel = &mut self.ink.pixels[(y * self.ink.width + x) as usize];
            *pixel = (*pixel).max(cover);
        }
    }

    fn scribble(&mut self, cell: Rect) {
        for i in 0..4000_u32 {
            let t = f64::from(i) / 4000.0;
            let x = cell.x + cell.width * (0.5 + 0.4 * (t * 61.0).sin());
            let y = cell.y + cell.height * (0.5 + 0.35 * (t * 83.0).cos());
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 1), (1, 2), (2, 2)] {
                let at = ((y * DOTS) as u32 + dy) * self.ink.width + (x * DOTS) as u32 + dx;
                self.ink.pixels[at as usize] = 255;
            }
        }
    }

    fn registered(self) -> Registered {
        let page = Gray { pixels: self.ink.pixels.iter().map(|p| 255 - p).collect(), ..self.ink.clone() };
        let quality = Registration { ink_explained: 1.0, residual_mm: 0.1, turned_degrees: 0.0 };
        Registered { page, ink: self.ink, quality, placement: Placement::filling(DOTS), dots_per_mm: DOTS, noise: 0.0 }
    }
}

fn cells(count: u32) -> Vec<Rect> {
    (0..count).map(|i| Rect { x: 5.0 + 7.0 * f64::from(i), y: 5.0, width: 7.0, height: 8.6 }).collect()
}

fn read(kind: FieldKind, page: Page, models: &Path) -> FieldValue {
    let field = Field { name: FieldName::new("it").unwrap(), label: String::new(), kind, page: 1, required: true };
    let form = Form {
        name: FormName::new("form").unwrap(),
        title: String::new(),
        revision: String::new(),
        page: PageSize { width: 120.0, height: 40.0 },
        blanks: vec![String::new()],
        fields: vec![field],
        groups: Vec::new(),
    };
    let mut engines = Engines::load(models).unwrap();
    read_fields(&form, &page.registered(), &mut engines).remove(0)
}

fn digits(text: &str, models: &Path) -> FieldValue {
    let cells = cells(12);
    let mut page = Page::new();
    for (c, cell) in text.chars().zip(&cells).filter(|(c, _)| *c != ' ') {
        if c == '#' { page.scribble(*cell) } else { page.write(&c.to_string(), 6.0, cell.x + 2.0, cell.y + 4.3) }
    }
    read(FieldKind::Digits { cells, check: DigitsCheck::MyNumber }, page, models)
}

#[test]
fn a_printed_my_number_is_read_and_its_check_digit_holds() {
    let read = digits("123456789018", models());
    assert_eq!(read.content.written().unwrap().expose(), "123456789018");
    assert!(read.doubts.is_empty());
}

#[test]
fn blank_scribbled_and_partly_filled_rows_are_three_things() {
    assert_eq!(digits("", models()).content, Content::Blank);
    assert_eq!(digits("", models()).doubts[0].code, "reading.required-left-empty", "the field must be filled in");
    let scribbled = digits("12345#789018", models());
    assert_eq!(scribbled.content, Content::Unreadable);
    let partly = digits("12345", models());
    assert_eq!(partly.doubts[0].code, "reading.boxes-left-empty");
}

#[test]
fn a_printed_line_is_read_with_a_space_where_the_writer_left_one() {
    let mut page = Page::new();
    page.write("板橋", 5.5, 10.0, 20.0);
    page.write("花子", 5.5, 27.0, 20.0);
    let rect = Rect { x: 5.0, y: 15.0, width: 100.0, height: 10.0 };
    let read = read(FieldKind::Line { rect, content: LineContent::PersonalName, pattern: None }, page, models());
    assert_eq!(read.content.written().unwrap().expose(), "板橋　花子");
}

#[test]
fn a_line_that_lies_partly_beyond_the_edge_of_the_scan_is_for_a_person() {
    let mut page = Page::new();
    page.write("板橋", 5.5, 10.0, 20.0);
    let rect = Rect { x: -3.0, y: 15.0, width: 100.0, height: 10.0 };
    let read = read(FieldKind::Line { rect, content: LineContent::PersonalName, pattern: None }, page, models());
    assert!(read.doubts.iter().any(|doubt| doubt.code == "reading.cut-off"), "{:?}", read.doubts);
}

#[test]
fn with_any_other_model_nothing_passes_unseen() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["manifest.toml", "digits.rten", "characters.rten", "characters.txt", "calibration.toml"] {
        std::fs::copy(models().join(file), folder.path().join(file)).unwrap();
    }
    std::os::unix::fs::symlink(models().join("lexicon"), folder.path().join("lexicon")).unwrap();
    let table = folder.path().join("calibration.toml");
    let text = std::fs::read_to_string(&table).unwrap();
    std::fs::write(&table, format!("{text}\n# touched\n")).unwrap();
    let engines = Engines::load(folder.path()).unwrap();
    assert!(engines.fingerprint().ends_with(" uncalibrated"));
    assert_eq!(engines.mismatches().len(), 1);
    let read = digits("123456789018", folder.path());
    assert!(matches!(read.chance, Chance::Uncalibrated(_)));
}

#[test]
fn a_missing_model_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = Engines::load(folder.path()).err().unwrap();
    assert_eq!(refusal.code, "reading.model-missing");
    assert!(refusal.args["file"].ends_with("manifest.toml"));
}
