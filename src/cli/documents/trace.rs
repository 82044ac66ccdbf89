//! `jitan documents trace`: everything that was done for a document as one page that opens anywhere, without scripts and
//! without reaching for anything. Its security policy forbids both, whatever a target's words hold.

use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::Environment;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::words::event_text;
use super::{reason, stage_text};
use crate::api::types::DocumentTrace;
use crate::entering::error::{words, words_of};
use crate::entering::trace::{DepartureKind, Did, Entry, Moment, Outcome, Place, Trace};
use crate::locale::Lang;
use crate::message;
use crate::model::journal::Event;
use crate::model::message::Message;
use crate::model::step::{Action, Step, ValueSource};
use crate::model::target::Environment as Site;
use crate::model::time::{Instant, tokyo};

/// Escaped as HTML, which the engine decides by this name's ending.
const TEMPLATE: &str = "trace.html";
const STYLE: &str = include_str!("trace.css");

/// Writes the page for its owner's eyes only; a file that is there is replaced as a whole.
///
/// # Errors
/// If it cannot be made or written.
pub fn write(trace: &DocumentTrace, to: &Path, lang: Lang) -> anyhow::Result<()> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Readable by nobody else from its first byte, and never through a link that lies there.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(page(trace, lang)?.as_bytes())?;
    file.persist(to)?;
    Ok(())
}

/// What the file is called unless a person says otherwise.
pub fn file_name(trace: &DocumentTrace) -> PathBuf {
    PathBuf::from(format!("trace-{}.html", super::short(trace.story.document.id)))
}

/// # Errors
/// If the template is broken.
pub fn page(trace: &DocumentTrace, lang: Lang) -> Result<String, minijinja::Error> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    engine.add_template(TEMPLATE, include_str!("trace.html"))?;
    engine.get_template(TEMPLATE)?.render(minijinja::value::Serde(Words(lang).page(trace)))
}

#[derive(Serialize)]
struct PageView {
    lang: &'static str,
    style: &'static str,
    /// The only style sheet that the page's policy lets in.
    style_digest: String,
    title: String,
    facts: Vec<(String, String)>,
    heads: Vec<String>,
    events: Vec<EventView>,
    how: String,
}

#[derive(Serialize)]
struct EventView {
    when: String,
    who: String,
    text: String,
    class: &'static str,
    visit: Option<VisitView>,
}

#[derive(Serialize)]
struct VisitView {
    rows: Vec<RowView>,
    failure: Option<FailureView>,
    unfinished: Option<String>,
    requests: Vec<String>,
    requests_title: String,
    picture: Option<String>,
    picture_title: String,
}

#[derive(Serialize)]
struct FailureView {
    why: String,
    said_title: String,
    said: Option<String>,
}

#[derive(Serialize)]
struct RowView {
    /// Begins a part of the visit.
    part: Option<String>,
    when: String,
    line: String,
    act: String,
    what: String,
    value: String,
    outcome: String,
    class: &'static str,
    took: String,
}

struct Words(Lang);

impl Words {
    fn say(&self, message: &Message) -> String {
        self.0.render(message)
    }

    fn page(&self, trace: &DocumentTrace) -> PageView {
        let story = &trace.story;
        let document = &story.document;
        let stage = format!("{}  {}", stage_text(document.stage.kind(), self.0), reason(document, self.0));
        let site = match document.environment {
            Site::Test => message!("cli.trace.test"),
            Site::Live => message!("cli.trace.live"),
        };
        let facts = [
            (message!("cli.head.document"), document.id.to_string()),
            (message!("cli.trace.version"), format!("{} ({})", document.scenario, document.scenario_version)),
            (message!("cli.trace.target"), format!("{} ({})", trace.target, self.say(&site))),
            (message!("cli.head.stage"), stage.trim().to_owned()),
        ];
        let heads = [
            message!("cli.trace.time"),
            message!("cli.trace.line"),
            message!("cli.trace.act"),
            message!("cli.trace.what"),
            message!("cli.trace.value"),
            message!("cli.trace.outcome"),
            message!("cli.trace.took"),
        ];
        PageView {
            lang: match self.0 {
                Lang::Ja => "ja",
                Lang::En => "en",
            },
            style: STYLE,
            style_digest: BASE64.encode(Sha256::digest(STYLE)),
            title: self.say(&message!("cli.trace.title", title = story.title)),
            facts: facts.into_iter().map(|(head, fact)| (self.say(&head), fact)).collect(),
            heads: heads.iter().map(|head| self.say(head)).collect(),
            events: self.events(trace),
            how: self.say(&message!("cli.trace.how")),
        }
    }

