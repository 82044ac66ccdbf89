//! `jitan run --dry-run`: reads, and shows what would be entered where. Keeps nothing, enters nothing.

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
use crate::entering::filter;
use crate::format;
use crate::locale::Lang;
use crate::message;
use crate::model::id::ScenarioName;
use crate::model::scenario::{Action, Locator, ValueSource};
use crate::model::value::FieldValue;
use crate::ports::library::Library;
use crate::ports::reader::{FormWithBlank, SheetOutcome};

/// What a dry run needs of a scenario.
struct Scenario {
    forms: Vec<FormWithBlank>,
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
        let reading = match reader.read(&bytes, &scenario.forms).await {
            Ok(reading) => reading,
            Err(why) => {
                println!("{}: {}", scan.display(), lang.render(why.message()));
                exit = Exit::RunFailed;
                continue;
            }
        };
        for sheet in reading.sheets {
            println!("{}", lang.render(&message!("cli.run.page", file = scan.display(), page = sheet.page)));
            match sheet.outcome {
                SheetOutcome::Refused { why, .. } => println!("{}\n", lang.render(&why)),
                SheetOutcome::Read { fields, .. } => {
                    println!("{}", entries(&scenario, &fields, lang));
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
        let blank = |name: &str| loaded.files.iter().find(|(n, _)| n == name).map(|(_, b)| b.clone());
        let forms = loaded
            .bundle
            .forms
            .iter()
            .map(|form| FormWithBlank { form: form.clone(), blank: blank(&form.blank).unwrap_or_default() });
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

/// Every value that steps would put somewhere, with a mark on those that wait for a person first.
fn entries(scenario: &Scenario, fields: &[FieldValue], lang: Lang) -> String {
    let values = texts(fields);
    let waiting = scenario.bundle.scenario.reading.waiting(fields);
    let headings = [message!("cli.run.into"), message!("cli.run.value"), message!("cli.run.waits")];
    let mut rows = Vec::new();
    for step in &scenario.bundle.scenario.steps {
        let (into, value) = match &step.action {
            Action::Fill { into, value } | Action::Type { into, value } => (into, value),
            Action::Choose { from, value } => (from, value),
            _ => continue,
        };
        let (text, waits) = match value {
            ValueSource::Literal(text) => (text.clone(), false),
            ValueSource::Field { name, filters } => {
                let text = values.get(name).cloned().flatten();
                (text.map(|t| filter::apply(t.expose(), filters)).unwrap_or_default(), waiting.contains(name))
            }
            ValueSource::AccountUser | ValueSource::AccountPassword | ValueSource::Secret(_) => continue,
        };
        let mark = if waits { lang.render(&message!("cli.run.person-first")) } else { String::new() };
        rows.push(vec![Cell::text(place(into)), Cell::text(text), Cell::text(mark)]);
    }
    let columns = headings.map(|head| Column { head: lang.render(&head), place: Place::Both });
    Sheet { title: String::new(), columns: columns.into(), rows, total: None }.table_for_terminal()
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
