//! `jitan check`: every mistake of scenarios, forms, targets and plans at once, and when a good scenario fires next.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::exit::Exit;
use crate::adapters::clock::SystemClock;
use crate::format::diagnostic::{Diagnostic, plain};
use crate::format::folder::{SCENARIO_FILE, load_form, load_records, load_target};
use crate::format::table::FileKind;
use crate::format::{Broken, Loaded, load_folder, plan, schema, tree};
use crate::locale::Lang;
use crate::message;
use crate::model::calendar::Calendar;
use crate::model::id::{PlanName, TargetName};
use crate::model::message::Message;
use crate::model::scenario::ReadFrom;
use crate::model::schedule::next_firings;
use crate::model::time::{Instant, tokyo};
use crate::ports::clock::Clock;

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Scenario folders, folders that hold some, or single files.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

/// How many firings are shown.
const FIRINGS: usize = 5;

/// Deepest folder that is searched for scenarios.
const MAX_DEPTH: usize = 4;

/// # Errors
/// If the result cannot be written.
pub fn run(args: &CheckArgs, calendar: &Calendar, lang: Lang) -> anyhow::Result<Exit> {
    check(args, calendar, lang, SystemClock.now(), &mut std::io::stdout().lock(), &mut std::io::stderr().lock())
}

/// What is checked as one.
#[derive(Debug, PartialEq, Eq)]
enum Unit {
    Scenario(PathBuf),
    File(PathBuf),
}

fn check(
    args: &CheckArgs,
    calendar: &Calendar,
    lang: Lang,
    now: Instant,
    out: &mut impl std::io::Write,
    log: &mut impl std::io::Write,
) -> anyhow::Result<Exit> {
    let mut units = Vec::new();
    for path in &args.paths {
        let found = units_of(path, 0);
        if found.is_empty() {
            writeln!(
                log,
                "{}",
                lang.render(&message!("cli.check.nothing", path = plain(&path.display().to_string())))
            )?;
            return Ok(Exit::Usage);
        }
        units.extend(found);
    }
    let mut faults: Vec<(Diagnostic, Option<String>)> = Vec::new();
    for unit in &units {
        match unit.check() {
            Ok(good) if args.format == Format::Text => good.show(calendar, lang, now, out)?,
            Ok(_) => {}
            Err(broken) => faults.extend(located(unit, &broken)),
        }
    }
    match args.format {
        Format::Json => show_json(&faults, lang, out)?,
        Format::Text => {
            let shown: Vec<String> = faults.iter().map(|(d, source)| d.render(source.as_deref(), lang)).collect();
            write!(out, "{}", shown.join("\n"))?;
        }
    }
    out.flush()?;
    let summary = match faults.len() {
        0 => message!("cli.check.all-good", checked = units.len()),
        found => message!("cli.check.mistakes", checked = units.len(), found = found),
    };
    writeln!(log, "{}", lang.render(&summary))?;
    Ok(if faults.is_empty() { Exit::Ok } else { Exit::Invalid })
}

/// What a path holds: a scenario folder is one unit; other folders are searched.
fn units_of(path: &Path, depth: usize) -> Vec<Unit> {
    let is_yaml = |p: &Path| p.extension().is_some_and(|e| e == "yaml" || e == "yml");
    if path.is_file() {
        let scenario = path.file_name().is_some_and(|name| name == SCENARIO_FILE);
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        return vec![if scenario { Unit::Scenario(parent.to_owned()) } else { Unit::File(path.to_owned()) }];
    }
    if path.join(SCENARIO_FILE).is_file() {
        return vec![Unit::Scenario(path.to_owned())];
    }
    let Ok(entries) = path.read_dir() else { return Vec::new() };
    let mut children: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    children.sort();
    children.retain(|child| {
        let hidden = child.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        !hidden && !child.is_symlink() && (child.is_dir() && depth < MAX_DEPTH || child.is_file() && is_yaml(child))
    });
    children.iter().flat_map(|child| units_of(child, depth + 1)).collect()
}

/// What a unit without mistakes has to say.
enum Good {
    Scenario(PathBuf, Box<Loaded>),
    File(PathBuf),
}

