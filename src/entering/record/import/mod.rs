//! Recordings that other recorders made (Playwright's code generator, Selenium IDE) become what this one sees. Only what
//! they wrote down is known: no page was looked at, so nothing says that a locator names one thing only, or what was sent.

mod chain;
mod playwright;
mod selenium;
mod token;

use super::{ActKind, Happened, Seen};
use crate::message;
use crate::model::locator::Locator;
use crate::model::message::Message;
use crate::model::value::Personal;

/// The longest recording that is read, in bytes: a day's work of clicks is a tenth of it.
pub const LONGEST: u64 = 1 << 20;

/// What another recorder wrote down, in order.
///
/// # Errors
/// What to do if the file is neither recorder's, or holds several recordings and `test` names none of them.
pub fn happened(text: &str, test: Option<&str>) -> Result<Vec<Happened>, Message> {
    let steps = if text.trim_start().starts_with('{') { selenium::steps(text, test)? } else { playwright::steps(text) };
    if steps.iter().all(|step| matches!(step.done, Done::Unread { .. })) {
        return Err(message!("entering.import-empty"));
    }
    Ok(told(steps))
}

/// One line of a foreign recording.
#[derive(Debug, Clone, PartialEq)]
struct Foreign {
    /// Its number in the file, or among the recording's commands; from 1.
    line: usize,
    done: Done,
}

#[derive(Debug, Clone, PartialEq)]
enum Done {
    Opened {
        address: String,
    },
    Acted {
        act: ActKind,
        locator: Option<Locator>,
        text: String,
        on: bool,
    },
    /// The answer to a dialog: of the next act, or of the last one.
    Answered {
        accepted: bool,
        next: bool,
    },
    OpenedWindow,
    /// A command that has no step of ours.
    Unread {
        command: String,
    },
}

impl Done {
    fn acted(act: ActKind, locator: Option<Locator>, text: &str) -> Self {
        Self::Acted { act, locator, text: text.to_owned(), on: true }
    }

    fn unread(command: &str) -> Self {
        Self::Unread { command: command.to_owned() }
    }
}

fn told(steps: Vec<Foreign>) -> Vec<Happened> {
    let mut happened = Vec::new();
    let mut answer = None;
    let mut steps = steps.into_iter().peekable();
    while let Some(Foreign { line, done }) = steps.next() {
        match done {
            Done::Opened { address } => {
                happened.push(Happened::Seen(Seen::Page { path: path_of(&address), headings: Vec::new() }));
            }
            // Other recorders write the click into a control down before what was typed there.
            Done::Acted { act: ActKind::Click, locator, .. }
                if steps.peek().is_some_and(|next| enters(next, &locator)) => {}
            Done::Acted { act, locator, text, on } => {
                let name = locator.as_ref().map(name_of).unwrap_or_default();
                let secret = act == ActKind::Fill && is_password(&name);
                let text = Personal::new(text);
                happened.push(Happened::Seen(Seen::Act { act, locator, name, text, secret, on }));
                if let Some(accepted) = answer.take() {
                    happened.push(Happened::Dialog { accepted });
                }
            }
            Done::Answered { accepted, next: true } => answer = Some(accepted),
            Done::Answered { accepted, next: false } => happened.push(Happened::Dialog { accepted }),
            Done::OpenedWindow => happened.push(Happened::Window),
            Done::Unread { command } => happened.push(Happened::Unread { line, command }),
        }
    }
    happened
}

fn enters(step: &Foreign, into: &Option<Locator>) -> bool {
    let Done::Acted { act, locator, .. } = &step.done else { return false };
    into.is_some() && locator == into && !matches!(act, ActKind::Click | ActKind::Look)
}

/// The path of an address: the target has the rest, and what is asked there may be a person's data.
fn path_of(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(url) => url.path().to_owned(),
        Err(_) => format!("/{}", address.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/')),
    }
}

/// The words a control goes by, for its field.
fn name_of(locator: &Locator) -> String {
    match locator {
        Locator::Label(text) | Locator::Placeholder(text) | Locator::Text(text) => text.clone(),
        Locator::Button(text) | Locator::Link(text) => text.clone(),
        Locator::Role { name, .. } => name.clone().unwrap_or_default(),
        Locator::Css(selector) => {
            // `#name`, `[name="name"]`
            let words = selector.rsplit(['#', '=']).next().unwrap_or_default();
            words.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
        }
        Locator::Placed { what, within, .. } => within.clone().unwrap_or_default() + &name_of(what),
    }
}

/// Neither recorder says what kind of control it was.
fn is_password(name: &str) -> bool {
    let name = name.to_lowercase();
    ["パスワード", "暗証", "password", "passwd", "passphrase"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests;
