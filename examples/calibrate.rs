//! Measures how often readings with a given score are wrong, and writes `ocr-models/calibration.toml`:
//!
//! `cargo run --release --example calibrate -- BLANKS DIGITS TYPEFACES PAGES > calibration.toml`
//!
//! BLANKS holds `NAME.png` and `NAME.fields.json`; DIGITS the unpacked files of MNIST's training set, of which images
//! 40,000 to 49,999 are used, since the classifier never saw them, one after another and then again in another pen,
//! size and place; TYPEFACES the files that `ocr-models/train/typefaces.txt` and `ocr-models/train/characters/typefaces.txt`
//! list as held out. Half of the pages are written by hand, half printed; each page is filled at random, scanned as an
//! office scanner would, registered and read.

mod paper;
mod pen;
mod residents;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ab_glyph::{Font, FontVec};
use anyhow::{Context, Result};
use jitan::model::form::{ChoiceOption, CodeKind, FieldKind, LineContent, LinePattern};
use jitan::model::value::{Chance, Content, Personal, Rect};
use jitan::reading::calibration::{Bin, Calibration, Count, PROCEDURE, Recogniser};
use jitan::reading::decide;
use jitan::reading::decide::line::{self, score};
use jitan::reading::decide::row::CellReading;
use jitan::reading::ink::{Verdict, is_blank};
use jitan::reading::mark::read_choice;
use jitan::reading::recognise::code::read_codes;
use jitan::reading::recognise::{Engines, kana_row, line_readings, read_cells};
use jitan::reading::register::{Registered, blank::Blank, register};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use residents::Residents;

/// Lower ends of the score bins, surest first.
const DIGIT_BINS: &[f64] = &[0.999_99, 0.999_9, 0.999, 0.99, 0.95, 0.8, 0.5];
const LINE_BINS: &[f64] = &[0.999, 0.99, 0.97, 0.9, 0.7, 0.4, 0.1];
const MARK_BINS: &[f64] = &[0.9, 0.7, 0.4, 0.1];
const WHOLE: &[f64] = &[0.0];

struct Written {
    images: Vec<u8>,
    labels: Vec<u8>,
    next: usize,
}

impl Written {
    const FIRST: usize = 40_000;
    const LAST: usize = 50_000;

    fn open(folder: &Path) -> Result<Self> {
        let images = std::fs::read(folder.join("train-images-idx3-ubyte")).context("the digits' pictures, unpacked")?;
        let labels = std::fs::read(folder.join("train-labels-idx1-ubyte")).context("the digits' labels, unpacked")?;
        Ok(Self { images, labels, next: Self::FIRST })
    }

    fn next(&mut self) -> (&[u8], u8) {
        let at = self.next;
        self.next = if at + 1 == Self::LAST { Self::FIRST } else { at + 1 };
        (&self.images[16 + at * 784..][..784], self.labels[8 + at])
    }
}

#[derive(Default)]
struct Tally {
    bins: BTreeMap<(Recogniser, usize), (Count, Count)>,
}

impl Tally {
    fn add(&mut self, recogniser: Recogniser, bins: &[f64], score: f64, wrong: bool, by_hand: bool) {
        let Some(bin) = bins.iter().position(|from| score >= *from) else { return };
        let (printed, handwritten) = self.bins.entry((recogniser, bin)).or_default();
        let count = if by_hand { handwritten } else { printed };
        count.read += 1;
        count.wrong += u64::from(wrong);
    }

    fn merge(&mut self, other: Tally) {
        for (key, (printed, handwritten)) in other.bins {
            let (p, h) = self.bins.entry(key).or_default();
            for (sum, more) in [(p, printed), (h, handwritten)] {
                sum.read += more.read;
                sum.wrong += more.wrong;
            }
        }
    }

    fn table(&self, measured: String) -> Calibration {
        let mut bins: BTreeMap<Recogniser, Vec<Bin>> = BTreeMap::new();
        for ((recogniser, bin), (printed, handwritten)) in &self.bins {
            let from = match recogniser {
                Recogniser::Digit => DIGIT_BINS[*bin],
                Recogniser::Mark | Recogniser::NoMark => MARK_BINS[*bin],
                Recogniser::Line | Recogniser::LineTwice | Recogniser::Kana => LINE_BINS[*bin],
                Recogniser::Blank | Recogniser::QrCode | Recogniser::Bars => WHOLE[*bin],
            };
            bins.entry(*recogniser).or_default().push(Bin { from, printed: *printed, handwritten: *handwritten });
        }
        Calibration { procedure: PROCEDURE, measured, bins }
    }
}

