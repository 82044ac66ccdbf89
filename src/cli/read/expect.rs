//! `jitan read --expect TRUTH`: what was missed on scans whose content is known, field by field with its picture.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use unicode_normalization::UnicodeNormalization;

use crate::cli::exit::Exit;
use crate::cli::sheet::{Cell, Column, Format, Place, Sheet as Rows};
use crate::message;
use crate::model::id::FormName;
use crate::model::value::{Content, FieldValue};
use crate::ports::reader::{Sheet, SheetOutcome};
use crate::reading::picture;

use super::{Task, write_private};

/// What stands on scans: by file name, later pages as `FILE:PAGE`. A field that is absent was left empty.
pub type Truths = BTreeMap<String, Truth>;

#[derive(serde::Deserialize)]
pub struct Truth {
    fields: BTreeMap<String, String>,
}

/// A field that was read otherwise than it stands there, or a page that was not read.
#[derive(serde::Serialize)]
struct Miss {
    file: String,
    page: u16,
    /// Empty for a page that was not read.
    field: String,
    label: String,
    expected: String,
    read: String,
    /// Nobody would have looked at it.
    passes_unseen: bool,
    crop: Option<PathBuf>,
}

/// # Errors
/// If the file cannot be opened or says something else.
pub fn load(file: &Path) -> anyhow::Result<Truths> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    serde_json::from_str(&text).with_context(|| file.display().to_string())
}

/// Prints what was missed; exit code 1 if anything was.
///
/// # Errors
/// If a picture cannot be written, or a closed pipe.
pub fn print(task: &Task<'_>, truths: &Truths, sheets: &[(&PathBuf, Sheet)]) -> anyhow::Result<Exit> {
    let (mut misses, mut fields) = (Vec::new(), 0);
    for (scan, sheet) in sheets {
        let Some(truth) = truth_of(truths, scan, sheet.page) else {
            let file = scan.display();
            eprintln!("{}", task.lang.render(&message!("cli.read.nothing-expected", file = file, page = sheet.page)));
            continue;
        };
        let missed = missed(task, truth, scan, sheet)?;
        fields += missed.fields;
        misses.extend(missed.misses);
    }
    let unseen = misses.iter().filter(|miss| miss.passes_unseen).count();
    let summary = message!("cli.read.missed", missed = misses.len(), fields = fields, unseen = unseen);
    let exit = if misses.is_empty() { Exit::Ok } else { Exit::RunFailed };
    let mut out = io::stdout().lock();
    match task.args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &misses)?;
            writeln!(out)?;
        }
        Format::Csv => rows(task, &misses).csv(&mut out)?,
        Format::Table if misses.is_empty() => {}
        Format::Table => writeln!(out, "{}", rows(task, &misses).table_for_terminal())?,
    }
    eprintln!("{}", task.lang.render(&summary));
    Ok(exit)
}

fn truth_of<'a>(truths: &'a Truths, scan: &Path, page: u16) -> Option<&'a Truth> {
    let file = scan.file_name()?.to_string_lossy();
    truths.get(&format!("{file}:{page}")).or_else(|| truths.get(file.as_ref()).filter(|_| page == 1))
}

struct Missed {
    fields: usize,
    misses: Vec<Miss>,
}

fn missed(task: &Task<'_>, truth: &Truth, scan: &Path, sheet: &Sheet) -> anyhow::Result<Missed> {
    let file = scan.display().to_string();
    let miss = |field: &str, label: &str, expected: &str, read: String| Miss {
        file: file.clone(),
        page: sheet.page,
        field: field.to_owned(),
        label: label.to_owned(),
        expected: expected.to_owned(),
        read,
        passes_unseen: false,
        crop: None,
    };
    match &sheet.outcome {
        SheetOutcome::Refused { why, .. } => {
            Ok(Missed { fields: truth.fields.len(), misses: vec![miss("", "", "", task.lang.render(why))] })
        }
        SheetOutcome::Read { form, fields, .. } => {
            let waiting = task.rules.waiting(fields);
            let (mut misses, mut known) = (Vec::new(), 0);
            for value in fields {
                let expected = truth.fields.get(value.field.as_str()).map_or("", String::as_str);
                // What follows from other fields is missed only if it was expected.
                if task.bundle.field(form, &value.field).is_none() && expected.is_empty() {
                    continue;
                }
                known += 1;
                if !is_as_expected(&value.content, expected) {
                    misses.push(Miss {
                        passes_unseen: !waiting.contains(&value.field),
                        crop: crop(task, form, value, scan, sheet)?,
                        ..miss(value.field.as_str(), task.label(form, value), expected, task.content(value))
                    });
                }
            }
            Ok(Missed { fields: known, misses })
        }
    }
}

/// Full-width and half-width forms of a character are one, and spaces count for nothing.
fn is_as_expected(content: &Content, expected: &str) -> bool {
    let plain = |text: &str| text.nfkc().filter(|c| !c.is_whitespace()).collect::<String>();
    match content {
        Content::Written(text) => plain(text.expose()) == plain(expected),
        Content::Blank => expected.is_empty(),
        Content::Unreadable => false,
    }
}

/// The field's picture beside those of the pages, if those were asked for.
fn crop(
    task: &Task<'_>,
    form: &FormName,
    value: &FieldValue,
    scan: &Path,
    sheet: &Sheet,
) -> anyhow::Result<Option<PathBuf>> {
    let Some(form) = task.bundle.forms().iter().find(|f| f.name == *form) else { return Ok(None) };
    let Some(field) = form.field(&value.field) else { return Ok(None) };
    let (Some(folder), Some(page), Some(extent)) = (&task.args.picture, sheet.registered(field.page), field.extent())
    else {
        return Ok(None);
    };
    let name = scan.file_name().unwrap_or_default().to_string_lossy();
    let path = folder.join(format!("{name}.{}.{}.png", sheet.page, value.field));
    write_private(&path, &picture::crop(page, form.page, extent)?)?;
    Ok(Some(path))
}

fn rows(task: &Task<'_>, misses: &[Miss]) -> Rows {
    let columns = [
        (message!("cli.read.column-file"), Place::Both),
        (message!("cli.read.column-page"), Place::Both),
        (message!("cli.read.column-name"), Place::Both),
        (message!("cli.read.column-field"), Place::Csv),
        (message!("cli.read.column-expected"), Place::Both),
        (message!("cli.read.column-value"), Place::Both),
        (message!("cli.read.column-unseen"), Place::Both),
        (message!("cli.read.column-crop"), Place::Both),
    ];
    let row = |miss: &Miss| {
        let crop = miss.crop.as_ref().map_or(Cell::Missing, |path| Cell::text(path.display().to_string()));
        let unseen = if miss.passes_unseen { Cell::text("✓") } else { Cell::Missing };
        let text = [&miss.field, &miss.label, &miss.expected, &miss.read].map(|text| Cell::text(text.as_str()));
        let place = [Cell::text(miss.file.as_str()), Cell::text(miss.page.to_string())];
        place.into_iter().chain(text).chain([unseen, crop]).collect()
    };
    Rows {
        title: String::new(),
        columns: columns.map(|(head, place)| Column { head: task.lang.render(&head), place }).into(),
        rows: misses.iter().map(row).collect(),
        total: None,
    }
}