impl Unit {
    fn check(&self) -> Result<Good, Broken> {
        match self {
            Unit::Scenario(dir) => load_folder(dir).map(|loaded| Good::Scenario(dir.clone(), Box::new(loaded))),
            Unit::File(path) => check_file(path).map(|()| Good::File(path.clone())),
        }
    }
}

fn check_file(path: &Path) -> Result<(), Broken> {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let broken = |diagnostics: Vec<Diagnostic>, text: &[u8]| Broken {
        diagnostics,
        sources: [(file.clone(), String::from_utf8_lossy(text).into_owned())].into(),
    };
    let fault = |message: Message| Diagnostic { file: file.clone(), span: Default::default(), message, hint: None };
    let Ok(bytes) = std::fs::read(path) else {
        return Err(broken(vec![fault(message!("format.unreadable-file", name = file))], b""));
    };
    let root = tree::parse(&file, &bytes).map_err(|mistakes| broken(mistakes, &bytes))?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let bad_name = || broken(vec![fault(message!("format.bad-name", found = tree::shown(&stem)))], &bytes);
    let result = match kind_of(&root).map(|kind| kind.name) {
        Some("form") => load_form(&file, &bytes).map(drop),
        Some("records") => load_records(&file, &bytes).map(drop),
        Some("target") => load_target(&file, TargetName::new(stem.clone()).map_err(|_| bad_name())?, &bytes).map(drop),
        Some("plan") => plan::plan(PlanName::new(stem.clone()).map_err(|_| bad_name())?, &file, &bytes).map(drop),
        _ => Err(vec![fault(message!("format.unknown-kind"))]),
    };
    result.map_err(|mistakes| broken(mistakes, &bytes))
}

/// The kind whose keys a file uses most.
fn kind_of(root: &tree::Node) -> Option<FileKind> {
    let known = |kind: &FileKind| root.entries().iter().filter(|entry| kind.root.key(&entry.key).is_some()).count();
    schema::KINDS.into_iter().max_by_key(known).filter(|kind| known(kind) > 1)
}

/// A unit's mistakes with their files as seen from the working folder, each with its file's text.
fn located(unit: &Unit, broken: &Broken) -> Vec<(Diagnostic, Option<String>)> {
    let dir = match unit {
        Unit::Scenario(dir) => dir.as_path(),
        Unit::File(path) => path.parent().unwrap_or(Path::new("")),
    };
    let place = |mut fault: Diagnostic| {
        let source = broken.sources.get(&fault.file).cloned();
        let own = dir.join(&fault.file);
        let shared = dir.parent().unwrap_or(Path::new("")).join(&fault.file);
        let path = if !own.exists() && shared.exists() { shared } else { own };
        fault.file = path.display().to_string();
        (fault, source)
    };
    broken.diagnostics.clone().into_iter().map(place).collect()
}

fn show_json(faults: &[(Diagnostic, Option<String>)], lang: Lang, out: &mut impl std::io::Write) -> anyhow::Result<()> {
    let list: Vec<serde_json::Value> = faults
        .iter()
        .map(|(fault, _)| {
            serde_json::json!({
                "file": fault.file,
                "line": fault.span.start.line,
                "column": fault.span.start.column,
                "code": fault.message.code,
                "message": lang.render(&fault.message),
                "hint": fault.hint.as_ref().map(|hint| lang.render(hint)),
            })
        })
        .collect();
    writeln!(out, "{:#}", serde_json::Value::from(list))?;
    Ok(())
}

