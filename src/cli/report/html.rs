//! The report as one self-contained page: no scripts, nothing fetched, made to be printed. Every value is escaped by the
//! template engine; widths and heights of bars are computed here.

use minijinja::Environment;
use serde::Serialize;

use super::{sheets, words};
use crate::cli::sheet::{Cell, Sheet};
use crate::locale::Lang;
use crate::message;
use crate::model::plan::Target;
use crate::model::plan::rating::Rating;
use crate::model::report::Report;
use crate::model::report::plans::{IndicatorLine, MeasureLine, PlanLine};

/// Escaped as HTML, which the engine decides by this name's ending.
const TEMPLATE: &str = "report.html";

/// The page.
///
/// # Errors
/// If the template is broken.
pub fn page(report: &Report, public: bool, lang: Lang) -> Result<String, minijinja::Error> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    engine.add_template(TEMPLATE, include_str!("report.html"))?;
    engine.get_template(TEMPLATE)?.render(minijinja::value::Serde(PageView::of(report, public, lang)))
}

#[derive(Serialize)]
struct PageView {
    lang: &'static str,
    title: String,
    as_of: String,
    /// Only the table that is published.
    public: bool,
    tiles: Vec<Tile>,
    hours_unit: String,
    documents: String,
    chart: Chart,
    chart_title: String,
    legend_gross: String,
    legend_net: String,
    tables: Vec<TableView>,
    public_table: TableView,
    plans: Vec<PlanView>,
    heads: Vec<(String, bool)>,
    how: String,
}

impl PageView {
    fn of(report: &Report, public: bool, lang: Lang) -> Self {
        let say = |message| lang.render(&message);
        let sheets = [sheets::scenarios(report, lang), sheets::departments(report, lang), sheets::months(report, lang)];
        let (documents, made) = (report.total.documents, report.scenarios_made.len());
        Self {
            lang: match lang {
                Lang::Ja => "ja",
                Lang::En => "en",
            },
            title: words::title(report, lang),
            as_of: say(words::as_of(report)),
            public,
            tiles: tiles(report, lang),
            hours_unit: say(message!("savings.hours-unit")),
            documents: say(message!(
                "savings.tile-documents",
                documents = documents,
                count = made,
                empty = report.empty_runs
            )),
            chart: Chart::of(report),
            chart_title: say(message!("savings.chart-title")),
            legend_gross: say(message!("savings.tile-gross")),
            legend_net: say(message!("savings.tile-net")),
            tables: sheets.iter().map(table).collect(),
            public_table: table(&sheets::public_sheet(report, lang)),
            plans: report.plans.iter().map(|plan| plan_view(plan, lang)).collect(),
            heads: heads(lang),
            how: say(message!("savings.how-counted")),
        }
    }
}

fn tiles(report: &Report, lang: Lang) -> Vec<Tile> {
    let total = &report.total;
    let tile = |label, seconds, note| Tile {
        label: lang.render(&label),
        value: Cell::Hours(seconds).shown(),
        note: lang.render(&note),
        main: false,
    };
    let withheld = message!("savings.documents", count = total.withheld_documents);
    vec![
        Tile { main: true, ..tile(message!("savings.tile-net"), total.net, words::forecast(report.forecast)) },
        tile(message!("savings.tile-gross"), total.gross.seconds, words::mark(total.gross)),
        tile(message!("savings.tile-human"), total.human.seconds, words::mark(total.human)),
        tile(message!("savings.tile-withheld"), total.withheld, withheld),
    ]
}

#[derive(Serialize)]
struct Tile {
    label: String,
    value: String,
    note: String,
    main: bool,
}

/// A sheet's visible part, each value with whether it is set to the right.
#[derive(Serialize)]
struct TableView {
    title: String,
    heads: Vec<(String, bool)>,
    rows: Vec<Vec<(String, bool)>>,
    total: Option<Vec<(String, bool)>>,
}

fn table(sheet: &Sheet) -> TableView {
    let visible = |cells: &[Cell]| -> Vec<(String, bool)> {
        let shown = cells.iter().zip(&sheet.columns).filter(|(_, column)| column.in_table());
        shown.map(|(cell, _)| (cell.shown(), !cell.is_text())).collect()
    };
    let rows: Vec<Vec<(String, bool)>> = sheet.rows.iter().map(|row| visible(row)).collect();
    let heads = sheet.columns.iter().filter(|column| column.in_table()).enumerate();
    TableView {
        title: sheet.title.clone(),
        heads: heads
            .map(|(i, column)| {
                let right = rows.first().and_then(|row| row.get(i)).is_some_and(|(_, right)| *right);
                (column.head.clone(), right)
            })
            .collect(),
        total: sheet.total.as_deref().map(visible).filter(|_| !rows.is_empty()),
        rows,
    }
}

/// Gross and net hours by month.
#[derive(Serialize)]
struct Chart {
    bars: Vec<Bar>,
    /// Lines with their value in hours.
    lines: Vec<(f64, String)>,
    /// Where zero lies, from the top.
    zero: f64,
}

#[derive(Serialize)]
struct Bar {
    x: f64,
    label: String,
    gross: (f64, f64),
    net: (f64, f64),
    net_hours: String,
    /// Above the taller of both.
    label_y: f64,
    below_zero: bool,
}

