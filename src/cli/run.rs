//! `jitan run`: a scenario once, now, over given scans and whatever already waits.

mod dry;
mod trial;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::connect::{Desk, Stop, configuration};
use super::documents::{reason, short, stage_text};
use super::exit::Exit;
use crate::api::types::{Deploy, DocumentQuery};
use crate::daemon::dispatch::{Dispatcher, Until};
use crate::daemon::lifecycle::Stopping;
use crate::format;
use crate::locale::Lang;
use crate::message;
use crate::model::document::stage::{Document, StageKind};
use crate::model::id::{DocumentId, IntakeId, ScenarioName};
use crate::model::target::Environment;

/// Between two looks at the documents of a run.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Debug, Args)]
pub struct RunArgs {
    /// A deployed scenario's name, or a scenario folder (a draft: it enters into the target's test environment).
    pub scenario: String,
    /// Scans or exports of applications to take in first. They stay where they are.
    pub scans: Vec<PathBuf>,
    /// Reads and shows what would be entered; keeps and enters nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Also walks up to the submit in the target's test environment, and lists what its pages sent.
    #[arg(long, requires = "dry_run")]
    pub trial: bool,
}

/// # Errors
/// [`Stop`] with what to say.
pub async fn run(args: &RunArgs, config: Option<&Path>, lang: Lang) -> Result<Exit, Stop> {
    if args.dry_run {
        return dry::run(args, &configuration(config)?, lang).await;
    }
    let desk = &Desk::open(config, lang).await?;
    let (scenario, environment) = in_force(args, desk).await?;
    let mut intakes = Vec::new();
    for scan in &args.scans {
        let bytes = std::fs::read(scan).map_err(|error| {
            Stop::new(Exit::Usage, message!("cli.run.no-scan", file = scan.display(), why = error.kind()))
        })?;
        let answer = desk.client.receive(scenario.clone(), environment, &bytes).await?;
        if answer.again {
            let said = message!("cli.run.again", file = scan.display(), document = short(answer.document));
            eprintln!("{}", desk.say(&said));
        }
        intakes.push(answer.document.intake);
    }
    desk.client.run(scenario.clone()).await?;
    let interrupted = follow(desk, &scenario).await?;
    let documents = documents_of(desk, &scenario, &intakes).await?;
    show(desk, &documents);
    if interrupted {
        return Ok(Exit::Interrupted);
    }
    Ok(exit_of(&documents))
}

/// The scenario to run: the one in force under this name, or a folder's draft.
async fn in_force(args: &RunArgs, desk: &Desk) -> Result<(ScenarioName, Environment), Stop> {
    let folder = Path::new(&args.scenario);
    if !folder.is_dir() {
        let name = ScenarioName::new(args.scenario.as_str())
            .map_err(|why| Stop::new(Exit::Usage, message!("cli.deploy.no-name", why = why)))?;
        return Ok((name, Environment::Live));
    }
    if let Err(broken) = format::load_folder(folder) {
        return Err(Stop::new(Exit::Invalid, message!("cli.run.invalid", faults = broken.render(desk.lang))));
    }
    let folder = folder
        .canonicalize()
        .map_err(|error| Stop::new(Exit::Usage, message!("cli.deploy.no-folder", why = error.kind())))?;
    let deploy = Deploy { folder: folder.display().to_string(), environment: Environment::Test };
    Ok((desk.client.deploy(&deploy).await?.scenario, Environment::Test))
}

/// Waits until the program can do nothing more by itself. Without a daemon, the work is done here meanwhile.
async fn follow(desk: &Desk, scenario: &ScenarioName) -> Result<bool, Stop> {
    let stopping = Stopping::on_signals()
        .map_err(|error| Stop::new(Exit::RunFailed, message!("daemon.no-signals", why = error.kind())))?;
    let own = desk.own.clone().map(|office| {
        let dispatcher = Dispatcher::new(office, desk.config.readers, Until::NothingLeft);
        tokio::spawn(dispatcher.run(stopping.soft.clone(), stopping.hard.clone()))
    });
    let bar = progress_bar();
    loop {
        let documents = documents_of(desk, scenario, &[]).await?;
        let open = documents.iter().filter(|d| is_under_way(d)).count();
        bar.set_length(documents.len() as u64);
        bar.set_position((documents.len() - open) as u64);
        let finished = match &own {
            Some(work) => work.is_finished(),
            None => !desk.client.scenarios().await?.iter().any(|s| s.name == *scenario && s.running.is_some()),
        };
        if finished || (own.is_none() && stopping.soft.is_cancelled()) {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    bar.finish_and_clear();
    if let Some(work) = own {
        let ended = work.await.map_err(|_| Stop::new(Exit::RunFailed, message!("cli.run.broke-off")))?;
        ended.map_err(|error| Stop::new(Exit::Store, message!("daemon.ended", why = error)))?;
    }
    Ok(stopping.soft.is_cancelled())
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {elapsed}").expect("the template is fixed");
    ProgressBar::new(0).with_style(style)
}

fn is_under_way(document: &Document) -> bool {
    document.stage.kind().is_under_way()
}

/// The documents of these intakes, or all of the scenario.
async fn documents_of(desk: &Desk, scenario: &ScenarioName, intakes: &[IntakeId]) -> Result<Vec<Document>, Stop> {
    let query = DocumentQuery { scenario: Some(scenario.clone()), stages: None };
    let mut documents = desk.client.documents(&query).await?;
    if !intakes.is_empty() {
        documents.retain(|d| intakes.contains(&d.id.intake));
    }
    Ok(documents)
}

fn show(desk: &Desk, documents: &[Document]) {
    for document in documents {
        let id: DocumentId = document.id;
        let stage = stage_text(document.stage.kind(), desk.lang);
        println!("{:<14} {stage}  {}", short(id), reason(document, desk.lang));
    }
}

fn exit_of(documents: &[Document]) -> Exit {
    let kinds: Vec<StageKind> = documents.iter().map(|d| d.stage.kind()).collect();
    if kinds.contains(&StageKind::Failed) {
        Exit::RunFailed
    } else if kinds.iter().any(|kind| !kind.is_final()) {
        Exit::Waiting
    } else {
        Exit::Ok
    }
}
