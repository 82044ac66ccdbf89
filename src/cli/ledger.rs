//! `jitan ledger`: every entry behind the report's figures, each with its document and the record that caused it.

use std::io::Write;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::report::words;
use super::sheet::{Cell, Column, Format, Place, Sheet};
use crate::locale::Lang;
use crate::message;
use crate::model::id::{DocumentId, ScenarioName};
use crate::model::message::Message;
use crate::model::savings::entry::{Basis, Entry, Kind, Restated, Withheld, Work};
use crate::model::savings::ledger::Ledger;
use crate::model::savings::totals::Totals;
use crate::model::time::FiscalYear;

/// A month as people type it: `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    first_day: NaiveDate,
}

impl Month {
    fn contains(self, day: NaiveDate) -> bool {
        (day.year(), day.month()) == (self.first_day.year(), self.first_day.month())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a month such as 2026-11")]
pub struct BadMonth;

impl FromStr for Month {
    type Err = BadMonth;
    fn from_str(text: &str) -> Result<Self, BadMonth> {
        format!("{text}-01").parse().map(|first_day| Self { first_day }).map_err(|_| BadMonth)
    }
}

#[derive(Debug, clap::Args)]
pub struct LedgerArgs {
    /// Only this scenario's entries.
    #[arg(long)]
    pub scenario: Option<ScenarioName>,
    /// Only what was booked in this month: 2026-11.
    #[arg(long)]
    pub month: Option<Month>,
    /// Only what belongs to this fiscal year: 2026 or 令和8年度.
    #[arg(long)]
    pub year: Option<FiscalYear>,
    /// Only this document's entries.
    #[arg(long)]
    pub document: Option<DocumentId>,
    /// How to write them.
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

impl LedgerArgs {
    fn wants(&self, entry: &Entry) -> bool {
        self.scenario.as_ref().is_none_or(|scenario| entry.scenario == *scenario)
            && self.month.is_none_or(|month| month.contains(entry.date))
            && self.year.is_none_or(|year| entry.year() == year)
            && self.document.is_none_or(|document| entry.document == document)
    }
}

/// The entries that were asked for, with their sums.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extract {
    pub totals: Totals,
    pub entries: Vec<Entry>,
}

/// The entries that these arguments ask for, in the order of the journal.
pub fn extract(ledger: &Ledger, args: &LedgerArgs) -> Extract {
    let entries: Vec<Entry> = ledger.entries().iter().filter(|entry| args.wants(entry)).cloned().collect();
    Extract { totals: Totals::of(&entries), entries }
}

/// Writes an extract in the format that was asked for.
///
/// # Errors
/// If writing fails.
pub fn write(extract: &Extract, format: Format, lang: Lang, out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
    match format {
        Format::Table => {
            out.write_all(sheet(extract, lang).table().as_bytes())?;
            out.write_all(sums(&extract.totals, lang).as_bytes())?;
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, extract)?;
            writeln!(out)?;
        }
        Format::Csv => sheet(extract, lang).csv(out)?,
    }
    Ok(())
}

fn sheet(extract: &Extract, lang: Lang) -> Sheet {
    let column = |head: Message, place| Column { head: lang.render(&head), place };
    let columns = vec![
        column(message!("savings.col-date"), Place::Both),
        column(message!("savings.col-document"), Place::Both),
        column(message!("savings.col-name"), Place::Csv),
        column(message!("savings.col-version"), Place::Csv),
        column(message!("savings.col-category"), Place::Both),
        column(message!("savings.col-kind"), Place::Both),
        column(message!("savings.col-kind-word"), Place::Csv),
        column(message!("savings.col-seconds"), Place::Both),
        column(message!("savings.col-entry-documents"), Place::Csv),
        column(message!("savings.col-about"), Place::Csv),
        column(message!("savings.col-year"), Place::Csv),
        column(message!("savings.col-estimated"), Place::Table),
        column(message!("savings.col-mark"), Place::Csv),
        column(message!("savings.col-baseline"), Place::Csv),
        column(message!("savings.col-seq"), Place::Csv),
    ];
    let rows = extract.entries.iter().map(|entry| {
        vec![
            Cell::text(entry.date.to_string()),
            Cell::text(entry.document.to_string()),
            Cell::text(entry.scenario.as_str()),
            Cell::text(entry.version.to_string()),
            Cell::text(entry.category.word()),
            Cell::text(lang.render(&kind(entry))),
            Cell::text(entry.kind.word()),
            Cell::Count(entry.seconds),
            Cell::Count(entry.documents),
            Cell::text(entry.about.to_string()),
            Cell::text(entry.year().to_string()),
            Cell::text(if entry.basis == Basis::Estimated {
                lang.render(&message!("savings.est"))
            } else {
                String::new()
            }),
            Cell::text(lang.render(&basis(entry.basis))),
            entry.baseline.map_or(Cell::Missing, |from| Cell::text(from.to_string())),
            Cell::text(entry.seq.to_string()),
        ]
    });
    Sheet {
        title: lang.render(&message!("savings.ledger-title", count = extract.entries.len())),
        columns,
        rows: rows.collect(),
        total: None,
    }
}

fn basis(basis: Basis) -> Message {
    match basis {
        Basis::Measured => message!("savings.measured"),
        Basis::Estimated => message!("savings.estimated"),
    }
}

fn sums(totals: &Totals, lang: Lang) -> String {
    let hours = |seconds: i64| Cell::Hours(seconds).shown();
    let lines = [
        message!("savings.sum-net", hours = hours(totals.net), documents = totals.documents),
        message!(
            "savings.sum-gross",
            hours = hours(totals.gross.seconds),
            mark = lang.render(&words::mark(totals.gross))
        ),
        message!(
            "savings.sum-human",
            hours = hours(totals.human.seconds),
            mark = lang.render(&words::mark(totals.human))
        ),
        message!("savings.sum-withheld", hours = hours(totals.withheld), documents = totals.withheld_documents),
    ];
    let lines: String = lines.iter().map(|line| format!("  {}\n", lang.render(line))).collect();
    format!("\n{lines}")
}

/// What the entry is; a correction of a closed year names that year.
fn kind(entry: &Entry) -> Message {
    if entry.restates_a_closed_year() {
        return message!("savings.kind-restates-year", year = entry.year().era_name());
    }
    match entry.kind {
        Kind::Gross => message!("savings.kind-gross"),
        Kind::Human(Work::Review) => message!("savings.kind-review"),
        Kind::Human(Work::Outside) => message!("savings.kind-outside"),
        Kind::Human(Work::Resolve) => message!("savings.kind-resolve"),
        Kind::Human(Work::Repair) => message!("savings.kind-repair"),
        Kind::Restatement(Restated::Gross) => message!("savings.kind-restated-gross"),
        Kind::Restatement(Restated::Outside) => message!("savings.kind-restated-outside"),
        Kind::NotCreditable(Withheld::Test) => message!("savings.kind-test"),
        Kind::NotCreditable(Withheld::Duplicate) => message!("savings.kind-duplicate"),
        Kind::NotCreditable(Withheld::ByHand) => message!("savings.kind-by-hand"),
        Kind::NotCreditable(Withheld::NoBaseline) => message!("savings.kind-no-baseline"),
        Kind::NotCreditable(Withheld::ExpiredBaseline) => message!("savings.kind-expired-baseline"),
    }
}
