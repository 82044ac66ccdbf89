//! Whatever stands in rows and columns: as a table for people or as CSV for spreadsheets (RFC 4180).

use clap::ValueEnum;
use comfy_table::{Cell as TableCell, CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
    Csv,
}

/// Columns of a table that is kept or sent on: any terminal and any printer has so many.
const COLUMNS: u16 = 80;
/// Columns of a table for the terminal that goes into a file or a pipe instead.
const COLUMNS_WITHOUT_TERMINAL: u16 = 100;

/// One value, before it is written for people or for a spreadsheet.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    Count(i64),
    /// Seconds, shown as hours.
    Hours(i64),
    /// In the unit that another column names.
    Number(f64),
    /// A share, 1 being all.
    Share(f64),
    /// Nothing to show.
    Missing,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }

    pub fn number(number: Option<f64>) -> Self {
        number.map_or(Cell::Missing, Cell::Number)
    }

    pub fn share(share: Option<f64>) -> Self {
        share.map_or(Cell::Missing, Cell::Share)
    }

    /// For people: grouped digits, one decimal for hours.
    pub fn shown(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Count(count) => grouped(&count.to_string()),
            Cell::Hours(seconds) => grouped(&unsigned_zero(format!("{:.1}", hours(*seconds)))),
            Cell::Number(number) => grouped(&trimmed(*number)),
            Cell::Share(share) => format!("{:.1}%", share * 100.0),
            Cell::Missing => "-".to_owned(),
        }
    }

    /// For a spreadsheet: plain numbers, hours to the second; text that it could take for a formula is defused.
    fn plain(&self) -> String {
        match self {
            Cell::Text(text) => defused(text),
            Cell::Count(count) => count.to_string(),
            Cell::Hours(seconds) => format!("{:.4}", hours(*seconds)),
            Cell::Number(number) => trimmed(*number),
            Cell::Share(share) => format!("{share:.4}"),
            Cell::Missing => String::new(),
        }
    }

    /// Text that may be broken over lines: not an id or a date.
    fn is_prose(&self) -> bool {
        matches!(self, Cell::Text(text) if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')))
    }

    pub fn is_text(&self) -> bool {
        matches!(self, Cell::Text(_))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub head: String,
    pub place: Place,
}

/// Where a column appears: 80 columns have no room for everything, and a spreadsheet wants each value by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Both,
    Table,
    Csv,
}

impl Column {
    pub fn in_table(&self) -> bool {
        self.place != Place::Csv
    }

    fn in_csv(&self) -> bool {
        self.place != Place::Table
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Above a table; may be empty.
    pub title: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    /// Below a table; not in CSV, where it would be counted twice.
    pub total: Option<Vec<Cell>>,
}

impl Sheet {
    /// Title and table in 80 columns, wherever they are shown.
    pub fn table(&self) -> String {
        self.table_within(COLUMNS)
    }

    /// Title and table as wide as the terminal.
    pub fn table_for_terminal(&self) -> String {
        self.table_within(Table::new().width().unwrap_or(COLUMNS_WITHOUT_TERMINAL))
    }

    /// Without colours, in characters that are one column wide in every terminal.
    fn table_within(&self, columns: u16) -> String {
        let shown = |cells: &[Cell]| -> Vec<TableCell> {
            let visible = cells.iter().zip(&self.columns).filter(|(_, column)| column.in_table());
            visible
                .map(|(cell, _)| {
                    let align = if cell.is_text() { CellAlignment::Left } else { CellAlignment::Right };
                    TableCell::new(cell.shown()).set_alignment(align)
                })
                .collect()
        };
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(columns);
        table.set_header(self.columns.iter().filter(|column| column.in_table()).map(|column| &column.head));
        table.add_rows(self.rows.iter().map(|row| shown(row)));
        if let Some(total) = &self.total {
            table.add_row(shown(total));
        }
        // Numbers and ids are never broken over lines; names give way.
        for (i, (at, _)) in self.columns.iter().enumerate().filter(|(_, column)| column.in_table()).enumerate() {
            let whole = |row: &Vec<Cell>| row.get(at).is_none_or(|cell| !cell.is_prose());
            if self.rows.iter().all(whole)
                && let Some(column) = table.column_mut(i)
            {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        let title = if self.title.is_empty() { String::new() } else { format!("{}\n", self.title) };
        format!("{title}{}\n", table.trim_fmt())
    }

    /// # Errors
    /// If writing fails.
    pub fn csv(&self, out: &mut dyn std::io::Write) -> csv::Result<()> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        let kept = || self.columns.iter().filter(|column| column.in_csv());
        writer.write_record(kept().map(|column| defused(&column.head)))?;
        for row in &self.rows {
            let cells = row.iter().zip(&self.columns).filter(|(_, column)| column.in_csv());
            writer.write_record(cells.map(|(cell, _)| cell.plain()))?;
        }
        writer.flush()?;
        Ok(())
    }

    pub fn csv_text(&self) -> String {
        let mut bytes = Vec::new();
        self.csv(&mut bytes).expect("memory takes every byte");
        String::from_utf8(bytes).expect("cells are text")
    }
}

/// A text that no spreadsheet takes for a formula: Japanese ones also accept the full-width signs.
fn defused(text: &str) -> String {
    let dangerous = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    // Leading spaces do not keep every spreadsheet from looking behind them.
    if text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(dangerous) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn hours(seconds: i64) -> f64 {
    crate::model::plan::standing::hours(seconds)
}

/// What rounds to zero has no sign.
fn unsigned_zero(number: String) -> String {
    match number.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| matches!(b, b'0' | b'.')) => rest.to_owned(),
        _ => number,
    }
}

/// At most two decimals, none that say nothing.
fn trimmed(number: f64) -> String {
    let text = unsigned_zero(format!("{number:.2}"));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `1234567.8` as `1,234,567.8`.
fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut out = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_cell_begins_as_a_formula() {
        for text in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠A", " =1", "\u{3000}＝1", "\u{a0}=1"]
        {
            assert!(defused(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(defused("児童手当 = 認定"), "児童手当 = 認定");
    }

    #[test]
    fn a_negative_number_stays_a_number_in_csv() {
        assert_eq!(Cell::Hours(-5_400).plain(), "-1.5000");
        assert_eq!(Cell::Count(-3).plain(), "-3");
    }

    #[test]
    fn digits_are_grouped_by_three() {
        assert_eq!(Cell::Count(-1_234_567).shown(), "-1,234,567");
        assert_eq!(Cell::Number(999.0).shown(), "999");
        assert_eq!(Cell::Number(1644.25).shown(), "1,644.25");
        assert_eq!(Cell::Hours(-5).shown(), "0.0");
    }

    #[test]
    fn csv_quotes_as_rfc_4180_says() {
        let sheet = Sheet {
            title: String::new(),
            columns: vec![Column { head: "業務".into(), place: Place::Both }],
            rows: vec![vec![Cell::text("a,\"b\"\nc")]],
            total: None,
        };
        assert_eq!(sheet.csv_text(), "業務\r\n\"a,\"\"b\"\"\nc\"\r\n");
    }
}
