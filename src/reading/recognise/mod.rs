//! A registered page and its form to field values: each kind of field by the recogniser that reads it best.

pub mod cell;
pub mod characters;
pub mod digits;
pub mod line;
pub mod tesseract;

use std::path::Path;

use crate::message;
use crate::model::form::{Field, FieldKind, Form, LineContent};
use crate::model::message::Message;
use crate::model::value::{Chance, Content, FieldValue, Personal, Provenance, Rect};

use super::calibration::{Calibration, Recogniser};
use super::decide::row::CellReading;
use super::decide::{self, Decided, alternative};
use super::ink::{self, Verdict};
use super::mark;
use super::models::Models;
use super::register::Registered;
use cell::CellInk;

/// The loaded recognisers: one set a thread, kept between pages.
pub struct Engines {
    models: Models,
}

impl Engines {
    /// Loads what `manifest.toml` in the folder names.
    ///
    /// # Errors
    /// If a model or Tesseract's language data is missing or broken: says which.
    pub fn load(models_dir: &Path) -> Result<Self, Message> {
        Ok(Self { models: Models::load(models_dir)? })
    }

    /// Names program, models and calibration; differs whenever a reading could.
    pub fn fingerprint(&self) -> String {
        self.models.fingerprint.clone()
    }

    /// What is not as it was when the calibration was measured; while there is any, nothing passes unseen.
    pub fn mismatches(&self) -> &[Message] {
        &self.models.mismatches
    }
}

/// Reads every field of a page in the form's order, then the values derived from groups.
pub fn read_fields(form: &Form, registered: &Registered, engines: &mut Engines) -> Vec<FieldValue> {
    let mut fields: Vec<FieldValue> = form.fields.iter().map(|field| read_field(field, registered, engines)).collect();
    decide::date::derive_groups(&form.groups, &mut fields);
    fields
}

fn read_field(field: &Field, registered: &Registered, engines: &mut Engines) -> FieldValue {
    let decided = match &field.kind {
        FieldKind::Digits { cells, check } => {
            let row = read_cells(cells, registered, engines);
            decide::row::decide(&row, *check, engines.models.calibration.as_ref())
        }
        FieldKind::Kana { cells } => read_kana(cells, registered, engines),
        FieldKind::Line { rect, content } => read_line(*rect, *content, registered, engines),
        FieldKind::Choice { options } => read_choice(options, registered, engines.models.calibration.as_ref()),
    };
    let extent = field.extent().unwrap_or(Rect { x: 0.0, y: 0.0, width: 0.0, height: 0.0 });
    FieldValue {
        field: field.name.clone(),
        content: decided.content,
        chance: decided.chance,
        provenance: Provenance::Zone(extent),
        alternatives: decided.alternatives,
        doubts: decided.doubts,
    }
}

/// Each box by itself; boxes without ink are not shown to the classifier.
pub fn read_cells(cells: &[Rect], registered: &Registered, engines: &Engines) -> Vec<CellReading> {
    let row = cell::cut_row(cells, registered);
    let (mut pictures, mut places) = (Vec::new(), Vec::new());
    let mut readings: Vec<CellReading> = row
        .iter()
        .zip(cells)
        .enumerate()
        .map(|(i, (own, rect))| {
            if own.is_empty() {
                return CellReading::Blank;
            }
            if let Some(picture) = cell::normalise(&own.ink) {
                pictures.push(picture);
                places.push(i);
            }
            match ink::is_blank(registered, *rect).verdict {
                Verdict::Blank => CellReading::Blank,
                Verdict::Faint | Verdict::Written => CellReading::Faint,
            }
        })
        .collect();
    let guesses = if pictures.is_empty() { Ok(Vec::new()) } else { engines.models.digits.classify(&pictures) };
    // The network was tried when it was loaded; should it fail now, every box stays faint and waits for a person.
    for (place, guess) in places.into_iter().zip(guesses.unwrap_or_default()) {
        let written = readings[place] != CellReading::Blank
            && ink::is_blank(registered, cells[place]).verdict == Verdict::Written;
        if written {
            let none = row[place].cut || guess.none > guess.ranked()[0].1;
            readings[place] = if none { CellReading::NoDigit(guess) } else { CellReading::Digit(guess) };
        }
    }
    readings
}

