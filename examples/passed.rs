//! How many fields pass without a person, and how many of those are wrong, on generated pages of digits and typefaces
//! that neither training nor calibration saw:
//!
//! `cargo run --release --example passed -- BLANKS DIGITS TYPEFACES PAGES`
//!
//! BLANKS holds `NAME.png` and `NAME.fields.json`; DIGITS the unpacked files of MNIST's training set, of which images
//! 50,000 to 59,999 are used; TYPEFACES the files of Klee One, setofont, IPA Gothic and Noto Serif CJK. Half of the pages
//! are written by hand.

mod filled;
mod paper;
mod passing;
mod pen;
mod residents;

use std::path::{Path, PathBuf};

use ab_glyph::FontVec;
use anyhow::{Context, Result};
use filled::{Filled, Typefaces, Writer, Written};
use jitan::adapters::reader_process::run_like_a_child;
use jitan::model::value::{Content, FieldValue};
use jitan::reading::recognise::{Engines, read_fields};
use jitan::reading::register::register;
use passing::Document;
use rand::SeedableRng;
use rand::rngs::StdRng;
use residents::Residents;
use unicode_normalization::UnicodeNormalization;

const DIGITS: &[filled::Set] = &[("train", std::slice::from_ref(&(50_000..60_000)))];
/// Calibration uses the numbers below for its pages.
const FIRST_SEED: u64 = 1_000_000;

fn main() -> Result<()> {
    run_like_a_child()?;
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [blanks, digits, typefaces, pages] = &args[..] else { anyhow::bail!("BLANKS DIGITS TYPEFACES PAGES") };
    let pages: u64 = pages.to_str().context("how many pages?")?.parse()?;
    let workers = std::thread::available_parallelism()?.get() as u64;
    let parts: Vec<Result<Read>> = std::thread::scope(|scope| {
        let part =
            |worker| scope.spawn(move || part(blanks, digits, typefaces, (worker..pages).step_by(workers as usize)));
        let started: Vec<_> = (0..workers).map(part).collect();
        started.into_iter().map(|thread| thread.join().expect("a worker does not panic")).collect()
    });
    let mut all = Read::default();
    for part in parts {
        let part = part?;
        all.documents.extend(part.documents);
        all.refused += part.refused;
        all.reader = part.reader;
    }
    println!("{}\n{pages} pages, {} refused", all.reader, all.refused);
    passing::print(&all.documents);
    Ok(())
}

#[derive(Default)]
struct Read {
    documents: Vec<Document>,
    refused: usize,
    reader: String,
}

fn part(blanks: &Path, digits: &Path, typefaces: &Path, pages: impl Iterator<Item = u64>) -> Result<Read> {
    let blanks = paper::blanks(blanks)?;
    let mut engines = Engines::load(Path::new("ocr-models")).map_err(|m| anyhow::anyhow!("{m}"))?;
    let lexicon = engines.lexicon();
    let mut writer = Writer {
        written: &mut Written::open(digits, DIGITS)?,
        fonts: &of_scans(typefaces)?,
        residents: &Residents { lexicon: &lexicon },
        empty: 0.1,
        kana_for_digits: 0.05,
    };
    let mut read = Read { reader: engines.fingerprint(), ..Read::default() };
    for page in pages {
        let mut rng = StdRng::seed_from_u64(FIRST_SEED + page);
        let blank = &blanks[page as usize % blanks.len()];
        let by_hand = (page / blanks.len() as u64).is_multiple_of(2);
        let filled = writer.fill(blank, by_hand, page, &mut rng);
        let scan = pen::Scanner::any(&mut rng).scan(&filled.sheet, &mut rng);
        match register(&scan, &blanks) {
            Ok((which, registered)) if blanks[which].form.name == blank.form.name => {
                let fields = read_fields(&filled.form, &registered, &mut engines);
                read.documents.push(document(fields, &filled, by_hand));
            }
            _ => read.refused += 1,
        }
    }
    Ok(read)
}

/// Those of labelled scans, which stand in neither list (Debian: fonts-klee, fonts-seto, fonts-ipafont-gothic,
/// fonts-noto-cjk).
fn of_scans(folder: &Path) -> Result<Typefaces> {
    let open = |names: &[&str]| -> Result<Vec<FontVec>> {
        names.iter().map(|name| pen::typeface(&folder.join(name))).collect()
    };
    let printed = ["ipag.ttf", "NotoSerifCJK-Regular.ttc"];
    let written = ["KleeOne-Regular.ttf", "KleeOne-SemiBold.ttf", "setofont.ttf"];
    Ok(Typefaces { digits: open(&printed)?, written: open(&written)?, printed: open(&printed)? })
}

fn document(fields: Vec<FieldValue>, filled: &Filled, by_hand: bool) -> Document {
    let right = fields.iter().map(|value| {
        let stands = filled.truth.get(&value.field).map_or("", String::as_str);
        match &value.content {
            Content::Written(text) => bare(text.expose()) == bare(stands),
            Content::Blank => stands.is_empty(),
            Content::Unreadable => false,
        }
    });
    let right = right.collect();
    let writing = if by_hand { "by hand" } else { "printed" };
    let group = |value: &FieldValue| {
        let kind = filled.form.field(&value.field).map_or("derived", |field| passing::kind(&field.kind));
        format!("{kind} {writing}")
    };
    let groups = fields.iter().map(group).collect();
    Document { fields, right, groups }
}

/// Full-width and half-width forms of a character are one, and spaces count for nothing.
fn bare(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}
