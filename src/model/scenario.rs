//! シナリオ: where forms come from, how they are read, where they are entered, what a person needed before.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::document::event::Medium;
use super::expression::Expression;
use super::form::{Field, FieldKind, Form};
use super::id::{FieldName, FormName, ScenarioName, TargetName, VersionId};
use super::passing::ReadingRules;
use super::record::{CellShape, RecordField, RecordLayout};
use super::schedule::Schedule;
use super::target::{SecretRef, Target};
use super::time::millis;

/// Everything a version needs, resolved: what is deployed and what documents keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    pub version: VersionId,
    pub scenario: Scenario,
    pub read_from: ReadFrom,
    pub target: Target,
}

/// What a scenario's documents come from, and so what their values are called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadFrom {
    Paper(Vec<Form>),
    /// Exports of electronic applications.
    Records(RecordLayout),
}

/// A field as people see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shown<'a> {
    OnPaper(&'a Field),
    InRecord(&'a RecordField),
}

impl<'a> Shown<'a> {
    pub fn label(self) -> &'a str {
        match self {
            Shown::OnPaper(field) => &field.label,
            Shown::InRecord(field) => &field.label,
        }
    }

    /// The page it stands on, from 1.
    pub fn page(self) -> u16 {
        match self {
            Shown::OnPaper(field) => field.page,
            Shown::InRecord(_) => 1,
        }
    }

    /// The values that it can have, if they are few.
    pub fn options(self) -> Vec<&'a str> {
        match self {
            Shown::OnPaper(Field { kind: FieldKind::Choice { options }, .. }) => {
                options.iter().map(|option| option.value.as_str()).collect()
            }
            Shown::InRecord(RecordField { shape: CellShape::Choice { options }, .. }) => {
                options.iter().map(String::as_str).collect()
            }
            Shown::OnPaper(_) | Shown::InRecord(_) => Vec::new(),
        }
    }
}

impl Bundle {
    /// Whether what was read under this version means the same under another, so that a document may change over.
    pub fn reads_like(&self, other: &Bundle) -> bool {
        self.read_from == other.read_from
            && self.scenario.key == other.scenario.key
            && self.scenario.target == other.scenario.target
    }

    /// The paper forms; none where documents come without paper.
    pub fn forms(&self) -> &[Form] {
        match &self.read_from {
            ReadFrom::Paper(forms) => forms,
            ReadFrom::Records(_) => &[],
        }
    }

    pub fn medium(&self) -> Medium {
        match self.read_from {
            ReadFrom::Paper(_) => Medium::Paper,
            ReadFrom::Records(_) => Medium::Record,
        }
    }

    /// A field of the form or layout that a document was read with.
    pub fn field(&self, form: &FormName, name: &FieldName) -> Option<Shown<'_>> {
        match &self.read_from {
            ReadFrom::Paper(forms) => {
                forms.iter().find(|f| f.name == *form).and_then(|form| form.field(name)).map(Shown::OnPaper)
            }
            ReadFrom::Records(layout) if layout.name == *form => layout.field(name).map(Shown::InRecord),
            ReadFrom::Records(_) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    pub name: ScenarioName,
    pub title: String,
    /// 所管課
    pub department: String,
    pub owner: Option<String>,
    pub description: Option<String>,
    pub watch: Option<Watch>,
    pub schedule: Option<Schedule>,
    pub reading: ReadingRules,
    /// Fields that together tell one case from another: the same values again are a suspected duplicate.
    pub key: Vec<FieldName>,
    pub target: TargetName,
    pub steps: Vec<Step>,
    /// Taken after a failure before the submit, so that the target is left as it was found: a lock given back, say.
    #[serde(default)]
    pub on_error: Vec<Step>,
    /// Made-up values by which the pages are passed when they are looked over before a batch; empty for a blank.
    #[serde(default)]
    pub canary: BTreeMap<FieldName, String>,
    pub retry: Retry,
    /// Longest time for entering one document.
    #[serde(with = "millis")]
    pub timeout: Duration,
    /// In order of their first day.
    pub baselines: Vec<Baseline>,
    /// Work outside this program, per document, in order of their first day.
    pub outside: Vec<OutsideWork>,
}

/// A hot folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    pub folder: String,
    /// File name pattern with `*` and `?`.
    pub pattern: String,
}

