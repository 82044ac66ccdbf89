//! A registered page and its form to field values: each kind of field by the recogniser that reads it best.

pub mod cell;
pub mod characters;
pub mod code;
pub mod decode;
pub mod digits;
pub mod line;
pub mod pieces;
pub mod tesseract;

use std::path::Path;
use std::sync::Arc;

use crate::message;
use crate::model::form::{CodeKind, Field, FieldKind, Form, LineContent, LinePattern};
use crate::model::message::Message;
use crate::model::value::{Chance, Content, FieldValue, Provenance, Rect};

use super::calibration::{Calibration, Recogniser};
use super::decide::row::CellReading;
use super::decide::{self, Decided};
use super::ink::{self, Verdict};
use super::language::contents;
use super::language::grammar::Grammar;
use super::lexicon::Lexicon;
use super::mark;
use super::models::Models;
use super::register::Registered;
use super::sheets::ReadForm;
use decode::{Guess, Reading};
use pieces::Pieces;

/// From this score on a line is not read a second time.
const SURE: f64 = 0.97;

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

    /// What is known without looking.
    pub fn lexicon(&self) -> Arc<Lexicon> {
        Arc::clone(&self.models.lexicon)
    }

    /// What is not as it was when the calibration was measured; while there is any, nothing passes unseen.
    pub fn mismatches(&self) -> &[Message] {
        &self.models.mismatches
    }
}

impl ReadForm for Engines {
    fn fields(&mut self, page: &Form, registered: &Registered) -> Vec<FieldValue> {
        page.fields.iter().map(|field| read_field(field, registered, self)).collect()
    }

    /// Also derives the values of groups.
    fn together(&mut self, form: &Form, fields: &mut Vec<FieldValue>) {
        decide::link::hold_together(form, fields, &self.models.lexicon);
        decide::date::derive_groups(&form.groups, fields);
    }
}

/// Reads every field of a form of one page in the form's order, and holds them against each other.
pub fn read_fields(form: &Form, registered: &Registered, engines: &mut Engines) -> Vec<FieldValue> {
    let mut fields = engines.fields(form, registered);
    engines.together(form, &mut fields);
    fields
}

fn read_field(field: &Field, registered: &Registered, engines: &mut Engines) -> FieldValue {
    let mut decided = match &field.kind {
        FieldKind::Digits { cells, check } => {
            let row = read_cells(cells, registered, engines);
            decide::row::decide(&row, *check, engines.models.calibration.as_ref())
        }
        FieldKind::Kana { cells } => read_kana(cells, registered, engines),
        FieldKind::Line { rect, content, pattern } => read_line(*rect, *content, pattern.as_ref(), registered, engines),
        FieldKind::Choice { options } => read_choice(options, registered, engines.models.calibration.as_ref()),
        FieldKind::Code { rect, codes, pattern } => {
            read_code(*rect, codes, pattern.as_ref(), registered, engines.models.calibration.as_ref())
        }
    };
    if field.required && decided.content == Content::Blank {
        decided.doubts.push(message!("reading.required-left-empty"));
    }
    if !field.kind.places().into_iter().all(|place| registered.placement.shows(place)) {
        decided.doubts.push(message!("reading.cut-off"));
    }
    let extent = field.extent().unwrap_or(Rect { x: 0.0, y: 0.0, width: 0.0, height: 0.0 });
    FieldValue {
        field: field.name.clone(),
        content: decided.content,
        chance: decided.chance,
        provenance: Provenance::Zone(extent),
        alternatives: decided.alternatives,
        doubts: decided.doubts,
        evidence: Vec::new(),
    }
}

/// Each box by itself; boxes without ink are not shown to the classifier.
pub fn read_cells(cells: &[Rect], registered: &Registered, engines: &Engines) -> Vec<CellReading> {
    let row = cell::cut_row(cells, registered);
    let verdict = |(own, rect): (&cell::CellInk, &Rect)| {
        if own.is_empty() { Verdict::Blank } else { ink::is_blank(registered, *rect).verdict }
    };
    let verdicts: Vec<Verdict> = row.iter().zip(cells).map(verdict).collect();
    let written = verdicts.iter().enumerate().filter(|(_, verdict)| **verdict == Verdict::Written);
    let (places, pictures): (Vec<usize>, Vec<cell::Picture>) =
        written.filter_map(|(i, _)| Some((i, cell::normalise(&row[i].ink)?))).unzip();
    let mut readings: Vec<CellReading> = verdicts
        .iter()
        .map(|verdict| if *verdict == Verdict::Blank { CellReading::Blank } else { CellReading::Faint })
        .collect();
    let guesses = if pictures.is_empty() { Ok(Vec::new()) } else { engines.models.digits.classify_leaning(&pictures) };
    // The network was tried when it was loaded; should it fail now, every box stays faint and waits for a person.
    for (place, guess) in places.into_iter().zip(guesses.unwrap_or_default()) {
        let none = row[place].cut || guess.none > guess.ranked()[0].1;
        readings[place] = if none { CellReading::NoDigit(guess) } else { CellReading::Digit(guess) };
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
        Chance::Calibrated(..) | Chance::NotRead => None,
    };
    Decided {
        content: read.content,
        chance: chance.unwrap_or(read.chance),
        alternatives: read.alternatives,
        doubts: read.doubts,
    }
}

