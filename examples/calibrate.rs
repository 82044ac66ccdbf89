//! Measures how often readings with a given score are wrong, and writes `ocr-models/calibration.toml`:
//!
//! `cargo run --release --example calibrate -- BLANKS DIGITS TYPEFACES PAGES [lines] > calibration.toml`
//!
//! With `lines` it counts nothing but lines, for when only their reading has changed.
//!
//! BLANKS holds `NAME.png` and `NAME.fields.json`; DIGITS the unpacked files of MNIST, of which the training set's images
//! 40,000 to 49,999 and the test set's 10,000 are used, since the classifier never saw them, one after another and then
//! again in another pen, size and place; TYPEFACES the files that `ocr-models/train/typefaces.txt` and `ocr-models/train/characters/typefaces.txt`
//! list as held out. Half of the pages are written by hand, half printed; each page is filled at random, scanned as an
//! office scanner would, registered and read.

mod filled;
mod paper;
mod pen;
mod residents;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ab_glyph::{Font, FontVec};
use anyhow::{Context, Result};
use filled::{Filled, Typefaces, Writer, Written};
use jitan::adapters::reader_process::run_like_a_child;
use jitan::model::form::{ChoiceOption, CodeKind, FieldKind, LineContent, LinePattern};
use jitan::model::value::{Chance, Content, Personal, Rect, Writing};
use jitan::reading::calibration::{Bin, Calibration, Count, PROCEDURE, Recogniser, Table};
use jitan::reading::decide;
use jitan::reading::decide::line::{self, score};
use jitan::reading::decide::phone;
use jitan::reading::decide::row::{CellReading, Maker};
use jitan::reading::ink::{Verdict, is_blank};
use jitan::reading::mark::read_choice;
use jitan::reading::recognise::code::read_codes;
use jitan::reading::recognise::{Engines, kana_row, line_readings, read_rows};
use jitan::reading::register::{Registered, register};
use rand::SeedableRng;
use rand::rngs::StdRng;
use residents::Residents;

/// Lower ends of the score bins, surest first.
const DIGIT_BINS: &[f64] = &[0.999_99, 0.999_9, 0.999_5, 0.999, 0.997, 0.99, 0.95, 0.8, 0.5];
const LINE_BINS: &[f64] = &[0.999_9, 0.999, 0.995, 0.99, 0.97, 0.9, 0.7, 0.4, 0.1];
const MARK_BINS: &[f64] = &[0.9, 0.7, 0.4, 0.1];
const WHOLE: &[f64] = &[0.0];

/// MNIST's images that neither training nor evaluation uses. People whose digits stand in the test set wrote none of the
/// training set's. Three are left out whose labels (5, 5, 6) are not what stands there for everybody to see (3, 3, 4).
const DIGITS: &[filled::Set] = &[
    ("train", &[40_000..40_144, 40_145..43_454, 43_455..49_960, 49_961..50_000]),
    ("t10k", std::slice::from_ref(&(0..10_000))),
];

#[derive(Default)]
struct Tally {
    bins: BTreeMap<(Recogniser, usize), (Count, Count)>,
    /// Different handwritten digits.
    digits: BTreeSet<usize>,
}

impl Tally {
    fn add(&mut self, recogniser: Recogniser, bins: &[f64], score: f64, wrong: bool, by_hand: bool) {
        let Some(bin) = bins.iter().position(|from| score >= *from) else { return };
        let (printed, handwritten) = self.bins.entry((recogniser, bin)).or_default();
        let count = if by_hand { handwritten } else { printed };
        count.read += 1;
        count.wrong += u64::from(wrong);
    }

    /// Of what looks the same whoever fills in the form.
    fn add_for_both(&mut self, recogniser: Recogniser, bins: &[f64], score: f64, wrong: bool) {
        for by_hand in [false, true] {
            self.add(recogniser, bins, score, wrong, by_hand);
        }
    }

    fn merge(&mut self, other: Tally) {
        for (key, (printed, handwritten)) in other.bins {
            let (p, h) = self.bins.entry(key).or_default();
            p.add(printed);
            h.add(handwritten);
        }
        self.digits.extend(other.digits);
    }

    /// How often each handwritten digit was read.
    fn repeated(&self) -> f64 {
        let of_digits = self.bins.iter().filter(|((recogniser, _), _)| *recogniser == Recogniser::Digit);
        let read: u64 = of_digits.map(|(_, (_, handwritten))| handwritten.read).sum();
        (read as f64 / self.digits.len().max(1) as f64).max(1.0)
    }

