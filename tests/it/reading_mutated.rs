//! Files of every kind with something changed in them, hundreds at each `make test`, ten thousand at each proof: each
//! ends with an outcome that has a name, none ends or stalls the reader, and afterwards a good file is read as before.
//!
//! `PROOF_MUTATED` sets how many (200 without it).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jitan::adapters::reader_process::{ReaderProcess, Settings};
use jitan::ports::reader::{ReadError, Reader, Reading, SheetOutcome};
use jitan::reading::page::Gray;

use crate::paper::{Dice, Scanner, first_form};
use crate::scan_files::{
    DCT, FLATE, ccitt, cmyk_jpeg, cmyk_tiff, deflated, g4_tiff, jbig2, jpeg, oriented_tiff, png_with_true_sums,
    scanned_pdf, searchable_pdf,
};

/// One file may take so long at most, a crash and a new child included.
const SLOWEST: Duration = Duration::from_secs(60);

/// Mostly small pages: what is tried here are decoders, and most time would go into finding the form. One is large enough
/// to be recognised, so that what comes after decoding sees damaged pages, too.
fn good_files() -> Vec<(&'static str, Vec<u8>)> {
    let whole = Scanner { degrees: 0.6, noise: 5.0, ..Scanner::default() }.scan(&first_form().blank.picture);
    let page = quarter(&whole);
    let (g4_dict, g4_data) = ccitt(&page);
    let (jbig2_dict, jbig2_data) = jbig2(&page);
    vec![
        ("PNG", page.to_png()),
        ("JPEG", jpeg(&page)),
        ("CMYK JPEG", cmyk_jpeg(&page)),
        ("G4 TIFF", g4_tiff(&[page.clone(), page.turned(1)])),
        ("oriented TIFF", oriented_tiff(&[(&page, 1), (&page, 6)])),
        ("CMYK TIFF", cmyk_tiff(&page)),
        ("PDF with JPEG", scanned_pdf(&[(&page, DCT, jpeg(&page)), (&page, DCT, jpeg(&page))])),
        ("PDF with Flate", scanned_pdf(&[(&page, FLATE, deflated(&page.pixels))])),
        ("PDF with G4", scanned_pdf(&[(&page, &g4_dict, g4_data)])),
        ("PDF with JBIG2", scanned_pdf(&[(&page, &jbig2_dict, jbig2_data)])),
        ("searchable PDF", searchable_pdf(&page)),
        ("JPEG of a whole page", jpeg(&whole)),
    ]
}

fn quarter(page: &Gray) -> Gray {
    let (width, height) = (page.width / 4, page.height / 4);
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| page.at(4 * x, 4 * y));
    Gray { width, height, pixels: pixels.collect() }
}

/// The file with one to four changes, as damage and malice make them.
fn mutated(file: &[u8], others: &[(&str, Vec<u8>)], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=dice.below(4) {
        change(&mut bytes, others, dice);
    }
    if bytes.starts_with(b"\x89PNG") && dice.below(2) == 0 {
        // With wrong sums a decoder looks no further.
        bytes = png_with_true_sums(&bytes);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, others: &[(&str, Vec<u8>)], dice: &mut Dice) {
    let place = |dice: &mut Dice, bytes: &[u8]| {
        // Half of the changes go where headers are.
        let most = if dice.below(2) == 0 { bytes.len().min(600) } else { bytes.len() };
        dice.below(most.max(1) as u64) as usize
    };
    let at = place(dice, bytes);
    let rest = bytes.len() - at.min(bytes.len());
    let length = (dice.below(64) as usize + 1).min(rest);
    match dice.below(9) {
        0 => bytes.iter_mut().skip(at).take(1).for_each(|b| *b ^= 1 << dice.below(8)),
        1 => bytes.iter_mut().skip(at).take(length).for_each(|b| *b = dice.next() as u8),
        2 => drop(bytes.drain(at..at + length)),
        3 => bytes.truncate(at),
        4 => {
            let again = bytes[at..at + length].to_vec();
            bytes.splice(at..at, again.into_iter().cycle().take(length * 8));
        }
        5 => drop(bytes.splice(at..at, (0..length).map(|_| dice.next() as u8))),
        6 => {
            // Lengths, counts and offsets at their extremes.
            let extreme = [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX, 0xffff][dice.below(6) as usize];
            let value = if dice.below(2) == 0 { extreme.to_be_bytes() } else { extreme.to_le_bytes() };
            bytes.iter_mut().skip(at).zip(value).for_each(|(b, v)| *b = v);
        }
        7 => {
            // A number written in letters, as PDF has them, gets longer.
            let digit = (at..bytes.len()).find(|i| bytes[*i].is_ascii_digit());
            if let Some(i) = digit {
                bytes.splice(i..=i, *b"99999999");
            }
        }
        _ => {
            let other = &others[dice.below(others.len() as u64) as usize].1;
            let from = dice.below(other.len() as u64) as usize;
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
    }
}

fn outcome(read: &Result<Reading, ReadError>) -> &'static str {
    match read {
        Err(ReadError::Undecodable(_)) => "cannot be decoded",
        Err(ReadError::OverCap(_)) => "over a cap",
        Err(ReadError::Crashed(_)) => "the child crashed",
        Err(ReadError::Unavailable(_)) => "unavailable",
        Ok(reading) if reading.sheets.iter().any(|s| matches!(s.outcome, SheetOutcome::Read { .. })) => "read",
        Ok(reading) if reading.sheets.is_empty() => "no pages",
        Ok(_) => "refused",
    }
}

#[tokio::test]
async fn whatever_is_changed_in_a_file_it_ends_with_a_named_outcome_and_the_reader_goes_on() {
    let count: usize = std::env::var("PROOF_MUTATED").map_or(200, |n| n.parse().unwrap());
    let files = good_files();
    let settings = Settings { patience: SLOWEST / 2, ..Settings::for_program(env!("CARGO_BIN_EXE_jitan").into()) };
    let reader = ReaderProcess::new(settings);
    let forms = [first_form().with_blanks()];
    let mut outcomes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for number in 0..count {
        let (kind, file) = &files[number % files.len()];
        let mut dice = Dice(number as u64);
        let bytes = mutated(file, &files, &mut dice);
        let begun = Instant::now();
        let read = reader.read(&bytes, &forms).await;
        let how = outcome(&read);
        assert!(begun.elapsed() < SLOWEST, "{kind} {number} took {:?}: {how}", begun.elapsed());
        assert!(!["unavailable", "no pages"].contains(&how), "{kind} {number}: {read:?}");
        if how == "the child crashed" {
            println!("{kind} {number}: {read:?}");
        }
        *outcomes.entry((kind, how)).or_default() += 1;
    }
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    for ((kind, how), times) in &outcomes {
        println!("{kind}: {how} {times}");
        *all.entry(how).or_default() += times;
    }
    println!("mutated files: {count} in all, {all:?}");
    assert!(all.contains_key("read"), "no damaged page came as far as a recogniser: {all:?}");
    let page = Scanner { degrees: 0.6, noise: 5.0, ..Scanner::default() }.scan(&first_form().blank.picture);
    let good = reader.read(&page.to_png(), &forms).await;
    assert_eq!(outcome(&good), "read", "{good:?}");
}
