//! 報告: a fiscal year's savings by scenario, department, month and indicator, each a sum of ledger entries.

pub mod plans;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::calendar::Calendar;
use super::id::ScenarioName;
use super::plan::standing::PlanBook;
use super::savings::entry::Entry;
use super::savings::forecast::{Forecast, forecast};
use super::savings::ledger::Ledger;
use super::savings::totals::Totals;
use super::time::FiscalYear;
use plans::PlanLine;

/// What a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    pub ledger: &'a Ledger,
    pub plans: &'a [PlanBook],
    /// Names and departments of the scenarios that are known; the ledger may hold others.
    pub scenarios: &'a [ScenarioFacts],
    pub calendar: &'a Calendar,
    /// Tokyo day of the report.
    pub today: NaiveDate,
}

/// What a report says about a scenario beside its figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScenarioFacts {
    pub name: ScenarioName,
    pub title: String,
    pub department: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub year: FiscalYear,
    /// 令和8年度
    pub era_name: String,
    pub today: NaiveDate,
    /// The year is over.
    pub closed: bool,
    pub total: Totals,
    pub forecast: Forecast,
    /// Scenarios first live in this year that have a confirmed document.
    pub scenarios_made: Vec<ScenarioName>,
    /// Runs that found nothing to do.
    pub empty_runs: usize,
    pub scenarios: Vec<ScenarioLine>,
    pub departments: Vec<DepartmentLine>,
    /// All twelve, from April.
    pub months: Vec<MonthLine>,
    /// What was corrected after the year was over; part of the total.
    pub after_close: Option<Totals>,
    pub plans: Vec<PlanLine>,
    pub public: Vec<PublicLine>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenarioLine {
    #[serde(flatten)]
    pub facts: ScenarioFacts,
    #[serde(flatten)]
    pub totals: Totals,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DepartmentLine {
    pub department: String,
    pub scenarios: usize,
    #[serde(flatten)]
    pub totals: Totals,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MonthLine {
    /// Its first day.
    pub month: NaiveDate,
    #[serde(flatten)]
    pub totals: Totals,
}

/// 業務名・導入前・導入後・削減時間・削減率
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PublicLine {
    pub title: String,
    pub documents: i64,
    /// Seconds the documents took before.
    pub before: i64,
    /// Seconds people spend on them now.
    pub after: i64,
    pub saved: i64,
    /// Share saved, 1 being all; `None` where nothing was credited.
    pub share: Option<f64>,
}

/// The report on a fiscal year.
pub fn report(sources: &Sources<'_>, year: FiscalYear) -> Report {
    let ledger = sources.ledger;
    let entries: Vec<&Entry> = ledger.of_year(year).collect();
    let total = Totals::of(entries.iter().copied());
    let scenarios = by_scenario(sources.scenarios, &entries);
    let pace = Pace::of(sources, year);
    let after: Vec<&Entry> = entries.iter().copied().filter(|e| e.restates_a_closed_year()).collect();
    Report {
        year,
        era_name: year.era_name(),
        today: sources.today,
        closed: pace.closed,
        total,
        forecast: pace.forecast(total.net),
        scenarios_made: ledger.scenarios_made(year).into_iter().cloned().collect(),
        empty_runs: ledger.empty_runs().iter().filter(|run| year.contains(run.date)).count(),
        departments: by_department(&scenarios, &entries),
        months: by_month(year, &entries),
        after_close: (!after.is_empty()).then(|| Totals::of(after)),
        plans: plans::lines(sources, year, pace),
        public: scenarios.iter().map(public).collect(),
        scenarios,
    }
}

/// How much of the year is gone, in office days since the ledger began.
#[derive(Debug, Clone, Copy)]
struct Pace {
    closed: bool,
    past: u32,
    left: u32,
}

impl Pace {
    fn of(sources: &Sources<'_>, year: FiscalYear) -> Self {
        let began = sources.ledger.entries().iter().map(|entry| entry.date).min().unwrap_or(sources.today);
        let first = year.first_day().max(began);
        Self {
            closed: sources.today > year.last_day(),
            past: sources.calendar.office_days(first, sources.today.min(year.last_day())),
            left: sources
                .today
                .succ_opt()
                .map_or(0, |day| sources.calendar.office_days(day.max(year.first_day()), year.last_day())),
        }
    }

    fn forecast(self, saved: i64) -> Forecast {
        if self.closed { Forecast::Closed } else { forecast(saved, self.past, self.left) }
    }
}

fn by_scenario(known: &[ScenarioFacts], entries: &[&Entry]) -> Vec<ScenarioLine> {
    let mut groups: BTreeMap<&ScenarioName, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        groups.entry(&entry.scenario).or_default().push(entry);
    }
    let mut lines: Vec<ScenarioLine> = groups
        .into_iter()
        .map(|(name, entries)| ScenarioLine { facts: facts(known, name), totals: Totals::of(entries) })
        .collect();
    lines.sort_by(|a, b| b.totals.net.cmp(&a.totals.net).then_with(|| a.facts.name.cmp(&b.facts.name)));
    lines
}

/// A scenario that is no longer there keeps its name, so that its figures stay explained.
fn facts(known: &[ScenarioFacts], name: &ScenarioName) -> ScenarioFacts {
    known.iter().find(|facts| facts.name == *name).cloned().unwrap_or_else(|| ScenarioFacts {
        name: name.clone(),
        title: name.to_string(),
        department: String::new(),
    })
}

fn by_department(scenarios: &[ScenarioLine], entries: &[&Entry]) -> Vec<DepartmentLine> {
    let mut groups: BTreeMap<&str, Vec<&ScenarioName>> = BTreeMap::new();
    for line in scenarios {
        groups.entry(&line.facts.department).or_default().push(&line.facts.name);
    }
    let mut lines: Vec<DepartmentLine> = groups
        .into_iter()
        .map(|(department, names)| DepartmentLine {
            department: department.to_owned(),
            scenarios: names.len(),
            totals: Totals::of(entries.iter().copied().filter(|entry| names.contains(&&entry.scenario))),
        })
        .collect();
    lines.sort_by(|a, b| b.totals.net.cmp(&a.totals.net).then_with(|| a.department.cmp(&b.department)));
    lines
}

fn by_month(year: FiscalYear, entries: &[&Entry]) -> Vec<MonthLine> {
    let months = (0..12).filter_map(|n| year.first_day().checked_add_months(chrono::Months::new(n)));
    let in_month =
        |entry: &Entry, month: NaiveDate| (entry.date.year(), entry.date.month()) == (month.year(), month.month());
    months
        .map(|month| {
            let totals = Totals::of(entries.iter().copied().filter(|entry| in_month(entry, month)));
            MonthLine { month, totals }
        })
        .collect()
}

fn public(line: &ScenarioLine) -> PublicLine {
    let totals = line.totals;
    #[expect(clippy::cast_precision_loss, reason = "a share of hours: seconds stay far below 2^53")]
    let share = (totals.gross.seconds > 0).then(|| totals.net as f64 / totals.gross.seconds as f64);
    PublicLine {
        title: line.facts.title.clone(),
        documents: totals.documents,
        before: totals.gross.seconds,
        after: totals.human.seconds,
        saved: totals.net,
        share,
    }
}