    fn table(&self, measured: String) -> Calibration {
        let mut tables: BTreeMap<Recogniser, Table> = BTreeMap::new();
        for ((recogniser, bin), (printed, handwritten)) in &self.bins {
            let from = match recogniser {
                Recogniser::Digit | Recogniser::PrintedDigit => DIGIT_BINS[*bin],
                Recogniser::Mark | Recogniser::NoMark => MARK_BINS[*bin],
                Recogniser::Line | Recogniser::LineTwice | Recogniser::Kana => LINE_BINS[*bin],
                Recogniser::Blank | Recogniser::QrCode | Recogniser::Bars => WHOLE[*bin],
            };
            let on = match recogniser {
                Recogniser::Line | Recogniser::LineTwice | Recogniser::Kana => Writing::Typefaces,
                _ => Writing::People,
            };
            let repeated = if *recogniser == Recogniser::Digit { self.repeated() } else { 1.0 };
            let table = tables.entry(*recogniser).or_insert(Table { on, repeated, bins: Vec::new() });
            table.bins.push(Bin { from, printed: *printed, handwritten: *handwritten });
            pool(table);
        }
        Calibration { procedure: PROCEDURE, measured, tables }
    }
}

/// Surer readings are not wrong more often: bins that say otherwise, or hold too few to say anything, are one (isotonic
/// regression by pooling adjacent violators).
fn pool(table: &mut Table) {
    while let [.., surer, last] = &table.bins[..]
        && table.chance(surer) >= table.chance(last)
        && let Some(last) = table.bins.pop()
        && let Some(one) = table.bins.last_mut()
    {
        one.from = last.from;
        one.printed.add(last.printed);
        one.handwritten.add(last.handwritten);
    }
}