fn main() -> Result<()> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [blanks, digits, typefaces, pages] = &args[..] else { anyhow::bail!("BLANKS DIGITS TYPEFACES PAGES") };
    let pages: u64 = pages.to_str().context("how many pages?")?.parse()?;
    let workers = std::thread::available_parallelism()?.get() as u64;
    let parts: Vec<Result<(Tally, u64, String)>> = std::thread::scope(|scope| {
        let part =
            |worker| scope.spawn(move || part(blanks, digits, typefaces, (worker..pages).step_by(workers as usize)));
        let started: Vec<_> = (0..workers).map(part).collect();
        started.into_iter().map(|thread| thread.join().expect("a worker does not panic")).collect()
    });
    let (mut tally, mut refused, mut reader) = (Tally::default(), 0, String::new());
    for part in parts {
        let (counted, unregistered, fingerprint) = part?;
        tally.merge(counted);
        refused += unregistered;
        reader = fingerprint;
    }
    print!("{}", toml::to_string(&tally.table(format!("{pages} generated pages, {refused} refused; {reader}")))?);
    Ok(())
}

/// Some of the pages: what was counted, how many were refused, and who read them.
fn part(
    blanks: &Path,
    digits: &Path,
    typefaces: &Path,
    pages: impl Iterator<Item = u64>,
) -> Result<(Tally, u64, String)> {
    let blanks = paper::blanks(blanks)?;
    let mut written = Written::open(digits)?;
    let fonts = Typefaces::held_out(typefaces)?;
    let mut engines = Engines::load(Path::new("ocr-models")).map_err(|m| anyhow::anyhow!("{m}"))?;
    let lexicon = engines.lexicon();
    let (mut tally, mut refused) = (Tally::default(), 0);
    for page in pages {
        let mut rng = StdRng::seed_from_u64(page);
        written.next = Written::FIRST + page as usize * 61 % (Written::LAST - Written::FIRST);
        let blank = &blanks[page as usize % blanks.len()];
        let by_hand = (page / blanks.len() as u64).is_multiple_of(2);
        let residents = Residents { lexicon: &lexicon };
        let filled = fill(blank, by_hand.then_some(&mut written), &fonts, &residents, &mut rng);
        let scan = pen::Scanner::any(&mut rng).scan(&filled.sheet, &mut rng);
        match register(&scan, std::slice::from_ref(blank)) {
            Ok((_, registered)) => count(&filled, &registered, by_hand, &mut engines, &mut tally),
            Err(_) => refused += 1,
        }
    }
    Ok((tally, refused, engines.fingerprint()))
}

/// Typefaces that no recogniser was trained on.
struct Typefaces {
    digits: Vec<FontVec>,
    written: Vec<FontVec>,
    printed: Vec<FontVec>,
}

impl Typefaces {
    fn held_out(folder: &Path) -> Result<Self> {
        let open = |list: &str, how: &str| -> Result<Vec<FontVec>> {
            let names = list.lines().filter_map(|line| line.strip_prefix(how));
            // Of a package: its name and its weight.
            let file =
                |name: &str| name.split_once(' ').map_or(name.to_owned(), |(of, weight)| format!("{of}-{weight}.ttf"));
            let open = |name: &str| pen::typeface(&folder.join(file(name)));
            // A typeface of few characters cannot write an address.
            let whole = |font: &Result<FontVec>| font.as_ref().map_or(true, |font| font.glyph_id('都').0 != 0);
            names.map(open).filter(whole).collect()
        };
        let digits = include_str!("../ocr-models/train/typefaces.txt").lines().filter_map(|l| l.strip_prefix("held "));
        let characters = include_str!("../ocr-models/train/characters/typefaces.txt");
        Ok(Self {
            digits: digits.map(|name| pen::typeface(&folder.join(name))).collect::<Result<_>>()?,
            written: open(characters, "held written ")?,
            printed: open(characters, "held printed ")?,
        })
    }
}

