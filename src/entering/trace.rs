//! What was done in the browser for one document, step by step, for whoever asks later. It names things in the author's
//! words. A value from paper appears as its field's name only; where the page itself spoke (a dialog, what stood near),
//! this document's values and every longer number are blanked out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::Job;
use super::error::{EnterError, words_of};
use super::submit::SubmitMoment;
use crate::model::message::Message;
use crate::model::step::{Line, Step};
use crate::model::target::RequestPattern;
use crate::model::time::{Instant, millis};
use crate::model::value::Personal;
use crate::ports::browser::{Departure, Happening, Session};
use crate::ports::clock::Clock;

/// One visit to a target: entering a document, or asking what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    pub begun: Instant,
    pub entries: Vec<Entry>,
    /// Requests that could write by their method, and whether the target declares them as reading.
    pub requests: Vec<(RequestPattern, bool)>,
    /// `None`: nothing is known of the rest. The program was stopped, or is still at it.
    pub end: Option<End>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct End {
    pub at: Instant,
    /// What went wrong, if something did.
    pub failure: Option<Failure>,
    /// Number of the masked picture that was kept.
    pub picture: Option<u16>,
}

/// What was expected, and what the page said instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub why: Message,
    pub said: Option<Personal>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Instant,
    #[serde(with = "millis")]
    pub took: Duration,
    pub did: Did,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Failed,
    /// Its page gave no answer: it left, or time was up.
    NotKnown,
}

/// Whose steps these are, and so which file their lines are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    SignIn,
    Scenario,
    Probe,
    /// Leaving the target after a failure.
    OnError,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "did")]
pub enum Did {
    /// A step as its author wrote it.
    Step {
        place: Place,
        step: Box<Step>,
    },
    /// What the page showed where it decides how to go on, in the author's words.
    Branched {
        shown: String,
    },
    /// The page was replaced under its steps, which began anew on the next.
    Replaced,
    /// Controls read back before the submit, all as entered.
    ReadBack {
        controls: u32,
    },
    /// Rows of a search's result, and how many of them carry this document's values.
    Found {
        rows: u32,
        matching: u32,
    },
    Moment {
        moment: Moment,
    },
    /// The one request of the submit.
    Request {
        request: RequestPattern,
        departure: DepartureKind,
        status: Option<u16>,
    },
    /// A native dialog, and how it was answered.
    Dialog {
        said: Personal,
        accepted: bool,
        provided_for: bool,
    },
    /// The page offered a file, which is never taken.
    DownloadRefused,
}

/// A moment of the submit that a person can make something of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    ClickHandedOver,
    RequestHeld,
    Answered,
    NextPage,
    EvidenceSeen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepartureKind {
    NeverLeft,
    Unanswered,
    Answered,
}

/// Takes down what happens, while it happens.
#[derive(Debug)]
pub struct Trail<'a> {
    clock: &'a dyn Clock,
    begun: Instant,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    entries: Vec<Entry>,
    /// Steps that a page has been told to do and has not answered for.
    under_way: Vec<Entry>,
    /// Texts that were taken from pages: never shown again.
    hidden: Vec<Personal>,
}