fn main() -> Result<()> {
    run_like_a_child()?;
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [blanks, digits, typefaces, pages, only @ ..] = &args[..] else {
        anyhow::bail!("BLANKS DIGITS TYPEFACES PAGES [lines]")
    };
    let only_lines = only.iter().any(|word| word.as_os_str() == "lines");
    let pages: u64 = pages.to_str().context("how many pages?")?.parse()?;
    let workers = std::thread::available_parallelism()?.get() as u64;
    let parts: Vec<Result<(Tally, u64, String)>> = std::thread::scope(|scope| {
        let part = |worker| {
            let pages = (worker..pages).step_by(workers as usize);
            scope.spawn(move || part(blanks, digits, typefaces, only_lines, pages))
        };
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
    only_lines: bool,
    pages: impl Iterator<Item = u64>,
) -> Result<(Tally, u64, String)> {
    let mut blanks = paper::blanks(blanks)?;
    // Each field is counted by itself.
    blanks.iter_mut().for_each(|blank| blank.form.groups.clear());
    let mut engines = Engines::load(Path::new("ocr-models")).map_err(|m| anyhow::anyhow!("{m}"))?;
    let lexicon = engines.lexicon();
    let mut writer = Writer {
        written: &mut Written::open(digits, DIGITS)?,
        fonts: &held_out(typefaces)?,
        residents: &Residents { lexicon: &lexicon },
        empty: 0.15,
        kana_for_digits: 0.5,
    };
    let (mut tally, mut refused) = (Tally::default(), 0);
    for page in pages {
        let mut rng = StdRng::seed_from_u64(page);
        let blank = &blanks[page as usize % blanks.len()];
        let by_hand = (page / blanks.len() as u64).is_multiple_of(2);
        let mut filled = writer.fill(blank, by_hand, page, &mut rng);
        filled.form.fields.retain(|field| !only_lines || matches!(field.kind, FieldKind::Line { .. }));
        let scan = pen::Scanner::any(&mut rng).scan(&filled.sheet, &mut rng);
        match register(&scan, std::slice::from_ref(blank)) {
            Ok((_, registered)) => {
                Counting { registered: &registered, by_hand, engines: &mut engines, tally: &mut tally }.page(&filled);
            }
            Err(_) => refused += 1,
        }
    }
    tally.digits.clone_from(&writer.written.taken);
    Ok((tally, refused, engines.fingerprint()))
}

/// Those that `ocr-models/train/typefaces.txt` and `ocr-models/train/characters/typefaces.txt` list as held out.
fn held_out(folder: &Path) -> Result<Typefaces> {
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
    let digits = include_str!("../ocr-models/train/typefaces.txt").lines();
    let characters = include_str!("../ocr-models/train/characters/typefaces.txt");
    Ok(Typefaces {
        digits: digits
            .filter_map(|line| line.strip_prefix("held "))
            .map(|name| pen::typeface(&folder.join(name)))
            .collect::<Result<_>>()?,
        written: open(characters, "held written ")?,
        printed: open(characters, "held printed ")?,
    })
}

/// A page that is read, and where its readings are counted.
struct Counting<'a> {
    registered: &'a Registered,
    by_hand: bool,
    engines: &'a mut Engines,
    tally: &'a mut Tally,
}

impl Counting<'_> {
    fn page(&mut self, filled: &Filled) {
        self.digits(filled);
        for field in &filled.form.fields {
            let Some(stands) = filled.truth.get(&field.name) else { continue };
            match &field.kind {
                FieldKind::Choice { options } => self.choice(options, stands),
                FieldKind::Line { rect, content, pattern } if !stands.is_empty() => {
                    self.line(*rect, *content, pattern.as_ref(), stands);
                }
                FieldKind::Kana { cells } if !stands.is_empty() => self.kana(cells, stands),
                FieldKind::Code { rect, codes, .. } => self.code(*rect, codes, stands),
                FieldKind::Digits { .. } | FieldKind::Kana { .. } | FieldKind::Line { .. } => {}
            }
        }
    }

    /// Codes are printed whatever the form is filled in with.
    fn code(&mut self, rect: Rect, kinds: &[CodeKind], stands: &str) {
        let read = read_codes(rect, kinds, self.registered);
        if let (Some(best), 1.0) = (read.texts.first(), decide::code::score(&read)) {
            self.tally.add_for_both(decide::code::recogniser(kinds), WHOLE, 1.0, best != stands);
        }
    }

    fn digits(&mut self, filled: &Filled) {
        let rows = filled.form.fields.iter().filter_map(|field| match &field.kind {
            FieldKind::Digits { cells, .. } => Some((&cells[..], filled.truth.get(&field.name)?)),
            _ => None,
        });
        let (cells, stand): (Vec<&[Rect]>, Vec<&String>) = rows.unzip();
        for ((row, cells), stands) in read_rows(&cells, self.registered, self.engines).iter().zip(cells).zip(stand) {
            self.row(row, cells, stands);
        }
    }

    fn row(&mut self, readings: &[CellReading], cells: &[Rect], stands: &str) {
        for (i, (reading, cell)) in readings.iter().zip(cells).enumerate() {
            let stands = stands.chars().nth(i);
            if let CellReading::Digit(guess, maker) = reading {
                let (digit, score) = guess.ranked()[0];
                let wrong = Some(digit) != stands;
                self.tally.add(Recogniser::Digit, DIGIT_BINS, score, wrong, self.by_hand);
                // As the reader took it, whoever made it.
                if *maker == Maker::Machine {
                    self.tally.add_for_both(Recogniser::PrintedDigit, DIGIT_BINS, score, wrong);
                }
            }
            if is_blank(self.registered, *cell).verdict == Verdict::Blank {
                self.tally.add(Recogniser::Blank, WHOLE, 1.0, stands.is_some(), self.by_hand);
            }
        }
    }

    fn choice(&mut self, options: &[ChoiceOption], stands: &str) {
        let read = read_choice(options, self.registered);
        let Chance::Uncalibrated(doubt) = read.chance else { return };
        let says = read.content.written().map_or("", Personal::expose);
        let recogniser = if read.content == Content::Blank { Recogniser::NoMark } else { Recogniser::Mark };
        if read.doubts.is_empty() {
            self.tally.add(recogniser, MARK_BINS, 1.0 - doubt, says != stands, self.by_hand);
        }
    }

    /// Whether the likeliest reading is what was written, spaces aside.
    fn line(&mut self, rect: Rect, content: LineContent, pattern: Option<&LinePattern>, stands: &str) {
        let Some((readings, second)) = line_readings(rect, content, pattern, self.registered, self.engines) else {
            return;
        };
        let Some(best) = readings.first() else { return };
        let read = line::text(best, content);
        let twice = second.as_deref().map(|other| line::same(&read, &line::cleaned(other, content)));
        let recogniser = if twice == Some(true) { Recogniser::LineTwice } else { Recogniser::Line };
        // Whatever else it is, such a number waits for a person.
        let counts = content != LineContent::Phone || phone::is_number(&read);
        if counts && twice != Some(false) {
            self.tally.add(recogniser, LINE_BINS, score(best), !line::same(&read, stands), self.by_hand);
        }
    }

    fn kana(&mut self, cells: &[Rect], stands: &str) {
        let Some(row) = kana_row(cells, self.registered, self.engines) else { return };
        let Some(best) = row.readings.first() else { return };
        self.tally.add(Recogniser::Kana, LINE_BINS, score(best), !line::same(&best.text(), stands), self.by_hand);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_that_is_wrong_more_often_than_a_less_sure_one_or_tells_nothing_is_one_with_it() {
        let mut table = Table { on: Writing::People, repeated: 1.0, bins: Vec::new() };
        for (from, read, wrong) in [(0.9, 50, 0), (0.8, 1000, 3), (0.7, 1000, 0), (0.5, 1000, 40)] {
            let count = Count { read, wrong };
            table.bins.push(Bin { from, printed: count, handwritten: count });
            pool(&mut table);
        }
        let pooled: Vec<(f64, u64, u64)> =
            table.bins.iter().map(|b| (b.from, b.printed.read, b.handwritten.wrong)).collect();
        assert_eq!(pooled, [(0.7, 2050, 3), (0.5, 1000, 40)]);
    }
}
