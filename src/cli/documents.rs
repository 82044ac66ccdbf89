//! `jitan documents`: what became of each document and why, and what a person does with one.

pub mod trace;
mod words;

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::connect::{Desk, Stop};
use super::exit::Exit;
use super::sheet::{Cell, Column, Format, Place, Sheet};
use crate::api::types::{DocumentQuery, DocumentStory};
use crate::engine::person::Act;
use crate::locale::Lang;
use crate::message;
use crate::model::document::event::{RejectReason, Settlement};
use crate::model::document::stage::{Document, ReviewNeed, Stage, StageKind};
use crate::model::id::{DocumentId, ScenarioName};
use crate::model::journal::Event;
use crate::model::message::Message;
use crate::model::time::{Instant, tokyo};
use words::{event_text, reject_reason};

#[derive(Debug, Args)]
pub struct DocumentsArgs {
    #[command(subcommand)]
    pub verb: Option<DocumentsVerb>,
}

#[derive(Debug, Subcommand)]
pub enum DocumentsVerb {
    /// Lists documents.
    List {
        #[arg(long)]
        scenario: Option<ScenarioName>,
        /// Stages, comma-separated.
        #[arg(long)]
        stage: Option<String>,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Shows everything that happened to a document.
    Show {
        id: String,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Writes every step of a document in the browser into a page to open and keep.
    Trace {
        id: String,
        /// The file; else one in the working folder, named after the document.
        #[arg(long)]
        output: Option<PathBuf>,
    },
    /// Takes a document into your own hands.
    Take { id: String },
    /// Hands a document back to where it was.
    Release {
        id: String,
        #[command(flatten)]
        spent: Spent,
    },
    /// Writes the files that the target offered for a document into a folder.
    Files {
        id: String,
        /// The folder; it is made if it is not there.
        #[arg(short, long, default_value = ".")]
        output: PathBuf,
    },
    /// Says what became of an unknown outcome, or that you entered it by hand.
    Resolve {
        id: String,
        #[arg(long = "as", value_enum)]
        outcome: Outcome,
        #[command(flatten)]
        spent: Spent,
    },
    /// Says that a document is not to be entered.
    Reject {
        id: String,
        #[arg(long, value_enum, default_value = "other")]
        why: Why,
        #[command(flatten)]
        spent: Spent,
    },
    /// Enters a suspected duplicate all the same.
    NotDuplicate {
        id: String,
        #[command(flatten)]
        spent: Spent,
    },
    /// Tries a failed document again.
    Retry { id: String },
    /// Lets a held document go on.
    Resume { id: String },
    /// Destroys a document's key: its content is gone for ever.
    Erase {
        id: String,
        /// Required: there is no way back.
        #[arg(long)]
        yes: bool,
    },
}

/// Minutes a person spent, for the savings' account.
#[derive(Debug, Clone, Copy, Args)]
pub struct Spent {
    #[arg(long, default_value_t = 0)]
    pub minutes: u32,
}

impl Spent {
    fn seconds(self) -> u32 {
        self.minutes.saturating_mul(60)
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Outcome {
    /// It stands in the target, entered by jitan.
    Entered,
    /// It does not stand in the target: jitan may enter it.
    NotEntered,
    /// You entered it yourself.
    ByHand,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Why {
    WrongForm,
    Unreadable,
    Incomplete,
    Duplicate,
    Withdrawn,
    Other,
}

/// # Errors
/// [`Stop`] with what to say.
pub async fn run(args: &DocumentsArgs, desk: &Desk) -> Result<Exit, Stop> {
    let list = DocumentsVerb::List { scenario: None, stage: None, format: Format::Table };
    match args.verb.as_ref().unwrap_or(&list) {
        DocumentsVerb::List { scenario, stage, format } => {
            let query = DocumentQuery { scenario: scenario.clone(), stages: stage.clone() };
            let documents = desk.client.documents(&query).await?;
            print!("{}", listing(&documents, *format, desk.lang));
            Ok(Exit::Ok)
        }
        DocumentsVerb::Show { id, format } => {
            let story = desk.client.document(find(desk, id).await?).await?;
            print!("{}", telling(&story, *format, desk.lang));
            Ok(Exit::Ok)
        }
        DocumentsVerb::Files { id, output } => {
            let id = find(desk, id).await?;
            for file in desk.client.document(id).await?.files {
                let bytes = desk.client.offered_file(id, file.number).await?;
                let to = output.join(format!("{}-{}.{}", short(id), file.name, file.kind));
                write_private(output, &to, &bytes).map_err(|why| {
                    Stop::new(Exit::RunFailed, message!("cli.trace.not-written", file = to.display(), why = why.kind()))
                })?;
                println!("{}", to.display());
            }
            Ok(Exit::Ok)
        }
        DocumentsVerb::Trace { id, output } => {
            let told = desk.client.trace(find(desk, id).await?).await?;
            let to = output.clone().unwrap_or_else(|| trace::file_name(&told));
            trace::write(&told, &to, desk.lang).map_err(|why| {
                Stop::new(Exit::RunFailed, message!("cli.trace.not-written", file = to.display(), why = why))
            })?;
            println!("{}", to.display());
            Ok(Exit::Ok)
        }
        DocumentsVerb::Erase { yes: false, .. } => {
            Err(Stop::new(Exit::Usage, message!("cli.documents.erase-needs-yes")))
        }
        acting => {
            let (id, act) = act_of(acting).expect("what only looks and an unconfirmed erase are handled above");
            let id = find(desk, id).await?;
            let act = match (&act, desk.client.document(id).await?.document.stage) {
                // One word for people: somebody who holds it and says "by hand" has finished it.
                (Act::Resolve { outcome: Settlement::ByHand, seconds }, Stage::Taken { from, .. })
                    if from.kind() != StageKind::Unknown =>
                {
                    Act::FinishByHand { seconds: *seconds }
                }
                _ => act,
            };
            let after = desk.client.act(id, &act).await?;
            let stage = stage_text(after.stage.kind(), desk.lang);
            println!("{}", desk.say(&message!("cli.documents.now", document = after.id, stage = stage)));
            Ok(Exit::Ok)
        }
    }
}

fn act_of(verb: &DocumentsVerb) -> Option<(&str, Act)> {
    Some(match verb {
        DocumentsVerb::Take { id } => (id, Act::Take),
        DocumentsVerb::Release { id, spent } => (id, Act::Release { seconds: spent.seconds() }),
        DocumentsVerb::Resolve { id, outcome, spent } => {
            let outcome = match outcome {
                Outcome::Entered => Settlement::Entered,
                Outcome::NotEntered => Settlement::NotEntered,
                Outcome::ByHand => Settlement::ByHand,
            };
            (id, Act::Resolve { outcome, seconds: spent.seconds() })
        }
        DocumentsVerb::Reject { id, why, spent } => {
            let why = match why {
                Why::WrongForm => RejectReason::WrongForm,
                Why::Unreadable => RejectReason::Unreadable,
                Why::Incomplete => RejectReason::Incomplete,
                Why::Duplicate => RejectReason::Duplicate,
                Why::Withdrawn => RejectReason::Withdrawn,
                Why::Other => RejectReason::Other,
            };
            (id, Act::Reject { why, seconds: spent.seconds() })
        }
        DocumentsVerb::NotDuplicate { id, spent } => (id, Act::NotDuplicate { seconds: spent.seconds() }),
        DocumentsVerb::Retry { id } => (id, Act::Retry),
        DocumentsVerb::Resume { id } => (id, Act::Resume),
        DocumentsVerb::Erase { id, yes: true } => (id, Act::Erase),
        DocumentsVerb::List { .. }
        | DocumentsVerb::Show { .. }
        | DocumentsVerb::Trace { .. }
        | DocumentsVerb::Files { .. }
        | DocumentsVerb::Erase { yes: false, .. } => return None,
    })
}

/// The document whose id begins so (`5a3c91ff`, or with its position `5a3c91ff-2`), if exactly one does.
///
/// # Errors
/// If none or several do.
pub async fn find(desk: &Desk, beginning: &str) -> Result<DocumentId, Stop> {
    if let Ok(id) = beginning.parse() {
        return Ok(id);
    }
    let all = desk.client.documents(&DocumentQuery::default()).await?;
    let (intake, position) = beginning.split_once('-').map_or((beginning, None), |(i, p)| (i, Some(p)));
    let fits = |id: DocumentId| {
        id.intake.to_string().starts_with(intake) && position.is_none_or(|p| id.position.to_string() == p)
    };
    let mut fitting = all.iter().filter(|d| fits(d.id));
    match (fitting.next(), fitting.next()) {
        (Some(document), None) => Ok(document.id),
        (None, _) => Err(Stop::new(Exit::RunFailed, message!("daemon.no-such-document", document = beginning))),
        (Some(_), Some(_)) => Err(Stop::new(Exit::Usage, message!("cli.documents.several", beginning = beginning))),
    }
}

/// A stage in the person's language.
pub fn stage_text(stage: StageKind, lang: Lang) -> String {
    let message = match stage {
        StageKind::Received => message!("cli.stage.received"),
        StageKind::Review => message!("cli.stage.review"),
        StageKind::DuplicateSuspected => message!("cli.stage.duplicate"),
        StageKind::Ready => message!("cli.stage.ready"),
        StageKind::Entering => message!("cli.stage.entering"),
        StageKind::Intended | StageKind::Sent => message!("cli.stage.sending"),
        StageKind::Confirmed => message!("cli.stage.confirmed"),
        StageKind::Unknown => message!("cli.stage.unknown"),
        StageKind::Done => message!("cli.stage.done"),
        StageKind::DoneByHand => message!("cli.stage.by-hand"),
        StageKind::Rejected => message!("cli.stage.rejected"),
        StageKind::Failed => message!("cli.stage.failed"),
        StageKind::Taken => message!("cli.stage.taken"),
        StageKind::Held => message!("cli.stage.held"),
        StageKind::Erased => message!("cli.stage.erased"),
    };
    lang.render(&message)
}

/// Why a document stands where it stands, in a line; empty if its stage says it all.
pub fn reason(document: &Document, lang: Lang) -> String {
    let message = match &document.stage {
        Stage::Review { need: ReviewNeed::Fields { fields } } => message!("cli.reason.fields", count = fields.len()),
        Stage::Review { need: ReviewNeed::Page { why } } | Stage::Held { why, .. } => why.clone(),
        Stage::Unknown { why, .. } => why.clone(),
        Stage::Failed { why, retry_at: Some(at), .. } => {
            let again = message!("cli.reason.again-at", at = local(*at));
            return format!("{} {}", lang.render(why), lang.render(&again));
        }
        Stage::Failed { why, .. } => why.clone(),
        Stage::DuplicateSuspected { of } => message!("cli.reason.duplicate-of", document = of),
        Stage::Taken { by, .. } => message!("cli.reason.taken-by", who = by),
        Stage::Rejected { why } => reject_reason(*why),
        _ => return String::new(),
    };
    lang.render(&message)
}

/// Tokyo time to the minute.
pub fn local(at: Instant) -> String {
    at.with_timezone(&tokyo()).format("%Y-%m-%d %H:%M").to_string()
}

fn listing(documents: &[Document], format: Format, lang: Lang) -> String {
    match format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(documents).expect("documents are plain data")),
        Format::Csv => sheet(documents, lang).csv_text(),
        Format::Table => {
            let counted = lang.render(&message!("cli.documents.count", count = documents.len()));
            format!("{}\n{counted}\n", sheet(documents, lang).table_for_terminal())
        }
    }
}

fn sheet(documents: &[Document], lang: Lang) -> Sheet {
    let column = |head: Message, place| Column { head: lang.render(&head), place };
    let row = |d: &Document| {
        vec![
            Cell::text(short(d.id)),
            Cell::text(d.id.to_string()),
            Cell::text(d.scenario.as_str()),
            Cell::text(local(d.received_at)),
            Cell::text(stage_text(d.stage.kind(), lang)),
            Cell::text(reason(d, lang)),
        ]
    };
    Sheet {
        title: String::new(),
        columns: vec![
            column(message!("cli.head.document"), Place::Table),
            column(message!("cli.head.document"), Place::Csv),
            column(message!("cli.head.scenario"), Place::Both),
            column(message!("cli.head.received"), Place::Both),
            column(message!("cli.head.stage"), Place::Both),
            column(message!("cli.head.reason"), Place::Both),
        ],
        rows: documents.iter().map(row).collect(),
        total: None,
    }
}

/// Enough of an id to tell it apart among some thousand documents, with its position: `find` understands it.
pub fn short(id: DocumentId) -> String {
    format!("{:.8}-{}", id.intake.to_string(), id.position)
}

/// For its owner alone: a target's file is personal.
fn write_private(folder: &Path, to: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    file.write_all(bytes)
}

fn telling(story: &DocumentStory, format: Format, lang: Lang) -> String {
    if format == Format::Json {
        return format!("{}\n", serde_json::to_string_pretty(story).expect("stories are plain data"));
    }
    let document = &story.document;
    let mut lines = vec![
        format!("{}  {}", story.title, document.id),
        lang.render(&message!(
            "cli.documents.stands",
            stage = stage_text(document.stage.kind(), lang),
            reason = reason(document, lang)
        )),
    ];
    if let Some(receipt) = &story.receipt {
        lines.push(format!("{}: {}", lang.render(&message!("cli.documents.receipt")), receipt.expose()));
    }
    if let Some(remarks) = &story.remarks {
        lines.push(format!("{}: {}", lang.render(&message!("cli.documents.said")), remarks.expose()));
    }
    for file in &story.files {
        let (name, kind) = (&file.name, file.kind);
        let size = file.bytes.div_ceil(1000);
        lines.push(lang.render(&message!("cli.documents.file", name = name, kind = kind, size = size)));
    }
    lines.push(String::new());
    for record in &story.records {
        if let Event::Document(event) = &record.event {
            let when = record.at.with_timezone(&tokyo()).format("%Y-%m-%d %H:%M:%S");
            lines.push(format!("{when}  {:<10} {}", record.who.to_string(), event_text(event, lang)));
        }
    }
    lines.join("\n") + "\n"
}
