//! 手順: what a scenario does on its target, one act after the other.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::download::Download;
use super::expression::Expression;
use super::http::{HttpRequest, HttpStep};
use super::id::{FieldName, TargetName};
use super::locator::Locator;
use super::submit::{Means, Submit};
use super::target::SecretRef;

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
    /// Waits until the page shows one of these, and goes on by it.
    ExpectOneOf { branches: Vec<Branch> },
    /// Reads a text from the page under a name, which later steps may use.
    Take { name: FieldName, from: Locator },
    /// Keeps a file that the page offers.
    Download(Download),
    /// Asks the target's API.
    Http(Box<HttpStep>),
    /// Enters the document: once per intent.
    Submit(Box<Submit>),
}

impl Action {
    pub fn effect(&self) -> Effect {
        match self {
            Action::Expect { .. } | Action::Take { .. } | Action::Download(_) | Action::Http(_) => Effect::Read,
            Action::Open { .. }
            | Action::Fill { .. }
            | Action::Type { .. }
            | Action::Upload { .. }
            | Action::Hover { .. }
            | Action::Choose { .. }
            | Action::Check { .. }
            | Action::Click { .. } => Effect::Idempotent,
            Action::ExpectOneOf { branches } => {
                let within = branches.iter().flat_map(Branch::steps).map(|step| step.action.effect());
                within.max().unwrap_or(Effect::Read)
            }
            Action::Submit(_) => Effect::Submit,
        }
    }

    /// What it names on the page, if that is one thing; a submit, its button.
    pub fn locator(&self) -> Option<&Locator> {
        match self {
            Action::Open { .. } | Action::ExpectOneOf { .. } | Action::Http(_) => None,
            Action::Fill { into, .. } | Action::Type { into, .. } | Action::Upload { into } => Some(into),
            Action::Choose { from, .. } | Action::Take { from, .. } => Some(from),
            Action::Hover { what } | Action::Check { what, .. } | Action::Click { what } | Action::Expect { what } => {
                Some(what)
            }
            Action::Download(download) => Some(&download.click),
            Action::Submit(submit) => match &submit.by {
                Means::Click(by) => Some(&by.click),
                Means::Http(_) => None,
            },
        }
    }

    pub fn submit(&self) -> Option<&Submit> {
        match self {
            Action::Submit(submit) => Some(submit),
            _ => None,
        }
    }

    /// The request that it sends itself.
    pub fn request(&self) -> Option<&HttpRequest> {
        match self {
            Action::Http(step) => Some(&step.request),
            Action::Submit(submit) => match &submit.by {
                Means::Http(by) => Some(&by.request),
                Means::Click(_) => None,
            },
            _ => None,
        }
    }

    /// What it puts into the page.
    pub fn value(&self) -> Option<&ValueSource> {
        match self {
            Action::Fill { value, .. } | Action::Type { value, .. } | Action::Choose { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The texts it reads from the target, by their names.
    pub fn takes(&self) -> Vec<&FieldName> {
        match self {
            Action::Take { name, .. } => vec![name],
            Action::Http(step) => step.take.iter().map(|take| &take.name).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether it needs a page.
    pub fn is_on_a_page(&self) -> bool {
        self.request().is_none()
    }
}

/// One of several things that a page may show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    pub seen: Locator,
    pub then: Then,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// These steps are taken, and then those behind all branches.
    Steps(Vec<Step>),
    /// The target does not take this document, and says there why.
    Refused,
}

impl Branch {
    /// The steps that it alone takes.
    pub fn steps(&self) -> &[Step] {
        match &self.then {
            Then::Steps(steps) => steps,
            Then::Refused => &[],
        }
    }
}

impl Step {
    /// It and the steps of all its branches, as their author wrote them.
    pub fn with_branches(&self) -> Vec<&Step> {
        let branches: &[Branch] = match &self.action {
            Action::ExpectOneOf { branches } => branches,
            _ => &[],
        };
        let within = branches.iter().flat_map(Branch::steps).flat_map(Step::with_branches);
        std::iter::once(self).chain(within).collect()
    }

    /// Everything that it puts into a page or a request.
    pub fn values(&self) -> impl Iterator<Item = &ValueSource> {
        let sent = self.action.request().into_iter().flat_map(HttpRequest::values);
        self.action.value().into_iter().chain(sent)
    }

    /// The fields and taken texts that it depends on.
    pub fn uses(&self) -> impl Iterator<Item = &FieldName> {
        self.when.iter().flat_map(Expression::fields).chain(self.values().flat_map(ValueSource::fields))
    }
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

impl ValueSource {
    /// The fields it comes from.
    pub fn fields(&self) -> &[FieldName] {
        match self {
            ValueSource::Expression(made) => made.fields(),
            _ => &[],
        }
    }
}