    fn events(&self, trace: &DocumentTrace) -> Vec<EventView> {
        let visit_of =
            |version: u64| trace.visits.iter().find(|(number, _)| *number == version).map(|(_, visit)| visit);
        let mut events: Vec<EventView> = Vec::new();
        let mut inside: Option<&Trace> = None;
        for record in &trace.story.records {
            let Event::Document(event) = &record.event else { continue };
            let visit = visit_of(record.version);
            let among_steps = inside.is_some_and(|visit| visit.entries.last().is_some_and(|last| record.at <= last.at));
            if visit.is_none() && among_steps {
                continue;
            }
            inside = visit;
            events.push(EventView {
                when: moment_of_day(record.at, "%Y-%m-%d %H:%M:%S"),
                who: record.who.to_string(),
                text: event_text(event, self.0),
                class: class_of(event),
                visit: visit.map(|visit| self.visit(trace, visit, record.version)),
            });
        }
        let told = trace.story.document.version;
        for (_, visit) in trace.visits.iter().filter(|(number, _)| *number > told) {
            events.push(EventView {
                when: moment_of_day(visit.begun, "%Y-%m-%d %H:%M:%S"),
                who: String::new(),
                text: self.say(&message!("cli.trace.nothing-learnt")),
                class: "doubt",
                visit: Some(self.visit(trace, visit, told)),
            });
        }
        events
    }

    /// What was recorded of the document while a visit's steps were done: the intent, above all.
    fn recorded_meanwhile(&self, trace: &DocumentTrace, visit: &Trace, after: u64) -> Vec<(Instant, RowView)> {
        let Some(last) = visit.entries.last() else { return Vec::new() };
        let during = trace.story.records.iter().filter(|record| record.version > after && record.at <= last.at);
        let rows = during.filter_map(|record| match &record.event {
            Event::Document(event) => Some((record.at, self.moment(record.at, event_text(event, self.0)))),
            _ => None,
        });
        rows.collect()
    }

    fn visit(&self, trace: &DocumentTrace, visit: &Trace, after: u64) -> VisitView {
        let mut part = None;
        let mut meanwhile = self.recorded_meanwhile(trace, visit, after).into_iter().peekable();
        let mut rows = Vec::new();
        for entry in &visit.entries {
            while let Some((_, recorded)) = meanwhile.next_if(|(at, _)| *at <= entry.at) {
                rows.push(recorded);
            }
            let place = match &entry.did {
                Did::Step { place, .. } => Some(*place),
                _ => part,
            };
            let begins = place.filter(|_| place != part).map(|place| self.part(place));
            part = place;
            rows.push(self.row(entry, begins));
        }
        let end = visit.end.as_ref();
        let failure = end.and_then(|end| end.failure.as_ref()).map(|failure| FailureView {
            why: self.say(&failure.why),
            said_title: self.say(&message!("cli.trace.said")),
            said: failure.said.as_ref().map(|said| said.expose().to_owned()),
        });
        let picture = end.and_then(|end| trace.pictures.get(&end.picture?));
        VisitView {
            rows,
            failure,
            unfinished: end.is_none().then(|| self.say(&message!("cli.trace.unfinished"))),
            requests: visit.requests.iter().map(|(request, declared)| self.request(request, *declared)).collect(),
            requests_title: self.say(&message!("cli.trace.requests")),
            picture: picture.cloned(),
            picture_title: self.say(&message!("cli.trace.picture")),
        }
    }

    fn part(&self, place: Place) -> String {
        self.say(&match place {
            Place::SignIn => message!("cli.trace.sign-in"),
            Place::Scenario => message!("cli.trace.scenario"),
            Place::Probe => message!("cli.trace.probe"),
            Place::OnError => message!("cli.trace.on-error"),
        })
    }

    fn request(&self, request: &crate::model::target::RequestPattern, declared: bool) -> String {
        let treated = match declared {
            true => message!("cli.run.request-declared"),
            false => message!("cli.run.request-refused"),
        };
        format!("{request}  {}", self.say(&treated))
    }

    fn row(&self, entry: &Entry, part: Option<String>) -> RowView {
        let (outcome, class) = match entry.outcome {
            Outcome::Done => (message!("cli.trace.done"), "done"),
            Outcome::Failed => (message!("cli.trace.failed"), "failed"),
            Outcome::NotKnown => (message!("cli.trace.not-known"), "doubt"),
        };
        let (act, what, value, line) = match &entry.did {
            Did::Step { step, .. } => self.step(step),
            other => (self.happening(other), String::new(), String::new(), String::new()),
        };
        RowView {
            part,
            when: moment_of_day(entry.at, "%H:%M:%S%.3f"),
            line,
            act,
            what,
            value,
            outcome: self.say(&outcome),
            class,
            took: if entry.took.is_zero() { String::new() } else { format!("{} ms", entry.took.as_millis()) },
        }
    }