/// A filled sheet and what stands in it.
struct Filled<'a> {
    sheet: pen::Sheet,
    rows: Vec<(&'a [Rect], Vec<Option<char>>)>,
    choices: Vec<(&'a [ChoiceOption], Option<usize>)>,
    lines: Vec<(Rect, LineContent, Option<LinePattern>, String)>,
    kana: Vec<(&'a [Rect], String)>,
    codes: Vec<(Rect, CodeKind, String)>,
}

fn fill<'a>(
    blank: &'a Blank,
    mut hand: Option<&mut Written>,
    fonts: &Typefaces,
    residents: &Residents,
    rng: &mut StdRng,
) -> Filled<'a> {
    let mut filled = Filled {
        sheet: pen::Sheet::new(&blank.picture),
        rows: Vec::new(),
        choices: Vec::new(),
        lines: Vec::new(),
        kana: Vec::new(),
        codes: Vec::new(),
    };
    let digit_font = &fonts.digits[rng.random_range(0..fonts.digits.len())];
    let text_fonts = if hand.is_some() { &fonts.written } else { &fonts.printed };
    let font = &text_fonts[rng.random_range(0..text_fonts.len())];
    let ink = rng.random_range(0.65..1.0);
    for field in &blank.form.fields {
        let empty = rng.random_bool(0.15);
        match &field.kind {
            FieldKind::Digits { cells, .. } => {
                let digits = cells.iter().map(|cell| {
                    if empty {
                        return None;
                    }
                    match hand.as_deref_mut() {
                        Some(hand) => {
                            let (picture, label) = hand.next();
                            filled.sheet.written_digit(picture, *cell, rng, ink);
                            Some(char::from(b'0' + label))
                        }
                        None => {
                            let digit = char::from(b'0' + rng.random_range(0..10_u8));
                            filled.sheet.character(digit_font, digit, *cell, rng, ink);
                            Some(digit)
                        }
                    }
                });
                let digits = digits.collect();
                filled.rows.push((cells, digits));
            }
            FieldKind::Choice { options } => {
                let chosen = (!empty).then(|| rng.random_range(0..options.len()));
                if let Some(chosen) = chosen {
                    filled.sheet.mark(&options[chosen], rng, ink);
                }
                filled.choices.push((options, chosen));
            }
            FieldKind::Line { rect, content, pattern } if !empty => {
                let text = residents.line(*content, font, rng);
                residents::fitted_line(&mut filled.sheet, font, &text, *rect, hand.is_some(), rng, ink);
                filled.lines.push((*rect, *content, pattern.clone(), text));
            }
            FieldKind::Kana { cells } if !empty => {
                let kana = residents.person(font, rng).kana.join("　");
                for (c, cell) in kana.chars().zip(cells).filter(|(c, _)| !c.is_whitespace()) {
                    filled.sheet.character(font, c, *cell, rng, ink);
                }
                filled.kana.push((cells, kana.chars().take(cells.len()).collect()));
            }
            FieldKind::Kana { .. } | FieldKind::Line { .. } | FieldKind::Code { .. } => {}
        }
    }
    print_code(blank, &mut filled, rng);
    filled
}

/// A code where the form has nothing, as the office prints it before it sends the form out.
fn print_code(blank: &Blank, filled: &mut Filled, rng: &mut StdRng) {
    let kind =
        if rng.random_bool(0.5) { CodeKind::Qr } else { CodeKind::ALL[rng.random_range(1..CodeKind::ALL.len())] };
    let (width, height) = if kind == CodeKind::Qr {
        let side = rng.random_range(12.0..20.0);
        (side, side)
    } else {
        (rng.random_range(42.0..55.0), rng.random_range(7.0..12.0))
    };
    let Some(zone) = free_place(blank, width, height) else { return };
    let mut digits =
        |count: usize| (0..count).map(|_| char::from(b'0' + rng.random_range(0..10_u8))).collect::<String>();
    let text = match kind {
        CodeKind::Qr => digits(38),
        CodeKind::Jan => with_check_digit(&digits(12)),
        CodeKind::Code128 => digits(16),
        CodeKind::Code39 => format!("A{}", digits(7)),
        CodeKind::Nw7 => format!("A{}B", digits(10)),
        CodeKind::Itf => digits(12),
    };
    if filled.sheet.code(kind, &text, zone, rng.random_range(0.8..1.0)).is_ok() {
        let read_as = if kind == CodeKind::Nw7 { text[1..text.len() - 1].to_owned() } else { text };
        filled.codes.push((zone, kind, read_as));
    }
}