impl<'a> Trail<'a> {
    pub fn begin(clock: &'a dyn Clock) -> Self {
        Self { clock, begun: clock.now(), noted: Mutex::default() }
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The trace so far; what no page has answered for is told as not known.
    pub fn so_far(&self, session: &dyn Session) -> Trace {
        let noted = self.noted();
        let entries = noted.entries.iter().chain(&noted.under_way).cloned().collect();
        Trace { begun: self.begun, entries, requests: session.writes_seen(), end: None }
    }

    /// The whole trace of a visit that ended so.
    pub fn ended(&self, session: &dyn Session, failure: Option<Failure>, picture: Option<u16>) -> Trace {
        Trace { end: Some(End { at: self.now(), failure, picture }), ..self.so_far(session) }
    }

    pub(super) fn under_way(&self, place: Place, steps: &[&Step]) {
        let at = self.now();
        let entry = |step: &&Step| Entry {
            at,
            took: Duration::ZERO,
            did: Did::Step { place, step: Box::new(Step::clone(step)) },
            outcome: Outcome::NotKnown,
        };
        self.noted().under_way = steps.iter().map(entry).collect();
    }

    /// What was under way is answered for by these.
    pub(super) fn answered(&self, entries: impl IntoIterator<Item = Entry>) {
        let mut noted = self.noted();
        noted.under_way.clear();
        noted.entries.extend(entries);
    }

    /// What was under way did not answer, and never will.
    pub(super) fn unanswered(&self) {
        let mut noted = self.noted();
        let left = std::mem::take(&mut noted.under_way);
        noted.entries.extend(left);
    }

    pub(super) fn note(&self, did: Did, outcome: Outcome) {
        let entry = Entry { at: self.now(), took: Duration::ZERO, did, outcome };
        self.noted().entries.push(entry);
    }

    /// Line and locator of the last step noted, if it failed.
    pub fn failed_place(&self) -> Option<(Line, String)> {
        self.failed_step().map(|step| (step.line.clone(), words_of(&step)))
    }

    /// The last step noted, if it failed.
    pub(super) fn failed_step(&self) -> Option<Step> {
        let noted = self.noted();
        let last = noted.entries.iter().rev().find_map(|entry| match &entry.did {
            Did::Step { step, .. } => Some((step, entry.outcome)),
            _ => None,
        });
        last.filter(|(_, outcome)| *outcome == Outcome::Failed).map(|(step, _)| Step::clone(step))
    }

    /// Whether this step was done on this visit.
    pub(super) fn has_done(&self, step: &Step) -> bool {
        let is_it = |did: &Did| matches!(did, Did::Step { step: done, .. } if **done == *step);
        self.noted().entries.iter().any(|entry| entry.outcome == Outcome::Done && is_it(&entry.did))
    }

    /// What pages say from now on is shown without this.
    pub(super) fn hide(&self, text: &Personal) {
        self.noted().hidden.push(text.clone());
    }

    /// Adds to the last entry's time what its step still took outside the page.
    pub(super) fn last_took(&self, until: Instant) {
        if let Some(last) = self.noted().entries.last_mut() {
            last.took = (until - last.at).to_std().unwrap_or(last.took);
        }
    }

    /// How the submit's step ended, whatever was noted since it began.
    pub(super) fn step_ended(&self, outcome: Outcome) {
        self.unanswered();
        let now = self.now();
        let mut noted = self.noted();
        if let Some(step) = noted.entries.iter_mut().rev().find(|entry| matches!(entry.did, Did::Step { .. })) {
            (step.outcome, step.took) = (outcome, (now - step.at).to_std().unwrap_or_default());
        }
    }

    pub(super) fn moment(&self, moment: SubmitMoment) {
        let moment = match moment {
            SubmitMoment::BeforeClick => return,
            SubmitMoment::ClickDispatched => {
                self.unanswered();
                Moment::ClickHandedOver
            }
            SubmitMoment::RequestHeld => Moment::RequestHeld,
            SubmitMoment::Answered => Moment::Answered,
            SubmitMoment::ResponseSeen => Moment::NextPage,
            SubmitMoment::EvidenceSeen => Moment::EvidenceSeen,
        };
        self.note(Did::Moment { moment }, Outcome::Done);
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        // Nothing under this lock can panic half-way through a change.
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job<'_> {
    /// Notes what the page did of its own since it was last asked.
    pub(super) fn note_happenings(&self, session: &mut dyn Session) {
        for happening in session.happenings() {
            let (did, outcome) = match happening {
                Happening::Dialog { said, accepted, provided_for } => {
                    let outcome = if provided_for { Outcome::Done } else { Outcome::Failed };
                    (Did::Dialog { said: self.blanked(&said), accepted, provided_for }, outcome)
                }
                Happening::DownloadRefused => (Did::DownloadRefused, Outcome::Done),
            };
            self.trail.note(did, outcome);
        }
    }

    pub(super) fn note_request(&self, request: Option<RequestPattern>, departure: Option<Departure>) {
        let Some((request, departure)) = request.zip(departure) else { return };
        let (departure, status) = match departure {
            Departure::Never => (DepartureKind::NeverLeft, None),
            Departure::Unanswered => (DepartureKind::Unanswered, None),
            Departure::Answered { status } => (DepartureKind::Answered, Some(status)),
        };
        let outcome = if status.is_some() { Outcome::Done } else { Outcome::Failed };
        self.trail.note(Did::Request { request, departure, status }, outcome);
    }

    /// An error as it may be shown to whoever holds the trace.
    pub fn failure(&self, error: &EnterError) -> Failure {
        Failure { why: error.message().clone(), said: error.said.as_deref().map(|said| self.blanked(said)) }
    }

    /// A page's words without this document's values and without longer numbers.
    pub fn blanked(&self, said: &Personal) -> Personal {
        let raw = self.values.0.values().flatten().cloned();
        let steps = self.steps.iter().flat_map(Step::with_branches);
        let typed = steps.flat_map(Step::values).filter_map(|value| self.value(value).ok());
        let taken = self.trail.noted().hidden.clone();
        Personal::new(blanked(said.expose(), raw.chain(typed).chain(taken)))
    }
}

/// Stands for what is not shown.
const BLANK: &str = "●●●";

fn blanked(said: &str, values: impl Iterator<Item = Personal>) -> String {
    /// A single character stands everywhere, and tells nothing.
    const SHORTEST: usize = 2;
    let even = |text: &str| text.nfkc().collect::<String>();
    let mut hidden: Vec<String> = values
        .flat_map(|value| {
            let text = even(value.expose());
            let packed = text.split_whitespace().collect::<String>();
            let parts = text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            parts.into_iter().chain([text.trim().to_owned(), packed])
        })
        .filter(|text| text.chars().count() >= SHORTEST)
        .collect();
    // The longest first: a part of a value must not leave the rest standing.
    hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
    hidden.dedup();
    let said = hidden.iter().fold(even(said), |said, value| said.replace(value, BLANK));
    without_long_numbers(&said)
}

fn without_long_numbers(text: &str) -> String {
    /// Years and counts stay.
    const LONGEST: usize = 4;
    let mut shown = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() || (c == '-' && !run.is_empty()) {
            run.push(c);
            continue;
        }
        let digits = run.chars().filter(char::is_ascii_digit).count();
        shown.push_str(if digits > LONGEST { BLANK } else { &run });
        run.clear();
        if c != '\0' {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(said: &str, values: &[&str]) -> String {
        blanked(said, values.iter().map(|value| Personal::new(*value)))
    }

    #[test]
    fn a_documents_values_are_blanked_however_wide_or_spaced_they_are_shown() {
        assert_eq!(shown("板橋花子様を登録します", &["板橋　花子"]), "●●●様を登録します");
        assert_eq!(shown("板橋 花子 様", &["板橋　花子"]), "●●● 様");
        assert_eq!(shown("電話 03-3964", &["０３－３９６４"]), "電話 ●●●");
    }

    #[test]
    fn longer_numbers_are_blanked_whosever_they_are() {
        assert_eq!(shown("番号 123456789018 は令和8年 2026年の3件目", &[]), "番号 ●●● は令和8年 2026年の3件目");
        assert_eq!(shown("03-3964-1111", &[]), BLANK);
    }

    #[test]
    fn words_of_the_page_itself_stay() {
        assert_eq!(shown("口座の番号", &["1"]), "口座の番号");
    }
}
