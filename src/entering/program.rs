//! The programs that run inside the page: one constant source, what is asked of it and what it answers.

use serde::{Deserialize, Serialize};

use super::error::{EnterError, ErrorKind, Unmet};
use crate::message;
use crate::model::locator::Locator;
use crate::model::value::Personal;
use crate::ports::browser::WindowNumber;

/// A function of one argument, the request. Nothing from a document is ever part of this text: values travel as the
/// argument's data.
pub const PAGE: &str = concat!(
    "async function (request) {\n'use strict';\n",
    include_str!("page/trees.js"),
    include_str!("page/find.js"),
    include_str!("page/place.js"),
    include_str!("page/actionable.js"),
    include_str!("page/act.js"),
    include_str!("page/read.js"),
    include_str!("page/mask.js"),
    include_str!("page/program.js"),
    "\n}"
);

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "program", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request<'a> {
    Steps {
        steps: Vec<PageStep<'a>>,
        entered: Vec<&'a PageStep<'a>>,
        signed_out: Option<&'a Locator>,
        refused: Option<&'a Locator>,
        /// Milliseconds, for each step.
        limit: u64,
    },
    Click {
        /// A link that wants a window of its own gets it.
        opens: bool,
    },
    Submit {
        click: &'a Locator,
        confirmed_by: &'a Locator,
        refused_by: Option<&'a Locator>,
        signed_out: Option<&'a Locator>,
        entered: Vec<&'a PageStep<'a>>,
        limit: u64,
    },
    Watch {
        seen: Watched<'a>,
        receipt: Option<&'a Locator>,
        limit: u64,
    },
    Results {
        rows: &'a str,
        columns: Vec<&'a str>,
        absent: &'a Locator,
        limit: u64,
    },
    /// Looks for what steps name, and touches nothing.
    Look {
        steps: Vec<PageStep<'a>>,
        limit: u64,
    },
    Mask {
        show: &'a [Locator],
    },
}

impl Request<'_> {
    pub fn to_value(&self) -> Result<serde_json::Value, EnterError> {
        serde_json::to_value(self).map_err(|e| misunderstood(&e))
    }
}

/// A step as the page is told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageStep<'a> {
    /// Index in the scenario's steps.
    pub step: u16,
    pub act: Act,
    pub locator: &'a Locator,
    /// Where the page decides: what it may show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<&'a Locator>,
    /// What to put there and what must stand there then; `on` or `off` for a tick box, name and size of a file.
    pub text: Personal,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PageFile>,
    /// Where it was done.
    #[serde(skip)]
    pub window: WindowNumber,
}

/// Those that were done in a window: what stands in another is not read back there.
pub fn done_in<'s, 'a>(steps: &'s [PageStep<'a>], window: WindowNumber) -> Vec<&'s PageStep<'a>> {
    steps.iter().filter(|step| step.window == window).collect()
}

#[derive(Debug, Clone, Serialize)]
pub struct PageFile {
    pub name: String,
    /// Base64.
    pub bytes: Personal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Act {
    Fill,
    /// Makes a control ready for keys from outside the page; they follow, and then `Settle`.
    Keys,
    Settle,
    Upload,
    Choose,
    Check,
    Hover,
    Click,
    Expect,
    OneOf,
    Take,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Watched<'a> {
    pub confirmed: &'a Locator,
    pub refused: Option<&'a Locator>,
    pub signed_out: Option<&'a Locator>,
}

/// What a control held when it was read back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Stands {
    pub step: u16,
    pub text: Personal,
    pub agrees: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TakenText {
    pub step: u16,
    pub text: Personal,
}

/// When a step was begun, counted from the program's begin, and how long it took: milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Timed {
    pub step: u16,
    pub from: u32,
    pub took: u32,
}

/// The answer to `Steps`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct StepsAnswer {
    pub failed: Option<Unmet>,
    pub stands: Vec<Stands>,
    pub taken: Vec<TakenText>,
    /// The steps it began, in order.
    pub timed: Vec<Timed>,
    /// Where the last step's element stands in the window, in CSS pixels, if it waits for mouse or keys.
    pub at: Option<[f64; 2]>,
    /// What the page shows, if the last step lets it decide.
    pub shows: Option<Shows>,
    pub status: u16,
}

/// One of the things that a page may show.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Shows {
    /// Which of them, from 0.
    pub which: usize,
    /// Its words.
    pub text: Personal,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ClickAnswer {
    /// `false`: the page had replaced what was to be clicked.
    pub clicked: bool,
    /// The click has begun to load another document.
    #[serde(default)]
    pub navigating: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub struct SubmitAnswer {
    /// `false` is certain: the one click did not happen.
    pub clicked: bool,
    #[serde(default)]
    pub navigating: bool,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub seen: super::error::Seen,
    #[serde(default)]
    pub stands: Vec<Stands>,
    #[serde(default)]
    pub status: u16,
}

#[derive(Debug, Clone, Deserialize)]
pub struct WatchAnswer {
    pub first: Option<First>,
    #[serde(default)]
    pub shown: Personal,
    pub receipt: Option<Personal>,
    #[serde(default)]
    pub status: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum First {
    Confirmed,
    Refused,
    SignedOut,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ResultsAnswer {
    pub failed: Option<Unmet>,
    /// The asked columns of each row.
    pub rows: Vec<Vec<Option<Personal>>>,
    pub status: u16,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct LookAnswer {
    /// What was not found as it would have to be.
    pub unmet: Vec<Unmet>,
    pub status: u16,
}

/// An answer of a program, as its type.
pub fn parse<T: serde::de::DeserializeOwned>(answer: serde_json::Value) -> Result<T, EnterError> {
    serde_json::from_value(answer).map_err(|e| misunderstood(&e))
}

/// The error's text may quote data: only its kind is passed on.
fn misunderstood(error: &serde_json::Error) -> EnterError {
    let what = format!("{:?}", error.classify());
    EnterError::new(ErrorKind::System, message!("entering.browser-refused", what = what))
}
