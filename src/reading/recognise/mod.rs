//! A registered page and its form to field values: each kind of field by the recogniser that reads it best.

pub mod cell;
pub mod characters;
pub mod code;
pub mod decode;
pub mod digits;
pub mod line;
pub mod pieces;
pub mod print;
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
use digits::DigitGuess;
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
        let cells = page.fields.iter().map(|field| match &field.kind {
            FieldKind::Digits { cells, .. } => &cells[..],
            _ => &[],
        });
        let rows = read_rows(&cells.collect::<Vec<_>>(), registered, self);
        page.fields.iter().zip(&rows).map(|(field, row)| read_field(field, row, registered, self)).collect()
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

/// `row` is what its boxes hold, of a field of digits.
fn read_field(field: &Field, row: &[CellReading], registered: &Registered, engines: &mut Engines) -> FieldValue {
    let mut decided = match &field.kind {
        FieldKind::Digits { check, .. } => decide::row::decide(row, *check, engines.models.calibration.as_ref()),
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

/// A box whose ink the classifier is shown.
struct Inked {
    row: usize,
    place: usize,
    picture: cell::Picture,
    /// A stroke runs on into the next box.
    cut: bool,
}

/// The rows of digits of a page: each box by itself, then all of them held against each other for what made them. Boxes
/// without ink are not shown to the classifier.
pub fn read_rows(rows: &[&[Rect]], registered: &Registered, engines: &Engines) -> Vec<Vec<CellReading>> {
    let (mut readings, mut inked) = (Vec::new(), Vec::new());
    for (row, cells) in rows.iter().enumerate() {
        readings.push(Vec::new());
        for (place, (own, rect)) in cell::cut_row(cells, registered).iter().zip(*cells).enumerate() {
            let verdict = if own.is_empty() { Verdict::Blank } else { ink::is_blank(registered, *rect).verdict };
            if let (Verdict::Written, Some(picture)) = (verdict, cell::normalise(&own.ink)) {
                inked.push(Inked { row, place, picture, cut: own.cut });
            }
            readings[row].push(if verdict == Verdict::Blank { CellReading::Blank } else { CellReading::Faint });
        }
    }
    let pictures: Vec<cell::Picture> = inked.iter().map(|seen| seen.picture).collect();
    let guesses = if pictures.is_empty() { Ok(Vec::new()) } else { engines.models.digits.classify_leaning(&pictures) };
    // The network was tried when it was loaded; should it fail now, every box stays faint and waits for a person.
    let guesses = guesses.unwrap_or_default();
    let is_digit = |(seen, guess): &(&Inked, &DigitGuess)| !seen.cut && guess.none <= guess.ranked()[0].1;
    let digits = inked.iter().zip(&guesses).filter(is_digit);
    let digits: Vec<_> = digits.map(|(seen, guess)| (guess.ranked()[0].0, &seen.picture)).collect();
    let mut makers = print::makers(&digits).into_iter();
    for (seen, guess) in inked.iter().zip(&guesses) {
        let maker = is_digit(&(seen, guess)).then(|| makers.next()).flatten();
        readings[seen.row][seen.place] = match maker {
            Some(maker) => CellReading::Digit(*guess, maker),
            None => CellReading::NoDigit(*guess),
        };
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
