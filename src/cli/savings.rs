//! `jitan report` and `jitan ledger` over the office's journal: what they need besides is gathered here.

use std::io::Write;
use std::path::Path;

use super::connect::{Desk, Stop};
use super::exit::Exit;
use super::ledger::{self, LedgerArgs};
use super::report::{self, Known, ReportArgs};
use crate::adapters::clock::SystemClock;
use crate::format;
use crate::format::diagnostic::{Diagnostic, Faults, Span};
use crate::message;
use crate::model::id::PlanName;
use crate::model::plan::Plan;
use crate::model::report::ScenarioFacts;
use crate::model::savings::ledger::Ledger;
use crate::model::time::tokyo_date;
use crate::ports::clock::Clock;

/// # Errors
/// If a plan is wrong (exit 3), the journal cannot be read, or the output not written.
pub async fn report(args: &ReportArgs, desk: &Desk) -> Result<Exit, Stop> {
    let plans = match plans(desk) {
        Ok(plans) => plans,
        Err(faults) => {
            eprint!("{faults}");
            return Ok(Exit::Invalid);
        }
    };
    args.check_plan(&plans).map_err(|unknown| Stop::new(Exit::Usage, unknown))?;
    let summaries = desk.client.scenarios().await?;
    let scenarios: Vec<ScenarioFacts> = summaries
        .into_iter()
        .map(|s| ScenarioFacts { name: s.name, title: s.title, department: s.department })
        .collect();
    let today = tokyo_date(SystemClock.now());
    let known = Known { plans: &plans, scenarios: &scenarios, calendar: &desk.config.calendar, today };
    let records = desk.client.records().await?;
    let report = report::of_records(&records, known, args);
    printed(report::write(&report, args, desk.lang, &mut std::io::stdout()))
}

/// # Errors
/// If the journal cannot be read, or the output not written.
pub async fn ledger(args: &LedgerArgs, desk: &Desk) -> Result<Exit, Stop> {
    let ledger = Ledger::of(&desk.client.records().await?);
    printed(ledger::write(&ledger::extract(&ledger, args), args.format, desk.lang, &mut std::io::stdout()))
}

fn printed(written: anyhow::Result<()>) -> Result<Exit, Stop> {
    let flushed = written.and_then(|()| Ok(std::io::stdout().flush()?));
    flushed.map(|()| Exit::Ok).map_err(|why| Stop::new(Exit::RunFailed, message!("cli.report.not-written", why = why)))
}

/// Every plan of the plans' folder, or every mistake in them as text.
fn plans(desk: &Desk) -> Result<Vec<Plan>, String> {
    let mut files: Vec<_> = std::fs::read_dir(&desk.config.plans)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|file| file.extension().is_some_and(|e| e == "yaml"));
    files.sort();
    let (mut plans, mut faults) = (Vec::new(), String::new());
    for file in files {
        match plan(&file) {
            Ok(plan) => plans.push(plan),
            Err((source, found)) => {
                found.iter().for_each(|d| faults.push_str(&d.render(Some(&source), desk.lang)));
            }
        }
    }
    if faults.is_empty() { Ok(plans) } else { Err(faults) }
}

/// Or its text and the mistakes in it.
fn plan(file: &Path) -> Result<Plan, (String, Vec<Diagnostic>)> {
    let bytes = std::fs::read(file).unwrap_or_default();
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let shown = file.display().to_string();
    let loaded = match PlanName::new(stem) {
        Ok(name) => format::plan::plan(name, &shown, &bytes),
        Err(_) => {
            let mut faults = Faults::new(shown);
            faults.add_hinted(Span::START, message!("format.bad-folder-name"), message!("format.hint-name"));
            Err(faults.into_sorted())
        }
    };
    loaded.map_err(|found| (String::from_utf8_lossy(&bytes).into_owned(), found))
}
