//! `jitan report`: a fiscal year's savings against the plan.

pub mod html;
pub mod sheets;
pub mod words;

use std::io::Write;

use chrono::NaiveDate;

use crate::locale::Lang;
use crate::message;
use crate::model::calendar::Calendar;
use crate::model::id::PlanName;
use crate::model::journal::Record;
use crate::model::message::Message;
use crate::model::plan::Plan;
use crate::model::plan::standing::PlanBook;
use crate::model::report::{Report, ScenarioFacts, Sources, report};
use crate::model::savings::ledger::Ledger;
use crate::model::time::FiscalYear;

/// How figures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    Table,
    Json,
    Csv,
    Html,
}

/// What the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    Scenario,
    Department,
    Month,
    Indicator,
}

#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Fiscal year: 2026 or 令和8年度 (else the present one).
    #[arg(long)]
    pub year: Option<FiscalYear>,
    /// Only this plan.
    #[arg(long)]
    pub plan: Option<PlanName>,
    /// Only this breakdown.
    #[arg(long, value_enum)]
    pub by: Option<By>,
    /// How to write it.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ReportFormat,
    /// Only the table that is published: work, hours before, hours after, saved.
    #[arg(long)]
    pub public: bool,
}

impl ReportArgs {
    /// # Errors
    /// If a plan is asked for that does not exist: told with those that do.
    pub fn check_plan(&self, plans: &[Plan]) -> Result<(), Message> {
        let Some(name) = self.plan.as_ref().filter(|name| plans.iter().all(|plan| plan.name != **name)) else {
            return Ok(());
        };
        let known: Vec<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
        Err(message!("savings.unknown-plan", plan = name, known = known.join(", ")))
    }
}

/// What the reports are made from, besides the journal.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub plans: &'a [Plan],
    pub scenarios: &'a [ScenarioFacts],
    pub calendar: &'a Calendar,
    /// Tokyo day.
    pub today: NaiveDate,
}

/// The report that these arguments ask for.
pub fn of_records(records: &[Record], known: Known<'_>, args: &ReportArgs) -> Report {
    let ledger = Ledger::of(records);
    let asked = known.plans.iter().filter(|plan| args.plan.as_ref().is_none_or(|name| plan.name == *name));
    let plans: Vec<PlanBook> = asked.map(|plan| PlanBook::of(plan.clone(), records)).collect();
    let sources = Sources {
        ledger: &ledger,
        plans: &plans,
        scenarios: known.scenarios,
        calendar: known.calendar,
        today: known.today,
    };
    report(&sources, args.year.unwrap_or_else(|| FiscalYear::of(known.today)))
}

/// Writes a report in the format that was asked for.
///
/// # Errors
/// If writing fails.
pub fn write(report: &Report, args: &ReportArgs, lang: Lang, out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
    match args.format {
        ReportFormat::Table => out.write_all(sheets::text(report, args.by, args.public, lang).as_bytes())?,
        ReportFormat::Json if args.public => serde_json::to_writer_pretty(&mut *out, &report.public)?,
        ReportFormat::Json => serde_json::to_writer_pretty(&mut *out, report)?,
        ReportFormat::Csv => sheets::for_csv(report, args.by, args.public, lang).csv(out)?,
        ReportFormat::Html => out.write_all(html::page(report, args.public, lang)?.as_bytes())?,
    }
    if args.format == ReportFormat::Json {
        writeln!(out)?;
    }
    Ok(())
}