/// When a system failure is tried again. Business failures and unknown outcomes never are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// Attempts after the first.
    pub limit: u32,
    #[serde(with = "millis")]
    pub interval: Duration,
    /// Factor on the interval for each further attempt, at least 1.
    pub backoff: f64,
}

impl Retry {
    /// How long to wait after the `failed`-th failed attempt (from 1), or `None` when attempts are used up.
    pub fn wait_after(&self, failed: u32) -> Option<Duration> {
        /// No wait is longer than a day: a batch runs every night anyway.
        const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
        if failed == 0 || failed > self.limit {
            return None;
        }
        let factor = self.backoff.max(1.0).powi(i32::try_from(failed - 1).unwrap_or(i32::MAX));
        let seconds = (self.interval.as_secs_f64() * factor).min(LONGEST.as_secs_f64());
        Some(Duration::from_secs_f64(seconds))
    }
}

/// 基準時間: how long a person took for one document before, split by what now saves it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// First day it holds.
    pub from: NaiveDate,
    /// Last day it holds: a baseline expires, or it flatters for ever.
    pub until: NaiveDate,
    /// Reading and typing off paper, credited to `ai-ocr`; 0 where documents come without paper.
    #[serde(with = "millis")]
    pub reading: Duration,
    /// Entering into the system, credited to `rpa`.
    #[serde(with = "millis")]
    pub entering: Duration,
    pub evidence: Evidence,
}

/// What a figure rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "basis")]
pub enum Evidence {
    Measured { on: NaiveDate, cases: u32 },
    Estimated { why: String },
}

/// Minutes people spend outside this program per document (scanning, sorting): always an estimate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutsideWork {
    pub from: NaiveDate,
    #[serde(with = "millis")]
    pub per_document: Duration,
    pub what: String,
}

/// One act on the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Where its author wrote it, for messages.
    pub line: Line,
    /// How a native dialog that opens meanwhile is answered. Without it none is expected: it stops the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialog: Option<DialogAnswer>,
    #[serde(default, skip_serializing_if = "Window::is_main")]
    pub window: Window,
    /// Only documents of which this holds take the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expression>,
    pub action: Action,
}

/// A place in an author's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    /// In the file that holds the steps, from 1.
    Own(u32),
    /// In a procedure of the target, which that file calls at line `from`.
    Called { from: u32, target: TargetName, line: u32 },
}

impl Default for Line {
    fn default() -> Self {
        Line::Own(0)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Line::Own(line) => write!(f, "{line}"),
            Line::Called { from, target, line } => write!(f, "{from} → targets/{target}.yaml:{line}"),
        }
    }
}

/// Where a step acts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The window that entering begins in.
    #[default]
    Main,
    /// Of the windows that pages opened and that still stand, the last one.
    Opened,
}

