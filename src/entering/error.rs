//! Why a document could not be entered, and what follows from it. Nothing of it may carry what a page showed: only
//! the author's own words (labels, field names), counts and kinds of elements.

use crate::message;
use crate::model::http::HttpRequest;
use crate::model::id::FieldName;
use crate::model::locator::Locator;
use crate::model::message::Message;
use crate::model::step::{Action, Line, Step};
use crate::model::value::Personal;
use crate::ports::browser::{BrowserError, NotStarted, Picture};

/// What kind of failure, and so what the engine does with the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The target, the network or the browser failed: tried again by the scenario's policy.
    System,
    /// This document cannot be entered so: a person must look; never tried again by itself.
    Business,
    /// The session ended under way: tried again with a fresh sign-in.
    SignedOut,
    /// The page is not what the scenario describes: its documents are held until somebody has looked.
    ScreenChanged,
    /// The page was about to send what the target does not list as reading: nothing left, its documents are held.
    UndeclaredWrite,
    /// The page has sent over a web socket what the target does not list as reading: a person must look what came of it.
    UndeclaredSent,
    /// The account was not let in: it must not be tried again, or it is locked.
    SignInRefused,
    /// The scenario, target or secrets are incomplete: nothing was tried.
    Setup,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct EnterError {
    pub kind: ErrorKind,
    why: Message,
    /// Fields whose value does not stand in the page as it was entered.
    pub fields: Vec<FieldName>,
    /// What the target said about it on its page: personal.
    pub said: Option<Box<Personal>>,
    /// The page when it happened, masked.
    pub picture: Option<Picture>,
}

impl EnterError {
    pub fn new(kind: ErrorKind, why: Message) -> Self {
        Self { kind, why, fields: Vec::new(), said: None, picture: None }
    }

    pub fn message(&self) -> &Message {
        &self.why
    }

    /// A native dialog that no step provides for, with its words.
    pub(super) fn dialog(said: Personal) -> Self {
        Self { said: Some(Box::new(said)), ..Self::new(ErrorKind::Business, message!("entering.dialog")) }
    }

    /// The target said before the submit that it does not take this document.
    pub(super) fn refused(said: Personal, line: &Line) -> Self {
        let why = message!("entering.refused-before-submit", line = line);
        Self { said: Some(Box::new(said)), ..Self::new(ErrorKind::Business, why) }
    }

    pub(super) fn read_back_differs(fields: Vec<FieldName>, steps: usize) -> Self {
        let names = fields.iter().map(FieldName::as_str).collect::<Vec<_>>().join(", ");
        let why = message!("entering.read-back-differs", count = steps, fields = names);
        Self { fields, ..Self::new(ErrorKind::Business, why) }
    }
}

impl From<BrowserError> for EnterError {
    fn from(error: BrowserError) -> Self {
        let why = match &error {
            BrowserError::NotHandedOver | BrowserError::Died => message!("entering.browser-died"),
            BrowserError::Unreachable { code } => message!("entering.unreachable", code = code),
            BrowserError::UndeclaredWrite { request } if request.is_over_socket() => {
                message!("entering.undeclared-sent", request = request)
            }
            BrowserError::UndeclaredWrite { request } => message!("entering.undeclared-write", request = request),
            BrowserError::TimedOut => message!("entering.no-answer"),
            BrowserError::Refused { what } => message!("entering.browser-refused", what = what),
            BrowserError::NotStarted { why: NotStarted::NotInstalled } => message!("entering.no-browser"),
            BrowserError::NotStarted { why: NotStarted::Root } => message!("entering.root-without-sandbox"),
            BrowserError::NotStarted { why: NotStarted::Failed(what) } => {
                message!("entering.browser-does-not-start", what = what)
            }
        };
        let kind = match &error {
            BrowserError::NotStarted { why: NotStarted::NotInstalled | NotStarted::Root } => ErrorKind::Setup,
            BrowserError::UndeclaredWrite { request } if request.is_over_socket() => ErrorKind::UndeclaredSent,
            BrowserError::UndeclaredWrite { .. } => ErrorKind::UndeclaredWrite,
            _ => ErrorKind::System,
        };
        EnterError::new(kind, why)
    }
}