fn read_code(
    rect: Rect,
    kinds: &[CodeKind],
    pattern: Option<&LinePattern>,
    registered: &Registered,
    calibration: Option<&Calibration>,
) -> Decided {
    if ink::is_blank(registered, rect).verdict == Verdict::Blank {
        return Decided::blank(blank_chance(calibration));
    }
    decide::code::decide(&code::read_codes(rect, kinds, registered), kinds, pattern, calibration)
}

fn read_line(
    rect: Rect,
    content: LineContent,
    pattern: Option<&LinePattern>,
    registered: &Registered,
    engines: &mut Engines,
) -> Decided {
    let blank = ink::is_blank(registered, rect).verdict;
    if blank == Verdict::Blank {
        return Decided::blank(blank_chance(engines.models.calibration.as_ref()));
    }
    let Some((readings, second)) = line_readings(rect, content, pattern, registered, engines) else {
        return Decided::unreadable(message!("reading.faint-writing"));
    };
    let mut decided = decide::line::decide(&readings, second.as_deref(), content, engines.models.calibration.as_ref());
    if pattern.is_some_and(|pattern| decided.content.written().is_some_and(|t| !pattern.fits(t.expose()))) {
        decided.doubts.push(message!("reading.not-as-patterned"));
    }
    if blank == Verdict::Faint {
        decided.doubts.push(message!("reading.faint-writing"));
    }
    decided
}

/// The readings of a line's ink, best first, and what Tesseract makes of it where the first reader is in doubt: it takes
/// ten times as long. `None` if there is no ink.
pub fn line_readings(
    rect: Rect,
    content: LineContent,
    pattern: Option<&LinePattern>,
    registered: &Registered,
    engines: &mut Engines,
) -> Option<(Vec<Reading>, Option<String>)> {
    let line = line::cut_line(rect, registered)?;
    let models = &mut engines.models;
    let pieces = Pieces::of(&line.ink, registered.dots_per_mm);
    let guesses = classified(&pieces, models).unwrap_or_default();
    let by = |grammar: &Grammar| decode::decode(&pieces, &guesses, grammar);
    let patterned = pattern.map(|pattern| by(&contents::patterned(pattern))).unwrap_or_default();
    let readings = if patterned.is_empty() { by(models.contents.line(content)) } else { patterned };
    let sure = readings.first().is_some_and(|best| decide::line::score(best) >= SURE);
    let second = if sure { None } else { line.read(&mut models.tesseract).ok() };
    Some((readings, second))
}

/// A row of kana boxes, not all of them blank.
pub struct KanaRow {
    /// Best first.
    pub readings: Vec<Reading>,
    /// A box holds ink too slight to be sure that it was meant.
    pub faint: bool,
    /// A stroke runs on into the next box.
    pub cut: bool,
}

/// Reads a row of kana boxes; `None` if all of them are blank.
pub fn kana_row(cells: &[Rect], registered: &Registered, engines: &Engines) -> Option<KanaRow> {
    let verdicts: Vec<Verdict> = cells.iter().map(|rect| ink::is_blank(registered, *rect).verdict).collect();
    if verdicts.iter().all(|verdict| *verdict == Verdict::Blank) {
        return None;
    }
    let row = cell::cut_row(cells, registered);
    let inked = row.iter().zip(&verdicts).map(|(own, verdict)| {
        let written = !own.is_empty() && *verdict != Verdict::Blank;
        written.then_some(&own.ink)
    });
    let pieces = Pieces::of_boxes(inked);
    let guesses = classified(&pieces, &engines.models).unwrap_or_default();
    Some(KanaRow {
        readings: decode::decode(&pieces, &guesses, engines.models.contents.kana()),
        faint: verdicts.contains(&Verdict::Faint),
        cut: row.iter().any(|own| own.cut),
    })
}

/// One for each segment, none for ink without a stroke. `None` if a classifier fails, which was tried when it was
/// loaded: without guesses there are no readings.
fn classified(pieces: &Pieces, models: &Models) -> Option<Vec<Option<Guess>>> {
    let pictures: Vec<_> = pieces.segments.iter().map(|s| characters::normalise(&s.ink)).collect();
    let seen: Vec<_> = pictures.iter().flatten().cloned().collect();
    let mut characters = models.characters.classify(&seen).ok()?.into_iter();
    let digits: Vec<_> =
        pieces.segments.iter().map(|s| s.may_be_digit().then(|| cell::normalise(&s.ink)).flatten()).collect();
    let seen: Vec<_> = digits.iter().flatten().copied().collect();
    let known = if seen.is_empty() { Vec::new() } else { models.digits.classify(&seen).ok()? };
    let mut known = known.into_iter();
    let guess = |(picture, digit): (&Option<_>, &Option<_>)| {
        let digit = digit.as_ref().and_then(|_| known.next());
        picture.as_ref().and_then(|_| characters.next()).map(|character| Guess { character, digit })
    };
    Some(pictures.iter().zip(&digits).map(guess).collect())
}

fn blank_chance(calibration: Option<&Calibration>) -> Chance {
    let chance = calibration.and_then(|c| c.chance(Recogniser::Blank, 1.0));
    chance.unwrap_or(Chance::Uncalibrated(0.0))
}

fn read_kana(cells: &[Rect], registered: &Registered, engines: &Engines) -> Decided {
    let calibration = engines.models.calibration.as_ref();
    let Some(row) = kana_row(cells, registered, engines) else { return Decided::blank(blank_chance(calibration)) };
    let mut decided = decide::kana::decide(&row.readings, calibration);
    if row.faint {
        decided.doubts.push(message!("reading.faint-writing"));
    }
    if row.cut {
        decided.doubts.push(message!("reading.strokes-through-boxes"));
    }
    decided
}
