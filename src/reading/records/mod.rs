//! An export of electronic applications: a CSV file becomes one sheet a row, so that one bad row fails alone.
//!
//! Rows and cells are found in the bytes and each cell is decoded by itself. In UTF-8 and in CP932 no byte of a character
//! looks like a comma, a quotation mark or a line's end, so bytes that are no characters spoil their own cell only.

mod cell;
mod quotes;
pub mod shape;

use std::ops::Range;

use csv::{ByteRecord, ReaderBuilder};
use zeroize::Zeroizing;

use super::decode::DecodeError;
use crate::message;
use crate::model::message::Message;
use crate::model::record::{Encoding, RecordLayout};
use crate::model::value::FieldValue;
use crate::ports::reader::{Original, Sheet, SheetOutcome};

/// The largest export, in bytes: its rows are a few kilobytes each.
pub const MOST_BYTES: u64 = 40 << 20;

/// Rows of one export; more than a night enters.
const MOST_ROWS: u16 = 10_000;

/// The longest row, in bytes: no application of any ward is so long, and a broken quotation easily is.
const LONGEST_ROW: usize = 256 << 10;

/// Columns that are named in a message about a header.
const NAMED: usize = 5;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads every row in order and hands each sheet on as soon as it is read.
///
/// # Errors
/// If the file is not an export of this layout. After an error nothing handed on counts.
pub fn read_rows(file: &[u8], layout: &RecordLayout, mut hand_on: impl FnMut(Sheet)) -> Result<(), DecodeError> {
    let file = match layout.encoding {
        Encoding::Utf8 => file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file),
        Encoding::Cp932 => file,
    };
    if file.len() as u64 > MOST_BYTES {
        return Err(DecodeError::OverCap(message!("reading.export-too-large", megabytes = MOST_BYTES >> 20)));
    }
    if let Some(line) = quotes::broken(file) {
        return Err(DecodeError::Undecodable(message!("reading.broken-quotation", line = line)));
    }
    let rows = rows(file)?;
    let Some((header, rows)) = rows.split_first() else {
        return Err(DecodeError::Undecodable(message!("reading.empty-export")));
    };
    let places = places(&header.cells, layout).map_err(DecodeError::Undecodable)?;
    if rows.is_empty() {
        return Err(DecodeError::Undecodable(message!("reading.no-applications")));
    }
    for (number, row) in (1..).zip(rows) {
        let outcome = match refusal(row, header.cells.len()) {
            Some(why) => SheetOutcome::Refused { why, registration: None },
            None => {
                let fields = fields(row, layout, &places);
                SheetOutcome::Read { form: layout.name.clone(), registration: None, fields }
            }
        };
        let csv = Zeroizing::new([&file[header.bytes.clone()], &file[row.bytes.clone()]].concat());
        hand_on(Sheet { page: number, outcome, original: Original::Row { csv } });
    }
    Ok(())
}

/// A row with the place it has in the file.
struct Row {
    cells: ByteRecord,
    /// From 1.
    line: u64,
    bytes: Range<usize>,
}

/// The header and the rows below it.
fn rows(file: &[u8]) -> Result<Vec<Row>, DecodeError> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    let mut rows: Vec<Row> = Vec::new();
    let mut cells = ByteRecord::new();
    let (mut at, mut line) = (0, 1);
    while reader.read_byte_record(&mut cells).map_err(|_| DecodeError::Undecodable(message!("reading.empty-export")))? {
        if rows.len() > usize::from(MOST_ROWS) {
            return Err(DecodeError::OverCap(message!("reading.too-many-rows", limit = MOST_ROWS)));
        }
        let mut end = usize::try_from(reader.position().byte()).unwrap_or(file.len()).min(file.len());
        if file[..end].ends_with(b"\r") && file[end..].starts_with(b"\n") {
            end += 1;
        }
        // The reader passes empty lines over.
        let blank = file[at..end].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = at + blank;
        let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        line += lines(&file[at..start]);
        rows.push(Row { cells: std::mem::take(&mut cells), line, bytes: start..end });
        line += lines(&file[start..end]);
        at = end;
    }
    Ok(rows)
}

/// Where each field's column stands. The columns may stand in any order, but they must be those of the layout: an export
/// with others is of another system or another year, and who knows what its columns mean.
fn places(header: &ByteRecord, layout: &RecordLayout) -> Result<Vec<usize>, Message> {
    let decoded = |encoding| header.iter().map(|cell| cell::decoded(cell, encoding)).collect::<Option<Vec<String>>>();
    let fits = |found: &[String]| {
        found.len() == layout.columns().count() && layout.columns().all(|c| found.iter().any(|f| f == c))
    };
    let found = match decoded(layout.encoding) {
        Some(found) if fits(&found) => found,
        found => {
            let others = Encoding::ALL.into_iter().filter(|other| *other != layout.encoding);
            let other = others.into_iter().find(|other| decoded(*other).is_some_and(|found| fits(&found)));
            return Err(match (other, found) {
                (Some(other), _) => {
                    message!("reading.other-encoding", expected = layout.encoding.word(), found = other.word())
                }
                (None, None) => message!("reading.header-undecodable", encoding = layout.encoding.word()),
                (None, Some(found)) => other_header(&found, layout),
            });
        }
    };
    let place = |column: &str| found.iter().position(|f| f == column).unwrap_or_default();
    Ok(layout.fields.iter().map(|field| place(&field.column)).collect())
}

/// What is missing, unknown or twice in a header. Only the layout's own words are told: the first line of a file without a
/// header is a person's.
fn other_header(found: &[String], layout: &RecordLayout) -> Message {
    let known: Vec<&str> = layout.columns().collect();
    let times = |column: &str| found.iter().filter(|f| *f == column).count();
    let twice: Vec<&str> = known.iter().copied().filter(|column| times(column) > 1).collect();
    if !twice.is_empty() {
        return message!("reading.column-twice", columns = named(&twice));
    }
    let missing: Vec<&str> = known.iter().copied().filter(|column| times(column) == 0).collect();
    let unknown = found.iter().filter(|column| !known.contains(&column.as_str())).count();
    let (expected, found) = (known.len(), found.len());
    message!("reading.other-header", expected = expected, found = found, missing = named(&missing), unknown = unknown)
}

/// Columns as the layout calls them.
fn named(columns: &[&str]) -> String {
    let shown = columns.iter().take(NAMED).map(|column| column.chars().take(20).collect::<String>());
    let more = if columns.len() > NAMED { ", …" } else { "" };
    if columns.is_empty() { "-".to_owned() } else { shown.collect::<Vec<_>>().join(", ") + more }
}

/// Why nothing can be said about a row's cells.
fn refusal(row: &Row, columns: usize) -> Option<Message> {
    let (line, found) = (row.line, row.cells.len());
    if row.bytes.len() > LONGEST_ROW {
        return Some(message!("reading.row-too-long", line = line, kilobytes = LONGEST_ROW >> 10));
    }
    if found != columns {
        return Some(message!("reading.row-cell-count", line = line, expected = columns, found = found));
    }
    row.cells.iter().all(<[u8]>::is_empty).then(|| message!("reading.empty-row", line = line))
}

fn fields(row: &Row, layout: &RecordLayout, places: &[usize]) -> Vec<FieldValue> {
    let cells = layout.fields.iter().zip(places);
    cells.map(|(field, at)| cell::value(field, &row.cells[*at], layout.encoding)).collect()
}

#[cfg(test)]
mod tests;
