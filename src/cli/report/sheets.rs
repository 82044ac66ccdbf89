//! The report as sheets: each breakdown one, the indicators one per measure.

use std::fmt::Write as _;

use super::{By, words};
use crate::cli::sheet::{Cell, Column, Place, Sheet};
use crate::locale::Lang;
use crate::message;
use crate::model::message::Message;
use crate::model::report::Report;
use crate::model::report::plans::{IndicatorLine, MeasureLine, PlanLine};
use crate::model::savings::totals::Totals;

/// What a terminal shows.
pub fn text(report: &Report, by: Option<By>, public: bool, lang: Lang) -> String {
    let mut out = format!("{}  {}\n\n", words::title(report, lang), lang.render(&words::as_of(report)));
    if public {
        out.push_str(&public_sheet(report, lang).table());
        return out;
    }
    out.push_str(&summary(report, lang));
    let wanted = |this: By| by.is_none_or(|by| by == this);
    let mut sheets = Vec::new();
    if wanted(By::Scenario) {
        sheets.push(scenarios(report, lang));
    }
    if by == Some(By::Department) {
        sheets.push(departments(report, lang));
    }
    if wanted(By::Month) {
        sheets.push(months(report, lang));
    }
    for sheet in sheets {
        let _ = write!(out, "\n{}", sheet.table());
    }
    if wanted(By::Indicator) {
        report.plans.iter().for_each(|plan| out.push_str(&plan_text(plan, lang)));
    }
    let _ = writeln!(out, "\n{}", lang.render(&message!("savings.how-counted")));
    out
}

/// The one sheet that a CSV file holds.
pub fn for_csv(report: &Report, by: Option<By>, public: bool, lang: Lang) -> Sheet {
    match by {
        _ if public => public_sheet(report, lang),
        None | Some(By::Scenario) => scenarios(report, lang),
        Some(By::Department) => departments(report, lang),
        Some(By::Month) => months(report, lang),
        Some(By::Indicator) => {
            let measures = report.plans.iter().flat_map(|plan| plan.measures.iter().map(move |m| (plan, m)));
            indicators(String::new(), measures, lang)
        }
    }
}

/// The figures of the year in a few lines.
fn summary(report: &Report, lang: Lang) -> String {
    let total = &report.total;
    let hours = |seconds: i64| Cell::Hours(seconds).shown();
    let gross_mark = lang.render(&words::mark(total.gross));
    let human_mark = lang.render(&words::mark(total.human));
    let mut lines = vec![
        message!("savings.sum-net", hours = hours(total.net), documents = total.documents),
        message!("savings.sum-gross", hours = hours(total.gross.seconds), mark = gross_mark),
        message!("savings.sum-human", hours = hours(total.human.seconds), mark = human_mark),
        message!("savings.sum-withheld", hours = hours(total.withheld), documents = total.withheld_documents),
    ];
    if total.restated != 0 {
        lines.push(message!("savings.sum-restated", hours = hours(total.restated)));
    }
    if let Some(after) = &report.after_close {
        lines.push(message!(
            "savings.sum-after-close",
            hours = hours(after.net),
            before = hours(total.net - after.net)
        ));
    }
    lines.push(message!("savings.sum-scenarios", count = report.scenarios_made.len(), empty = report.empty_runs));
    lines.push(words::forecast(report.forecast));
    lines.iter().map(|line| format!("  {}\n", lang.render(line))).collect()
}

fn column(lang: Lang, head: &Message) -> Column {
    Column { head: lang.render(head), place: Place::Both }
}

fn csv_only(lang: Lang, head: &Message) -> Column {
    Column { head: lang.render(head), place: Place::Csv }
}

fn totals_columns(lang: Lang) -> Vec<Column> {
    vec![
        column(lang, &message!("savings.col-documents")),
        column(lang, &message!("savings.col-gross")),
        column(lang, &message!("savings.col-human")),
        column(lang, &message!("savings.col-net")),
        column(lang, &message!("savings.col-withheld")),
        csv_only(lang, &message!("savings.col-withheld-documents")),
        csv_only(lang, &message!("savings.col-restated")),
        column(lang, &message!("savings.col-mark")),
        csv_only(lang, &message!("savings.col-human-mark")),
    ]
}

fn totals_cells(totals: &Totals, lang: Lang) -> Vec<Cell> {
    vec![
        Cell::Count(totals.documents),
        Cell::Hours(totals.gross.seconds),
        Cell::Hours(totals.human.seconds),
        Cell::Hours(totals.net),
        Cell::Hours(totals.withheld),
        Cell::Count(totals.withheld_documents),
        Cell::Hours(totals.restated),
        Cell::text(lang.render(&words::mark(totals.gross))),
        Cell::text(lang.render(&words::mark(totals.human))),
    ]
}

fn with_totals(mut first: Vec<Cell>, totals: &Totals, lang: Lang) -> Vec<Cell> {
    first.extend(totals_cells(totals, lang));
    first
}

fn total_label(lang: Lang) -> Cell {
    Cell::text(lang.render(&message!("savings.total")))
}

pub fn scenarios(report: &Report, lang: Lang) -> Sheet {
    let mut columns = vec![
        csv_only(lang, &message!("savings.col-name")),
        column(lang, &message!("savings.col-scenario")),
        csv_only(lang, &message!("savings.col-department")),
    ];
    columns.extend(totals_columns(lang));
    let row = |line: &crate::model::report::ScenarioLine| {
        let facts = &line.facts;
        let first = vec![Cell::text(facts.name.as_str()), Cell::text(&facts.title), Cell::text(&facts.department)];
        with_totals(first, &line.totals, lang)
    };
    Sheet {
        title: lang.render(&message!("savings.by-scenario")),
        columns,
        rows: report.scenarios.iter().map(row).collect(),
        total: Some(with_totals(vec![Cell::Missing, total_label(lang), Cell::Missing], &report.total, lang)),
    }
}