impl Good {
    fn show(&self, calendar: &Calendar, lang: Lang, now: Instant, out: &mut impl std::io::Write) -> anyhow::Result<()> {
        let say = |message: &Message| lang.render(message);
        let (path, loaded) = match self {
            Good::File(path) => {
                writeln!(out, "{}", say(&message!("cli.check.good-file", path = plain(&path.display().to_string()))))?;
                return Ok(());
            }
            Good::Scenario(path, loaded) => (plain(&path.display().to_string()), loaded),
        };
        let bundle = &loaded.bundle;
        let fields: usize = match &bundle.read_from {
            ReadFrom::Paper(forms) => forms.iter().map(|form| form.fields.len()).sum(),
            ReadFrom::Records(layout) => layout.fields.len(),
        };
        let (title, steps) = (plain(&bundle.scenario.title), bundle.scenario.steps.len());
        let head = message!("cli.check.good-scenario", path = path, title = title, fields = fields, steps = steps);
        writeln!(out, "{}", say(&head))?;
        let Some(schedule) = &bundle.scenario.schedule else {
            writeln!(out, "{}", say(&message!("cli.check.no-schedule")))?;
            return Ok(());
        };
        writeln!(out, "{}", say(&message!("cli.check.next-firings", cron = schedule.cron)))?;
        for firing in next_firings(schedule, calendar, now, FIRINGS) {
            writeln!(out, "  {}", shown_instant(firing.due, lang))?;
        }
        Ok(())
    }
}

/// `2026-11-24 (Tue) 22:00` in Tokyo.
fn shown_instant(at: Instant, lang: Lang) -> String {
    use chrono::Datelike as _;
    let local = at.with_timezone(&tokyo());
    let names = lang.render(&message!("cli.check.weekdays"));
    let weekday = names.split(' ').nth(local.weekday().num_days_from_sunday() as usize).unwrap_or_default().to_owned();
    let (date, time) = (local.format("%Y-%m-%d"), local.format("%H:%M"));
    lang.render(&message!("cli.check.instant", date = date, weekday = weekday, time = time))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn checked(paths: &[&Path], format: Format, lang: Lang) -> (Exit, String, String) {
        let args = CheckArgs { paths: paths.iter().map(|p| (*p).to_owned()).collect(), format };
        let now = chrono::Utc.with_ymd_and_hms(2026, 11, 20, 3, 0, 0).unwrap();
        let (mut out, mut log) = (Vec::new(), Vec::new());
        let exit = check(&args, &Calendar::default(), lang, now, &mut out, &mut log).unwrap();
        (exit, String::from_utf8(out).unwrap(), String::from_utf8(log).unwrap())
    }

    #[test]
    fn a_good_scenario_shows_its_next_five_firings() {
        let (exit, out, log) = checked(&[Path::new("scenarios/jido-teate")], Format::Text, Lang::Ja);
        assert_eq!(exit, Exit::Ok);
        insta::assert_snapshot!(out, @r"
        scenarios/jido-teate: 間違いはありません（児童手当 認定請求、28 項目、30 手順）
        これからの実行（0 22 * * *、日本時間）
          2026-11-20（金） 22:00
          2026-11-24（火） 22:00
          2026-11-25（水） 22:00
          2026-11-26（木） 22:00
          2026-11-27（金） 22:00
        ");
        insta::assert_snapshot!(log, @"1 件を調べました。間違いはありません");
    }

    #[test]
    fn every_file_of_a_folder_is_checked_and_a_mistake_ends_with_exit_3() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["scenario.yaml", "form.yaml", "blank.png"] {
            std::fs::create_dir_all(dir.path().join("a")).unwrap();
            std::fs::copy(format!("scenarios/jido-teate/{file}"), dir.path().join("a").join(file)).unwrap();
        }
        std::fs::create_dir(dir.path().join("targets")).unwrap();
        std::fs::write(dir.path().join("targets/portal.yaml"), "titel: x\nsign_in: []\nsessions: 0\n").unwrap();
        let (exit, out, log) = checked(&[dir.path()], Format::Text, Lang::En);
        assert_eq!(exit, Exit::Invalid);
        assert!(out.contains("targets/portal.yaml:1:1: there is no key `titel` here"), "{out}");
        assert!(out.contains("targets/portal.yaml:3:11:"), "{out}");
        assert!(log.contains('8'), "{log}");
        let (_, json, _) = checked(&[&dir.path().join("a")], Format::Json, Lang::En);
        let list: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        assert!(list.iter().any(|fault| fault["code"] == "format.unknown-key" && fault["line"] == 1));
    }

    #[test]
    fn a_path_with_nothing_to_check_is_a_wrong_argument() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(checked(&[dir.path()], Format::Text, Lang::En).0, Exit::Usage);
        assert_eq!(checked(&[Path::new("no/such/place")], Format::Text, Lang::En).0, Exit::Usage);
    }
}