impl Window {
    fn is_main(&self) -> bool {
        *self == Window::Main
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialogAnswer {
    /// OK, and for a prompt the text it proposes.
    Accept,
    /// Cancel.
    Dismiss,
}

/// What a step does to the outside world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Looks only.
    Read,
    /// May be done again without harm.
    Idempotent,
    /// At most once per intent.
    Submit,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Action {
    /// Goes to a path below the target's base URL.
    Open { path: String },
    /// Types into a text field, replacing what stands there.
    Fill { into: Locator, value: ValueSource },
    /// The same with keys as a keyboard sends them, for pages that listen to nothing else.
    Type { into: Locator, value: ValueSource },
    /// Puts the document's scan into a file field.
    Upload { into: Locator },
    /// Moves the mouse over something, so that what it hides appears.
    Hover { what: Locator },
    /// Chooses an option of a select box, drop-down or radio group by its text; several are joined by `、`.
    Choose { from: Locator, value: ValueSource },
    /// Sets a tick box.
    Check { what: Locator, on: bool },
    /// Clicks what sends nothing that writes: next page, confirmation page.
    Click { what: Locator },
    /// Waits until this is seen.
    Expect { what: Locator },
    /// Reads a text from the page under a name.
    Take { name: FieldName, from: Locator },
    /// Clicks what enters the document: once per intent.
    Submit(Box<Submit>),
}

impl Action {
    pub fn effect(&self) -> Effect {
        match self {
            Action::Expect { .. } | Action::Take { .. } => Effect::Read,
            Action::Open { .. }
            | Action::Fill { .. }
            | Action::Type { .. }
            | Action::Upload { .. }
            | Action::Hover { .. }
            | Action::Choose { .. }
            | Action::Check { .. }
            | Action::Click { .. } => Effect::Idempotent,
            Action::Submit(_) => Effect::Submit,
        }
    }

    /// What it names on the page; a submit, its button.
    pub fn locator(&self) -> Option<&Locator> {
        match self {
            Action::Open { .. } => None,
            Action::Fill { into, .. } | Action::Type { into, .. } | Action::Upload { into } => Some(into),
            Action::Choose { from, .. } | Action::Take { from, .. } => Some(from),
            Action::Hover { what } | Action::Check { what, .. } | Action::Click { what } | Action::Expect { what } => {
                Some(what)
            }
            Action::Submit(submit) => Some(&submit.click),
        }
    }
}

/// The act that must happen at most once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submit {
    pub click: Locator,
    /// Success means this was seen, never "no exception".
    pub confirmed_by: Locator,
    /// Where the receipt number stands on the completion page.
    pub receipt: Option<Locator>,
    /// The system says here why it refuses this document.
    pub refused_by: Option<Locator>,
    pub probe: Option<Probe>,
    pub on_unknown: OnUnknown,
    /// Probe before the intent: finds a record entered by somebody else, and makes a later `present` ours.
    pub precheck: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// Ask the target by the probe; a person if it cannot tell.
    Probe,
    /// Ask a person at once.
    Ask,
}

/// 照会: read-only steps that search the target by a natural key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    pub steps: Vec<Step>,
    /// Seen when nothing was found.
    pub absent: Locator,
    /// The rows of the result list (CSS).
    pub rows: String,
    /// Result columns by their heading, and what must stand there for the record to be this document's.
    pub matches: Vec<ColumnMatch>,
    /// Heading of the column with the receipt number.
    pub receipt: Option<String>,
    /// Heading of the column with the account that entered the record.
    pub entered_by: Option<String>,
    /// Heading of the column with the time of entry (RFC 3339, or `YYYY-MM-DD HH:MM:SS` in Tokyo).
    pub entered_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnMatch {
    pub column: String,
    pub value: ValueSource,
}

/// Names something on a page as people see it. Exactly one visible match, or the step waits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locator {
    /// A form control by its label's text.
    Label(String),
    /// A button or button-like link by its text.
    Button(String),
    /// A link by its text.
    Link(String),
    /// The innermost element whose text contains this.
    Text(String),
    Placeholder(String),
    Role {
        role: String,
        name: Option<String>,
    },
    Css(String),
    /// One of these, by where it stands. All that is given must hold.
    Placed {
        what: Box<Locator>,
        /// Within the part of the page that this heading, legend or label names.
        #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
        within: Option<String>,
        /// The nearest to the right of this text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        right_of: Option<String>,
        /// The nearest below this text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        below: Option<String>,
        /// Of several, the n-th as the page has them, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nth: Option<u16>,
    },
}

/// Where a step's value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueSource {
    /// Fixed text from the scenario.
    Literal(String),
    /// Made from fields of the document.
    Expression(Expression),
    /// The target account's user name.
    AccountUser,
    /// The target account's password.
    AccountPassword,
    /// Another secret by reference.
    Secret(SecretRef),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_by_the_backoff_and_end_at_the_limit() {
        let retry = Retry { limit: 3, interval: Duration::from_secs(60), backoff: 2.0 };
        assert_eq!(retry.wait_after(1), Some(Duration::from_secs(60)));
        assert_eq!(retry.wait_after(3), Some(Duration::from_secs(240)));
        assert_eq!(retry.wait_after(4), None);
    }

    #[test]
    fn no_backoff_however_large_overflows() {
        let retry = Retry { limit: u32::MAX, interval: Duration::from_secs(60), backoff: 1e9 };
        assert_eq!(retry.wait_after(u32::MAX), Some(Duration::from_secs(86_400)));
    }
}