/// A place of this size in mm without print on it or around it.
fn free_place(blank: &Blank, width: f64, height: f64) -> Option<Rect> {
    const AROUND_MM: f64 = 3.0;
    let page = blank.form.page;
    let rows = (1..).map(|n| f64::from(n) * 3.0).take_while(|y| y + height < page.height - 5.0);
    let places = rows.flat_map(|y| (1..60).map(move |n| (f64::from(n) * 3.0, y)));
    let is_free = |(x, y): &(f64, f64)| {
        let at = |mm: f64| (mm * pen::DOTS_PER_MM) as u32;
        let (left, right) = (at((x - AROUND_MM).max(0.0)), at(x + width + AROUND_MM));
        right < blank.picture.width
            && (at((y - AROUND_MM).max(0.0))..at(y + height + AROUND_MM)).all(|row| {
                row < blank.picture.height
                    && blank.picture.row(row)[left as usize..right as usize].iter().all(|v| *v > 200)
            })
    };
    places.filter(is_free).map(|(x, y)| Rect { x, y, width, height }).next()
}

/// JAN: three times every second digit, up to the next ten.
fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits.bytes().enumerate().map(|(i, d)| u32::from(d - b'0') * if i % 2 == 0 { 1 } else { 3 }).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// Codes are printed whatever the form is filled in with, so they count for both.
fn count_codes(filled: &Filled, registered: &Registered, tally: &mut Tally) {
    for (zone, kind, text) in &filled.codes {
        let read = read_codes(*zone, &[*kind], registered);
        if let (Some(best), 1.0) = (read.texts.first(), decide::code::score(&read)) {
            for by_hand in [false, true] {
                tally.add(decide::code::recogniser(&[*kind]), WHOLE, 1.0, best != text, by_hand);
            }
        }
    }
}

/// Lines and rows of kana: whether the likeliest reading is what was written, spaces aside.
fn count_text(filled: &Filled, registered: &Registered, by_hand: bool, engines: &mut Engines, tally: &mut Tally) {
    for (rect, content, pattern, text) in &filled.lines {
        let Some((readings, second)) = line_readings(*rect, *content, pattern.as_ref(), registered, engines) else {
            continue;
        };
        let Some(best) = readings.first() else { continue };
        let read = line::text(best, *content);
        let twice = second.as_deref().map(|other| line::same(&read, &line::cleaned(other, *content)));
        let recogniser = if twice == Some(true) { Recogniser::LineTwice } else { Recogniser::Line };
        if twice != Some(false) {
            tally.add(recogniser, LINE_BINS, score(best), !line::same(&read, text), by_hand);
        }
    }
    for (cells, text) in &filled.kana {
        let Some(row) = kana_row(cells, registered, engines) else { continue };
        let Some(best) = row.readings.first() else { continue };
        tally.add(Recogniser::Kana, LINE_BINS, score(best), !line::same(&best.text(), text), by_hand);
    }
}

fn count(filled: &Filled, registered: &Registered, by_hand: bool, engines: &mut Engines, tally: &mut Tally) {
    count_text(filled, registered, by_hand, engines, tally);
    count_codes(filled, registered, tally);
    for (cells, truth) in &filled.rows {
        for ((reading, cell), stands) in read_cells(cells, registered, engines).iter().zip(*cells).zip(truth) {
            if let CellReading::Digit(guess) = reading {
                let (digit, score) = guess.ranked()[0];
                tally.add(Recogniser::Digit, DIGIT_BINS, score, Some(digit) != *stands, by_hand);
            }
            if is_blank(registered, *cell).verdict == Verdict::Blank {
                tally.add(Recogniser::Blank, WHOLE, 1.0, stands.is_some(), by_hand);
            }
        }
    }
    for (options, chosen) in &filled.choices {
        let read = read_choice(options, registered);
        let Chance::Uncalibrated(doubt) = read.chance else { continue };
        let stands = chosen.map(|c| options[c].value.as_str());
        let says = read.content.written().map(Personal::expose);
        let recogniser = if read.content == Content::Blank { Recogniser::NoMark } else { Recogniser::Mark };
        if read.doubts.is_empty() {
            tally.add(recogniser, MARK_BINS, 1.0 - doubt, says != stands, by_hand);
        }
    }
}