/// What a page program reported as unmet: a word, and counts and kinds of elements.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub(super) struct Unmet {
    pub step: Option<u16>,
    pub reason: String,
    pub seen: Seen,
    /// The target's words, if it refused.
    #[serde(default)]
    pub said: Option<Personal>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    pub count: u32,
    pub kinds: String,
    pub near: u32,
    /// What matched, or what comes nearest, in the page's own words: for a person only.
    pub listed: Vec<Personal>,
}

impl Seen {
    fn listed(&self) -> Option<Personal> {
        let lines = self.listed.iter().map(Personal::expose).collect::<Vec<_>>().join("\n");
        (!lines.is_empty()).then(|| Personal::new(lines))
    }
}

impl Unmet {
    /// What it means, for a locator of the scenario's line, on a page that came with this HTTP status.
    pub(super) fn explain(&self, line: &Line, locator: &str, status: u16) -> EnterError {
        if status >= 500 {
            return EnterError::new(ErrorKind::System, message!("entering.server-error", status = status));
        }
        let (count, kinds, near) = (self.seen.count, &self.seen.kinds, self.seen.near);
        let (kind, why) = match self.reason.as_str() {
            "signed-out" => (ErrorKind::SignedOut, message!("entering.signed-out")),
            "refused" => (ErrorKind::Business, message!("entering.refused-before-submit", line = line)),
            "loading" => (ErrorKind::System, message!("entering.never-loaded", line = line)),
            "invalid" => {
                (ErrorKind::Business, message!("entering.form-incomplete", line = line, count = count, kinds = kinds))
            }
            "no-such-option" => (
                ErrorKind::Business,
                message!("entering.no-such-option", line = line, locator = locator, count = count),
            ),
            "cannot-be-blank" => {
                (ErrorKind::Business, message!("entering.cannot-be-blank", line = line, locator = locator))
            }
            "absent" => {
                (ErrorKind::ScreenChanged, message!("entering.absent", line = line, locator = locator, near = near))
            }
            "several" => (
                ErrorKind::ScreenChanged,
                message!("entering.several", line = line, locator = locator, count = count, kinds = kinds),
            ),
            "hidden" => {
                (ErrorKind::ScreenChanged, message!("entering.hidden", line = line, locator = locator, kinds = kinds))
            }
            "covered" => {
                (ErrorKind::ScreenChanged, message!("entering.covered", line = line, locator = locator, kinds = kinds))
            }
            "several-shown" => (
                ErrorKind::ScreenChanged,
                message!("entering.several-shown", line = line, locator = locator, count = count),
            ),
            "contradiction" => (ErrorKind::ScreenChanged, message!("entering.contradiction", line = line)),
            reason => (
                ErrorKind::ScreenChanged,
                message!("entering.not-usable", line = line, locator = locator, reason = reason, kinds = kinds),
            ),
        };
        let said = self.said.clone().or_else(|| self.seen.listed());
        EnterError { said: said.map(Box::new), ..EnterError::new(kind, why) }
    }
}

/// What a step names on the page, as its author wrote it.
pub fn words_of(step: &Step) -> String {
    match &step.action {
        Action::ExpectOneOf { branches } => {
            branches.iter().map(|branch| words(&branch.seen)).collect::<Vec<_>>().join(" / ")
        }
        action => {
            let request = || action.request().map(HttpRequest::words);
            action.locator().map(words).or_else(request).unwrap_or_default()
        }
    }
}

/// A locator as its author wrote it.
pub fn words(locator: &Locator) -> String {
    match locator {
        Locator::Label(text) => format!("label: {text}"),
        Locator::Button(text) => format!("button: {text}"),
        Locator::Link(text) => format!("link: {text}"),
        Locator::Text(text) => format!("text: {text}"),
        Locator::Placeholder(text) => format!("placeholder: {text}"),
        Locator::Role { role, name: None } => format!("role: {role}"),
        Locator::Role { role, name: Some(name) } => format!("role: {role} {name}"),
        Locator::Css(selector) => format!("css: {selector}"),
        Locator::Placed { what, within, right_of, below, nth } => {
            let nth = nth.map(|n| n.to_string());
            let places = [("in", within), ("right_of", right_of), ("below", below), ("nth", &nth)];
            let places = places.into_iter().filter_map(|(key, text)| Some(format!(", {key}: {}", text.as_deref()?)));
            words(what) + &places.collect::<String>()
        }
    }
}
