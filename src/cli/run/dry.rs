//! `jitan run --dry-run`: reads, and shows what would be entered where. Keeps nothing, enters nothing.

use std::collections::BTreeMap;
use std::path::Path;

use super::{RunArgs, trial};
use crate::adapters::reader_process::Settings;
use crate::adapters::version_folder::VersionFolder;
use crate::cli::connect::{Desk, Stop};
use crate::cli::exit::Exit;
use crate::cli::sheet::{Cell, Column, Place, Sheet};
use crate::daemon::config::Config;
use crate::daemon::open;
use crate::engine::values::texts;
use crate::format;
use crate::locale::Lang;
use crate::message;
use crate::model::expression::{Expression, Failed};
use crate::model::id::{FieldName, ScenarioName};
use crate::model::locator::Locator;
use crate::model::message::Message;
use crate::model::scenario::ReadFrom;
use crate::model::step::{Action, Step, ValueSource};
use crate::model::value::{FieldValue, Personal};
use crate::ports::library::Library;
use crate::ports::reader::{FormWithBlanks, Original, SheetOutcome};

/// What a dry run needs of a scenario.
struct Scenario {
    forms: Vec<FormWithBlanks>,
    bundle: crate::model::scenario::Bundle,
}

/// # Errors
/// [`Stop`] with what to say.
pub async fn run(args: &RunArgs, config: &Config, lang: Lang) -> Result<Exit, Stop> {
    let scenario = load(&args.scenario, config, lang).await?;
    let program = std::env::current_exe()
        .map_err(|error| Stop::new(Exit::RunFailed, message!("daemon.no-program", why = error.kind())))?;
    let reader = open::reader(config, Settings { models: config.models.clone(), ..Settings::for_program(program) });
    let mut exit = Exit::Ok;
    for scan in &args.scans {
        let bytes = std::fs::read(scan).map_err(|error| {
            Stop::new(Exit::Usage, message!("cli.run.no-scan", file = scan.display(), why = error.kind()))
        })?;
        let read = match &scenario.bundle.read_from {
            ReadFrom::Paper(_) => reader.read(&bytes, &scenario.forms).await,
            ReadFrom::Records(layout) => reader.read_records(&bytes, layout).await,
        };
        let reading = match read {
            Ok(reading) => reading,
            Err(why) => {
                println!("{}: {}", scan.display(), lang.render(why.message()));
                exit = Exit::RunFailed;
                continue;
            }
        };
        for sheet in reading.sheets {
            let (file, number) = (scan.display(), sheet.page);
            let place = match sheet.original {
                Original::Paper { .. } => message!("cli.run.page", file = file, page = number),
                Original::Row { .. } => message!("cli.run.row", file = file, row = number),
            };
            println!("{}", lang.render(&place));
            match sheet.outcome {
                SheetOutcome::Refused { why, .. } => println!("{}\n", lang.render(&why)),
                SheetOutcome::Read { fields, .. } => {
                    let (table, goes_through) = entries(&scenario, &fields, lang);
                    println!("{table}");
                    if !goes_through {
                        exit = Exit::RunFailed;
                    }
                    if args.trial && !trial::run(&scenario.bundle, &fields, config, lang).await? {
                        exit = Exit::RunFailed;
                    }
                }
            }
        }
    }
    Ok(exit)
}

/// A folder, or the version in force under a name.
async fn load(scenario: &str, config: &Config, lang: Lang) -> Result<Scenario, Stop> {
    let folder = Path::new(scenario);
    if folder.is_dir() {
        let loaded = format::load_folder(folder)
            .map_err(|broken| Stop::new(Exit::Invalid, message!("cli.run.invalid", faults = broken.render(lang))))?;
        let forms = loaded.bundle.forms().iter().map(|form| FormWithBlanks::of(form, &loaded.files));
        return Ok(Scenario { forms: forms.collect(), bundle: loaded.bundle.clone() });
    }
    let name =
        ScenarioName::new(scenario).map_err(|why| Stop::new(Exit::Usage, message!("cli.deploy.no-name", why = why)))?;
    let summaries = Desk::open_configured(config.clone(), lang).await?.client.scenarios().await?;
    let version = summaries.iter().find(|s| s.name == name).and_then(|s| s.live.or(s.test));
    let version =
        version.ok_or_else(|| Stop::new(Exit::RunFailed, message!("daemon.not-deployed", scenario = name)))?;
    let deployed = VersionFolder::new(config.data.join("versions"))
        .version(&name, version)
        .map_err(|why| Stop::new(Exit::RunFailed, why))?;
    Ok(Scenario { forms: deployed.forms.clone(), bundle: deployed.bundle.clone() })
}

