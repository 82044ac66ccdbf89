//! Measures how often readings with a given score are wrong, and writes `ocr-models/calibration.toml`:
//!
//! `cargo run --release --example calibrate -- BLANKS DIGITS TYPEFACES PAGES > calibration.toml`
//!
//! BLANKS holds `NAME.png` and `NAME.fields.json`; DIGITS the unpacked files of MNIST's training set, of which images
//! 40,000 to 49,999 are used, each once at most, since the classifier never saw them; TYPEFACES the files that
//! `ocr-models/train/typefaces.txt` lists as held out. Half of the pages are written by hand, half printed; each page
//! is filled at random, scanned as an office scanner would, registered and read.

mod paper;
mod pen;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ab_glyph::FontVec;
use anyhow::{Context, Result};
use jitan::model::form::{ChoiceOption, FieldKind};
use jitan::model::value::{Chance, Content, Rect};
use jitan::reading::calibration::{Bin, Calibration, Count, PROCEDURE, Recogniser};
use jitan::reading::decide::row::CellReading;
use jitan::reading::ink::{Verdict, is_blank};
use jitan::reading::mark::read_choice;
use jitan::reading::recognise::{Engines, read_cells};
use jitan::reading::register::{Registered, blank::Blank, register};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Lower ends of the score bins, surest first.
const DIGIT_BINS: &[f64] = &[0.999, 0.99, 0.95, 0.8, 0.5];
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

    /// The next digit that was not used yet.
    fn next(&mut self) -> Option<(&[u8], u8)> {
        let at = self.next;
        self.next += 1;
        (at < Self::LAST).then(|| (&self.images[16 + at * 784..][..784], self.labels[8 + at]))
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

    fn table(&self, measured: String) -> Calibration {
        let mut bins: BTreeMap<Recogniser, Vec<Bin>> = BTreeMap::new();
        for ((recogniser, bin), (printed, handwritten)) in &self.bins {
            let from = match recogniser {
                Recogniser::Digit => DIGIT_BINS[*bin],
                Recogniser::Mark | Recogniser::NoMark => MARK_BINS[*bin],
                Recogniser::Blank | Recogniser::Line | Recogniser::Kana => WHOLE[*bin],
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
    let blanks = paper::blanks(blanks)?;
    let mut written = Written::open(digits)?;
    let fonts = held_out(typefaces)?;
    let mut engines = Engines::load(Path::new("ocr-models")).map_err(|m| anyhow::anyhow!("{m}"))?;
    let (mut tally, mut refused) = (Tally::default(), 0);
    for page in 0..pages {
        let mut rng = StdRng::seed_from_u64(page);
        let blank = &blanks[page as usize % blanks.len()];
        let by_hand = (page / blanks.len() as u64).is_multiple_of(2);
        let font = &fonts[rng.random_range(0..fonts.len())];
        let filled = fill(blank, by_hand.then_some(&mut written), font, &mut rng);
        let scan = pen::Scanner::any(&mut rng).scan(&filled.sheet, &mut rng);
        match register(&scan, std::slice::from_ref(blank)) {
            Ok((_, registered)) => count(&filled, &registered, by_hand, &mut engines, &mut tally),
            Err(_) => refused += 1,
        }
    }
    let measured = format!("{pages} generated pages, {refused} refused; {}", engines.fingerprint());
    print!("{}", toml::to_string(&tally.table(measured))?);
    Ok(())
}

fn held_out(folder: &Path) -> Result<Vec<FontVec>> {
    let list = include_str!("../ocr-models/train/typefaces.txt");
    list.lines().filter_map(|l| l.strip_prefix("held ")).map(|name| pen::typeface(&folder.join(name))).collect()
}

/// A filled sheet and what stands in it.
struct Filled<'a> {
    sheet: pen::Sheet,
    rows: Vec<(&'a [Rect], Vec<Option<char>>)>,
    choices: Vec<(&'a [ChoiceOption], Option<usize>)>,
}

fn fill<'a>(blank: &'a Blank, mut hand: Option<&mut Written>, font: &FontVec, rng: &mut StdRng) -> Filled<'a> {
    let mut filled = Filled { sheet: pen::Sheet::new(&blank.picture), rows: Vec::new(), choices: Vec::new() };
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
                            let (picture, label) = hand.next()?;
                            filled.sheet.written_digit(picture, *cell, rng, ink);
                            Some(char::from(b'0' + label))
                        }
                        None => {
                            let digit = char::from(b'0' + rng.random_range(0..10_u8));
                            filled.sheet.character(font, digit, *cell, rng, ink);
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
            FieldKind::Kana { .. } | FieldKind::Line { .. } => {}
        }
    }
    filled
}

fn count(filled: &Filled, registered: &Registered, by_hand: bool, engines: &mut Engines, tally: &mut Tally) {
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
        let says = read.content.written().map(jitan::model::value::Personal::expose);
        let recogniser = if read.content == Content::Blank { Recogniser::NoMark } else { Recogniser::Mark };
        if read.doubts.is_empty() {
            tally.add(recogniser, MARK_BINS, 1.0 - doubt, says != stands, by_hand);
        }
    }
}
