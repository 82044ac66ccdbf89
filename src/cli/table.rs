//! Tables for people, in 80 columns or the terminal's own width, and the choice of another format.

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};

use super::sheet::defused;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
    Csv,
}

/// Width when stdout is no terminal.
const WIDTH: u16 = 80;

/// A table with these headings.
pub fn table(headings: &[String]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if !std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        table.set_width(WIDTH);
    }
    table.set_header(headings);
    table
}

/// CSV lines (RFC 4180). Cells that a spreadsheet would take for a formula are defused.
pub fn csv(headings: &[String], rows: &[Vec<String>]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(headings).chain(rows.iter().map(Vec::as_slice)) {
        writer.write_record(row.iter().map(|cell| defused(cell))).expect("writing to memory does not fail");
    }
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("cells are text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_begins_like_a_formula_is_defused() {
        let text = csv(&["a".to_owned()], &[vec!["=HYPERLINK(\"x\")".to_owned()], vec!["＝1".to_owned()]]);
        assert_eq!(text, "a\n\"'=HYPERLINK(\"\"x\"\")\"\n'＝1\n");
    }
}