/// Every value that steps would put somewhere, with a mark on those that wait for a person first, on steps that this
/// document does not take, and on values that would stop it. Whether nothing would.
fn entries(scenario: &Scenario, fields: &[FieldValue], lang: Lang) -> (String, bool) {
    let values = texts(fields);
    let waiting = scenario.bundle.scenario.reading.waiting(fields);
    let headings = [message!("cli.run.into"), message!("cli.run.value"), message!("cli.run.waits")];
    let (mut rows, mut goes_through) = (Vec::new(), true);
    let steps = || scenario.bundle.scenario.steps.iter().flat_map(Step::with_branches);
    let from_pages: Vec<&FieldName> = steps().flat_map(|step| step.action.takes()).collect();
    for step in steps() {
        let (into, value) = match &step.action {
            Action::Fill { into, value } | Action::Type { into, value } => (into, value),
            Action::Choose { from, value } => (from, value),
            _ => continue,
        };
        let from: Vec<&FieldName> = match value {
            ValueSource::Literal(_) => Vec::new(),
            ValueSource::Expression(made) => made.fields().iter().collect(),
            ValueSource::AccountUser | ValueSource::AccountPassword | ValueSource::Secret(_) => continue,
        };
        let conditions = step.when.iter().flat_map(Expression::fields);
        let person_first = from.into_iter().chain(conditions).any(|name| waiting.contains(name));
        let (text, mark) = match outcome(step, value, &values) {
            _ if step.uses().any(|name| from_pages.contains(&name)) => {
                (String::new(), Some(message!("cli.run.from-page")))
            }
            Ok(Some(text)) => (text, person_first.then(|| message!("cli.run.person-first"))),
            Ok(None) => (String::new(), Some(message!("cli.run.not-taken"))),
            // What a person mends first says nothing about how it will be entered.
            Err(why) => {
                goes_through &= person_first;
                (String::new(), Some(why))
            }
        };
        let mark = mark.map_or_else(String::new, |mark| lang.render(&mark));
        rows.push(vec![Cell::text(place(into)), Cell::text(text), Cell::text(mark)]);
    }
    let columns = headings.map(|head| Column { head: lang.render(&head), place: Place::Both });
    (Sheet { title: String::new(), columns: columns.into(), rows, total: None }.table_for_terminal(), goes_through)
}

/// What a step would enter, if this document takes it, or why that stops the document.
fn outcome(
    step: &Step,
    value: &ValueSource,
    values: &BTreeMap<FieldName, Option<Personal>>,
) -> Result<Option<String>, Message> {
    let told = |failed| match failed {
        Failed::NoSuchField(name) => message!("entering.no-such-field", field = name),
        Failed::Unfit(why) => why,
    };
    if let Some(when) = &step.when
        && !when.holds(values).map_err(told)?
    {
        return Ok(None);
    }
    match value {
        ValueSource::Expression(made) => Ok(Some(made.text(values).map_err(told)?.expose().to_owned())),
        ValueSource::Literal(text) => Ok(Some(text.clone())),
        ValueSource::AccountUser | ValueSource::AccountPassword | ValueSource::Secret(_) => Ok(None),
    }
}

fn place(locator: &Locator) -> String {
    match locator {
        Locator::Label(text)
        | Locator::Button(text)
        | Locator::Link(text)
        | Locator::Text(text)
        | Locator::Placeholder(text)
        | Locator::Css(text) => text.clone(),
        Locator::Placed { what, within, .. } => {
            within.iter().map(|part| format!("{part} ")).collect::<String>() + &place(what)
        }
        Locator::Role { role, name } => name.clone().unwrap_or_else(|| role.clone()),
    }
}