    fn moment(&self, at: Instant, said: String) -> RowView {
        RowView {
            part: None,
            when: moment_of_day(at, "%H:%M:%S%.3f"),
            line: String::new(),
            act: said,
            what: String::new(),
            value: String::new(),
            outcome: String::new(),
            class: "done",
            took: String::new(),
        }
    }

    /// Act, locator, value and line, as the author has them.
    fn step(&self, step: &Step) -> (String, String, String, String) {
        let (act, what, value) = match &step.action {
            Action::Open { path } => (message!("cli.trace.open"), path.clone(), String::new()),
            Action::Fill { into, value } => (message!("cli.trace.fill"), words(into), self.value(value)),
            Action::Type { into, value } => (message!("cli.trace.type"), words(into), self.value(value)),
            Action::Upload { into } => (message!("cli.trace.upload"), words(into), String::new()),
            Action::Hover { what } => (message!("cli.trace.hover"), words(what), String::new()),
            Action::Choose { from, value } => (message!("cli.trace.choose"), words(from), self.value(value)),
            Action::Check { what, on: true } => (message!("cli.trace.check"), words(what), String::new()),
            Action::Check { what, on: false } => (message!("cli.trace.uncheck"), words(what), String::new()),
            Action::Click { what } => (message!("cli.trace.click"), words(what), String::new()),
            Action::Expect { what } => (message!("cli.trace.expect"), words(what), String::new()),
            Action::ExpectOneOf { .. } => (message!("cli.trace.expect-one-of"), words_of(step), String::new()),
            Action::Take { name, from } => (message!("cli.trace.take"), words(from), name.to_string()),
            Action::Download(download) => (message!("cli.trace.take-file"), words_of(step), download.name.to_string()),
            Action::Http(_) => (message!("cli.trace.http"), words_of(step), String::new()),
            Action::Submit(_) => (message!("cli.trace.submit"), words_of(step), String::new()),
        };
        (self.say(&act), what, value, step.line.to_string())
    }

    /// Where a value comes from: never what it is, unless the author wrote it.
    fn value(&self, source: &ValueSource) -> String {
        match source {
            ValueSource::Literal(text) => self.say(&message!("cli.trace.literal", text = text)),
            ValueSource::Expression(made) => made.source().to_owned(),
            ValueSource::AccountUser => self.say(&message!("cli.trace.account-user")),
            ValueSource::AccountPassword => self.say(&message!("cli.trace.account-password")),
            ValueSource::Secret(_) => self.say(&message!("cli.trace.secret")),
        }
    }

    fn happening(&self, did: &Did) -> String {
        let message = match did {
            Did::Step { .. } => return String::new(),
            Did::Branched { shown } => message!("cli.trace.branched", shown = shown),
            Did::Replaced => message!("cli.trace.replaced"),
            Did::ReadBack { controls } => message!("cli.trace.read-back", count = controls),
            Did::Found { rows, matching } => message!("cli.trace.found", count = rows, matching = matching),
            Did::Moment { moment } => match moment {
                Moment::ClickHandedOver => message!("cli.trace.clicked"),
                Moment::RequestHeld => message!("cli.trace.held"),
                Moment::Answered => message!("cli.trace.answered"),
                Moment::NextPage => message!("cli.trace.next-page"),
                Moment::EvidenceSeen => message!("cli.trace.evidence"),
            },
            Did::Request { request, departure, status } => match (departure, status) {
                (_, Some(status)) => message!("cli.trace.sent", request = request, status = status),
                (DepartureKind::NeverLeft, _) => message!("cli.trace.never-left", request = request),
                _ => message!("cli.trace.unanswered", request = request),
            },
            Did::Dialog { said, accepted, .. } => {
                let said = said.expose();
                match accepted {
                    true => message!("cli.trace.dialog-accepted", said = said),
                    false => message!("cli.trace.dialog-dismissed", said = said),
                }
            }
            Did::DownloadRefused => message!("cli.trace.download"),
        };
        self.say(&message)
    }
}

fn moment_of_day(at: Instant, form: &str) -> String {
    at.with_timezone(&tokyo()).format(form).to_string()
}

fn class_of(event: &crate::model::document::event::DocumentEvent) -> &'static str {
    use crate::model::document::event::DocumentEvent;
    match event {
        DocumentEvent::Confirmed { .. } | DocumentEvent::Done => "done",
        DocumentEvent::Failed { .. } | DocumentEvent::NotSent { .. } | DocumentEvent::Held { .. } => "failed",
        DocumentEvent::OutcomeUnknown { .. } => "doubt",
        _ => "",
    }
}