fn read_choice(
    options: &[crate::model::form::ChoiceOption],
    registered: &Registered,
    calibration: Option<&Calibration>,
) -> Decided {
    let read = mark::read_choice(options, registered);
    let recogniser = if read.content == Content::Blank { Recogniser::NoMark } else { Recogniser::Mark };
    let chance = match read.chance {
        Chance::Uncalibrated(wrong) => calibration.and_then(|c| c.chance(recogniser, 1.0 - wrong)),
        Chance::Calibrated(_) => None,
    };
    Decided {
        content: read.content,
        chance: chance.map_or(read.chance, Chance::Calibrated),
        alternatives: read.alternatives,
        doubts: read.doubts,
    }
}

fn read_line(rect: Rect, content: LineContent, registered: &Registered, engines: &mut Engines) -> Decided {
    let models = &mut engines.models;
    let blank = ink::is_blank(registered, rect).verdict;
    if blank == Verdict::Blank {
        return Decided::blank(blank_chance(models.calibration.as_ref()));
    }
    let Some(line) = line::cut_line(rect, registered) else {
        return Decided::unreadable(message!("reading.faint-writing"));
    };
    match line.read(&mut models.tesseract) {
        Ok(readings) => {
            let mut decided = decide::line::decide(&readings, content, models.calibration.as_ref());
            if blank == Verdict::Faint {
                decided.doubts.push(message!("reading.faint-writing"));
            }
            decided
        }
        Err(_) => Decided::unreadable(message!("reading.line-unread")),
    }
}

fn blank_chance(calibration: Option<&Calibration>) -> Chance {
    let chance = calibration.and_then(|c| c.chance(Recogniser::Blank, 1.0));
    chance.map_or(Chance::Uncalibrated(0.0), Chance::Calibrated)
}

/// Kana boxes: the names between empty boxes are read as lines, without their boxes.
fn read_kana(cells: &[Rect], registered: &Registered, engines: &mut Engines) -> Decided {
    let row = cell::cut_row(cells, registered);
    let written: Vec<Verdict> = cells.iter().map(|rect| ink::is_blank(registered, *rect).verdict).collect();
    if written.iter().all(|v| *v == Verdict::Blank) {
        return Decided::blank(blank_chance(engines.models.calibration.as_ref()));
    }
    let filled: Vec<Option<&CellInk>> =
        row.iter().zip(&written).map(|(own, v)| (*v != Verdict::Blank && !own.is_empty()).then_some(own)).collect();
    let words: Vec<Vec<&CellInk>> = filled
        .split(Option::is_none)
        .filter(|word| !word.is_empty())
        .map(|word| word.iter().flatten().copied().collect())
        .collect();
    let mut readings: [Vec<String>; 2] = [Vec::new(), Vec::new()];
    let mut sure = 1.0_f64;
    for word in &words {
        let Some(line) = line::join_cells(word, registered.dots_per_mm) else { continue };
        let Ok(both) = line.read(&mut engines.models.tesseract) else {
            return Decided::unreadable(message!("reading.line-unread"));
        };
        for (texts, reading) in readings.iter_mut().zip(&both) {
            let text = decide::kana::katakana(&reading.text());
            let whole = text.chars().count() == word.len() && decide::kana::is_katakana(&text);
            sure = sure.min(if whole { reading.confidence } else { 0.0 });
            texts.push(text);
        }
    }
    decided_kana(readings, sure, engines.models.calibration.as_ref())
}

fn decided_kana(readings: [Vec<String>; 2], sure: f64, calibration: Option<&Calibration>) -> Decided {
    let [first, second] = readings.map(|words| words.join("　"));
    if first.trim().is_empty() && second.trim().is_empty() {
        return Decided::unreadable(message!("reading.line-unread"));
    }
    let agree = first == second;
    let score = if agree { sure } else { 0.0 };
    let measured = if agree { calibration.and_then(|c| c.chance(Recogniser::Kana, score)) } else { None };
    let mut decided = Decided {
        content: Content::Written(Personal::new(first)),
        chance: measured.map_or(Chance::Uncalibrated(1.0 - score), Chance::Calibrated),
        alternatives: Vec::new(),
        doubts: Vec::new(),
    };
    if !agree {
        decided.doubts.push(message!("reading.two-readings-differ"));
        decided.alternatives.push(alternative(second, 0.5));
    }
    if sure == 0.0 {
        decided.doubts.push(message!("reading.not-one-kana-a-box"));
    }
    decided
}