pub fn departments(report: &Report, lang: Lang) -> Sheet {
    let mut columns =
        vec![column(lang, &message!("savings.col-department")), csv_only(lang, &message!("savings.col-scenarios"))];
    columns.extend(totals_columns(lang));
    let rows = report.departments.iter().map(|line| {
        let scenarios = i64::try_from(line.scenarios).unwrap_or(i64::MAX);
        with_totals(vec![Cell::text(&line.department), Cell::Count(scenarios)], &line.totals, lang)
    });
    Sheet {
        title: lang.render(&message!("savings.by-department")),
        columns,
        rows: rows.collect(),
        total: Some(with_totals(vec![total_label(lang), Cell::Missing], &report.total, lang)),
    }
}

/// The months so far, and what was corrected after the year was over.
pub fn months(report: &Report, lang: Lang) -> Sheet {
    let mut columns = vec![column(lang, &message!("savings.col-month"))];
    columns.extend(totals_columns(lang));
    let so_far = report.months.iter().filter(|line| line.month <= report.today);
    let mut rows: Vec<Vec<Cell>> = so_far
        .map(|line| with_totals(vec![Cell::text(line.month.format("%Y-%m").to_string())], &line.totals, lang))
        .collect();
    if let Some(after) = &report.after_close {
        rows.push(with_totals(vec![Cell::text(lang.render(&message!("savings.after-close")))], after, lang));
    }
    Sheet {
        title: lang.render(&message!("savings.by-month")),
        columns,
        rows,
        total: Some(with_totals(vec![total_label(lang)], &report.total, lang)),
    }
}

fn plan_text(plan: &PlanLine, lang: Lang) -> String {
    let mut out = format!("\n{}\n", plan.title);
    let _ = writeln!(out, "  {}", lang.render(&words::rule(plan.rule)));
    for measure in plan.measures.iter().filter(|measure| !measure.indicators.is_empty()) {
        let title = format!("{} {}\n  {}", measure.id, measure.name, words::rating(measure, lang));
        let _ = write!(out, "\n{}", indicators(title, std::iter::once((plan, measure)), lang).table());
    }
    if !plan.unknown.is_empty() {
        let unknown = message!("savings.unknown-names", names = plan.unknown.join(", "));
        let _ = writeln!(out, "\n  {}", lang.render(&unknown));
    }
    out
}

fn indicators<'a>(title: String, measures: impl Iterator<Item = (&'a PlanLine, &'a MeasureLine)>, lang: Lang) -> Sheet {
    let columns = vec![
        csv_only(lang, &message!("savings.col-plan")),
        csv_only(lang, &message!("savings.col-measure-id")),
        csv_only(lang, &message!("savings.col-measure")),
        csv_only(lang, &message!("savings.col-rating")),
        csv_only(lang, &message!("savings.col-indicator-id")),
        Column { place: Place::Table, ..column(lang, &message!("savings.col-indicator")) },
        csv_only(lang, &message!("savings.col-indicator")),
        csv_only(lang, &message!("savings.col-unit")),
        column(lang, &message!("savings.col-target")),
        column(lang, &message!("savings.col-actual")),
        column(lang, &message!("savings.col-of-gross")),
        column(lang, &message!("savings.col-of-net")),
        csv_only(lang, &message!("savings.col-basis")),
        column(lang, &message!("savings.col-achieved")),
        column(lang, &message!("savings.col-forecast")),
    ];
    let rows = measures.flat_map(|(plan, measure)| {
        measure.indicators.iter().map(move |line| indicator_row(plan, measure, line, lang))
    });
    Sheet { title, columns, rows: rows.collect(), total: None }
}

fn indicator_row(plan: &PlanLine, measure: &MeasureLine, line: &IndicatorLine, lang: Lang) -> Vec<Cell> {
    vec![
        Cell::text(&plan.title),
        Cell::text(&measure.id),
        Cell::text(&measure.name),
        Cell::text(words::rating(measure, lang)),
        Cell::text(&line.id),
        Cell::text(words::name_with_unit(line, lang)),
        Cell::text(&line.name),
        Cell::text(words::unit(line)),
        words::target(line, lang),
        words::actual(line.actual, lang),
        Cell::number(line.ledger.map(|both| both.gross)),
        Cell::number(line.ledger.map(|both| both.net)),
        line.basis.map_or(Cell::Missing, |basis| Cell::text(lang.render(&words::basis(basis)))),
        Cell::share(line.achieved),
        words::forecast_cell(line.forecast, lang),
    ]
}

/// 業務名・導入前・導入後・削減時間・削減率
pub fn public_sheet(report: &Report, lang: Lang) -> Sheet {
    let columns = [
        message!("savings.col-work"),
        message!("savings.col-before"),
        message!("savings.col-after"),
        message!("savings.col-saved"),
        message!("savings.col-share"),
    ];
    let rows = report.public.iter().map(|line| {
        vec![
            Cell::text(&line.title),
            Cell::Hours(line.before),
            Cell::Hours(line.after),
            Cell::Hours(line.saved),
            Cell::share(line.share),
        ]
    });
    Sheet {
        title: lang.render(&message!("savings.public-title")),
        columns: columns.iter().map(|head| column(lang, head)).collect(),
        rows: rows.collect(),
        total: None,
    }
}
