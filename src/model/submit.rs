//! 登録 and 照会: the act that must happen at most once, and how to ask afterwards whether it did.

use serde::{Deserialize, Serialize};

use super::http::{HttpRequest, HttpSubmit};
use super::locator::Locator;
use super::step::{Step, ValueSource};

/// The act that must happen at most once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submit {
    #[serde(flatten)]
    pub by: Means,
    pub probe: Option<Probe>,
    pub on_unknown: OnUnknown,
    /// Probe before the intent: finds a record entered by somebody else, and makes a later `present` ours.
    pub precheck: bool,
}

impl Submit {
    /// What a page shows when it refuses this document.
    pub fn refused_by(&self) -> Option<&Locator> {
        match &self.by {
            Means::Click(by) => by.refused_by.as_ref(),
            Means::Http(_) => None,
        }
    }
}

/// How it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Means {
    Click(ClickSubmit),
    Http(HttpSubmit),
}

/// A submit that is a click.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClickSubmit {
    pub click: Locator,
    /// Success means this was seen, never "no exception".
    pub confirmed_by: Locator,
    /// Where the receipt number stands on the completion page.
    pub receipt: Option<Locator>,
    /// The system says here why it refuses this document.
    pub refused_by: Option<Locator>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// Ask the target by the probe; a person if it cannot tell.
    Probe,
    /// Ask a person at once.
    Ask,
}

/// 照会: searches the target by a natural key, by looking only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    #[serde(flatten)]
    pub search: Search,
    /// Result columns by their heading (in an answer, by their name), and what must stand there for the record to be
    /// this document's.
    pub matches: Vec<ColumnMatch>,
    /// Heading of the column with the receipt number.
    pub receipt: Option<String>,
    /// Heading of the column with the account that entered the record.
    pub entered_by: Option<String>,
    /// Heading of the column with the time of entry (RFC 3339, or `YYYY-MM-DD HH:MM:SS` in Tokyo).
    pub entered_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Search {
    Pages(PageSearch),
    Http(HttpSearch),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageSearch {
    pub steps: Vec<Step>,
    /// Seen when nothing was found.
    pub absent: Locator,
    /// The rows of the result list (CSS).
    pub rows: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpSearch {
    pub request: HttpRequest,
    /// The list of records in the answer (JSON pointer); an empty one means that nothing was found.
    pub rows: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnMatch {
    pub column: String,
    pub value: ValueSource,
}