impl Chart {
    /// Height that the largest value takes, and width of a month, in the picture's units.
    const HEIGHT: f64 = 170.0;
    const MONTH: f64 = 55.0;
    const TOP: f64 = 22.0;

    fn of(report: &Report) -> Self {
        let hours = |seconds: i64| crate::model::plan::standing::hours(seconds);
        let values = || report.months.iter().flat_map(|m| [hours(m.totals.gross.seconds), hours(m.totals.net)]);
        let step = step(values().fold(0.0, f64::max) - values().fold(0.0, f64::min));
        let top = (values().fold(0.0, f64::max) / step).ceil().max(1.0) * step;
        let bottom = (values().fold(0.0, f64::min) / step).floor() * step;
        let scale = Self::HEIGHT / (top - bottom);
        let y = |value: f64| Self::TOP + (top - value) * scale;
        let zero = y(0.0);
        let bar = |value: f64| (y(value.max(0.0)), value.abs() * scale);
        let months = report.months.iter().zip(0_u32..).map(|(line, i)| {
            let net = hours(line.totals.net);
            let (gross_bar, net_bar) = (bar(hours(line.totals.gross.seconds)), bar(net));
            Bar {
                x: 48.0 + f64::from(i) * Self::MONTH,
                label: line.month.format("%-m").to_string(),
                label_y: gross_bar.0.min(net_bar.0) - 5.0,
                gross: gross_bar,
                net: net_bar,
                net_hours: if line.totals.net == 0 { String::new() } else { Cell::Hours(line.totals.net).shown() },
                below_zero: net < 0.0,
            }
        });
        let mut lines = Vec::new();
        let mut value = bottom;
        while value <= top + step / 2.0 {
            lines.push((y(value), Cell::Number(value).shown()));
            value += step;
        }
        Self { bars: months.collect(), lines, zero }
    }
}

/// A round distance between lines: about four of them.
fn step(range: f64) -> f64 {
    let rough = (range / 4.0).max(0.25);
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|f| f * power >= rough).unwrap_or(10.0);
    factor * power
}

#[derive(Serialize)]
struct PlanView {
    title: String,
    rule: String,
    measures: Vec<MeasureView>,
    unknown: Option<String>,
}

#[derive(Serialize)]
struct MeasureView {
    id: String,
    name: String,
    owner: Option<String>,
    rating: String,
    /// For its colour.
    class: &'static str,
    indicators: Vec<IndicatorView>,
}

#[derive(Serialize)]
struct IndicatorView {
    name: String,
    volume: Option<String>,
    note: Option<String>,
    unit: String,
    target: String,
    actual: String,
    gross: String,
    net: String,
    /// Which of both is held against the target.
    basis: Option<String>,
    achieved: String,
    /// Width of the bar in percent, full at the target.
    bar: Option<f64>,
    reached: bool,
    forecast: String,
}

fn plan_view(plan: &PlanLine, lang: Lang) -> PlanView {
    let names = plan.unknown.join(", ");
    PlanView {
        title: plan.title.clone(),
        rule: lang.render(&words::rule(plan.rule)),
        measures: plan.measures.iter().map(|measure| measure_view(measure, lang)).collect(),
        unknown: (!names.is_empty()).then(|| lang.render(&message!("savings.unknown-names", names = names))),
    }
}

fn measure_view(measure: &MeasureLine, lang: Lang) -> MeasureView {
    MeasureView {
        id: measure.id.clone(),
        name: measure.name.clone(),
        owner: measure.owner.clone(),
        rating: words::rating(measure, lang),
        class: match measure.rating {
            Some(Rating::Exceeded) => "exceeded",
            Some(Rating::Met) => "met",
            Some(Rating::NotMet) => "not-met",
            None => "unrated",
        },
        indicators: measure.indicators.iter().map(|line| indicator_view(line, lang)).collect(),
    }
}

fn indicator_view(line: &IndicatorLine, lang: Lang) -> IndicatorView {
    let has_number = matches!(line.target, Target::Number(_));
    IndicatorView {
        name: line.name.clone(),
        volume: line.volume.clone().filter(|volume| *volume != line.name),
        note: line.actual_note.clone(),
        unit: words::unit(line),
        target: words::target(line, lang).shown(),
        actual: words::actual(line.actual, lang).shown(),
        gross: Cell::number(line.ledger.map(|both| both.gross)).shown(),
        net: Cell::number(line.ledger.map(|both| both.net)).shown(),
        basis: line.basis.map(|basis| lang.render(&words::basis(basis))),
        achieved: Cell::share(line.achieved).shown(),
        bar: line.achieved.map(|achieved| (achieved * 100.0).clamp(0.0, 100.0)),
        reached: has_number && line.achieved.is_some_and(|achieved| achieved >= 1.0),
        forecast: words::forecast_cell(line.forecast, lang).shown(),
    }
}

/// Heads of the indicators' table, each with whether it is set to the right.
fn heads(lang: Lang) -> Vec<(String, bool)> {
    [
        (message!("savings.col-indicator"), false),
        (message!("savings.col-target"), true),
        (message!("savings.col-actual"), true),
        (message!("savings.col-achieved"), false),
        (message!("savings.col-of-gross"), true),
        (message!("savings.col-of-net"), true),
        (message!("savings.col-forecast"), true),
    ]
    .into_iter()
    .map(|(head, right)| (lang.render(&head), right))
    .collect()
}
