//! A person's way through a target becomes steps. What was typed is known only to be recognised again: it is never
//! written, and no word that holds it is.

pub mod import;
mod yaml;

use serde::Deserialize;

use crate::model::id::FieldName;
use crate::model::locator::Locator;
use crate::model::step::DialogAnswer;
use crate::model::target::{Reading, RequestPattern};
use crate::model::value::Personal;

/// The script that watches a page. It tells by calling `jitanSeen` with JSON of a [`Seen`].
pub const WATCHER: &str = concat!(
    "(() => {\n'use strict';\n",
    include_str!("page/trees.js"),
    include_str!("page/find.js"),
    include_str!("page/place.js"),
    include_str!("page/actionable.js"),
    include_str!("page/act.js"),
    include_str!("page/read.js"),
    include_str!("page/record.js"),
    "\n})()"
);

/// What the watcher tells.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "lowercase", tag = "seen")]
pub enum Seen {
    Page {
        path: String,
        headings: Vec<Personal>,
    },
    Act {
        act: ActKind,
        /// `None`: nothing names it alone.
        locator: Option<Locator>,
        /// The words that name a control, for its field.
        #[serde(default)]
        name: String,
        #[serde(default)]
        text: Personal,
        #[serde(default)]
        secret: bool,
        #[serde(default)]
        on: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActKind {
    Fill,
    Choose,
    Check,
    Upload,
    Click,
    /// A click on something that only shows.
    Look,
}

/// What happened while a person was watched, in order.
#[derive(Debug, Clone)]
pub enum Happened {
    Seen(Seen),
    /// The page itself goes on: by a link, a form or a script of its own.
    Led,
    /// A request other than GET, by method and path.
    Wrote {
        method: String,
        path: String,
    },
    Dialog {
        accepted: bool,
    },
    /// A window of its own, which is not followed.
    Window,
    /// A line of another recorder's that has no step here.
    Unread {
        line: usize,
        command: String,
    },
}

#[derive(Debug, Clone)]
struct Recorded {
    act: RecordedAct,
    locator: Option<Locator>,
    /// Of the page it was done on.
    path: String,
    dialog: Option<DialogAnswer>,
    writes: Vec<RequestPattern>,
}

#[derive(Debug, Clone, PartialEq)]
enum RecordedAct {
    Open(String),
    Fill(Value),
    Choose(Value),
    Check(bool),
    Upload,
    Click,
    Look,
    Unread { line: usize, command: String },
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Field(FieldName),
    User,
    Password,
}

/// Steps as they are recorded.
#[derive(Debug, Default)]
pub struct Recording {
    steps: Vec<Recorded>,
    /// Which control each field goes into.
    fields: Vec<(Option<Locator>, FieldName)>,
    typed: Vec<Personal>,
    /// Path of the page that stands now.
    path: String,
    /// The page goes on by itself to the next.
    led: bool,
    /// Headings of the page after the last write, and of all before it.
    headings: Vec<Vec<Personal>>,
    last_write: Option<usize>,
    windows: u32,
    /// Another recorder's: which pages followed and what they sent is not known.
    imported: bool,
}

impl Recording {
    /// What another recorder wrote down.
    pub fn imported(happened: Vec<Happened>) -> Self {
        let mut recording = Self { imported: true, ..Self::default() };
        happened.into_iter().for_each(|one| recording.add(one));
        recording
    }

    pub fn add(&mut self, happened: Happened) {
        match happened {
            Happened::Led => self.led = true,
            Happened::Window => self.windows += 1,
            Happened::Unread { line, command } => self.push(RecordedAct::Unread { line, command }, None),
            Happened::Wrote { method, path } => self.wrote(&method, &path),
            Happened::Dialog { accepted } => {
                if let Some(step) = self.steps.last_mut() {
                    step.dialog = Some(if accepted { DialogAnswer::Accept } else { DialogAnswer::Dismiss });
                }
            }
            Happened::Seen(Seen::Page { path, headings }) => self.page(path, headings),
            Happened::Seen(Seen::Act { act, locator, name, text, secret, on }) => {
                // What is chosen is the page's own words.
                if act == ActKind::Fill {
                    self.typed.push(text);
                }
                self.act(act, locator, &name, secret, on);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// A page that no click led to was opened by its address.
    fn page(&mut self, path: String, headings: Vec<Personal>) {
        self.path.clone_from(&path);
        if !std::mem::take(&mut self.led) {
            self.push(RecordedAct::Open(path), None);
        }
        self.headings.push(headings);
    }

    fn wrote(&mut self, method: &str, path: &str) {
        let pattern = Reading::default().pattern_of(method, path);
        self.last_write = Some(self.headings.len());
        if let Some(step) = self.steps.last_mut()
            && !step.writes.contains(&pattern)
        {
            step.writes.push(pattern);
        }
    }

    fn act(&mut self, act: ActKind, locator: Option<Locator>, name: &str, secret: bool, on: bool) {
        let act = match act {
            ActKind::Fill if secret => {
                self.account_before();
                RecordedAct::Fill(Value::Password)
            }
            ActKind::Fill => RecordedAct::Fill(Value::Field(self.field(locator.as_ref(), name))),
            ActKind::Choose => RecordedAct::Choose(Value::Field(self.field(locator.as_ref(), name))),
            ActKind::Check => RecordedAct::Check(on),
            ActKind::Upload => RecordedAct::Upload,
            ActKind::Click => RecordedAct::Click,
            ActKind::Look => RecordedAct::Look,
        };
        let again = |step: &Recorded| step.locator == locator && locator.is_some() && same_kind(&step.act, &act);
        if matches!(act, RecordedAct::Look | RecordedAct::Click) || !self.steps.last().is_some_and(again) {
            self.push(act, locator);
        } else if let Some(last) = self.steps.last_mut() {
            // Mended by the person: the last value counts.
            last.act = act;
        }
        if self.imported && self.steps.last().is_some_and(|step| step.act == RecordedAct::Click) {
            self.path.clear();
        }
    }

    fn push(&mut self, act: RecordedAct, locator: Option<Locator>) {
        self.steps.push(Recorded { act, locator, path: self.path.clone(), dialog: None, writes: Vec::new() });
    }

    /// What was typed just before a password is the account's name.
    fn account_before(&mut self) {
        if let Some(Recorded { act: RecordedAct::Fill(value @ Value::Field(_)), .. }) = self.steps.last_mut() {
            *value = Value::User;
        }
    }

    /// The same control takes the same field. Its name comes from the control's words, unless they hold what was typed.
    fn field(&mut self, locator: Option<&Locator>, words: &str) -> FieldName {
        const LONGEST: usize = 24;
        if let Some((_, name)) = self.fields.iter().find(|(known, _)| known.is_some() && known.as_ref() == locator) {
            return name.clone();
        }
        let plain: String = words.chars().filter(|c| c.is_alphanumeric()).take(LONGEST).collect();
        let base = if plain.is_empty() || self.holds_typed(&plain) { "field".to_owned() } else { plain };
        let mut names = std::iter::once(base.clone()).chain((2..).map(|n| format!("{base}_{n}")));
        let name = names.find(|name| self.fields.iter().all(|(_, taken)| taken.as_str() != name));
        let name = FieldName::new(name.expect("numbers do not end")).expect("letters, digits and _ make a name");
        self.fields.push((locator.cloned(), name.clone()));
        name
    }

    /// Whether a text holds something that was typed.
    fn holds_typed(&self, text: &str) -> bool {
        const SHORTEST: usize = 2;
        let packed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let text = packed(text);
        self.typed
            .iter()
            .map(|typed| packed(typed.expose()))
            .any(|typed| typed.chars().count() >= SHORTEST && text.contains(&typed))
    }

    fn locator_holds_typed(&self, locator: &Locator) -> bool {
        self.holds_typed(&super::error::words(locator))
    }
}

fn same_kind(one: &RecordedAct, other: &RecordedAct) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

#[cfg(test)]
mod tests;
