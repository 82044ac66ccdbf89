//! What the journal holds: records of streams. Appending is the only way anything becomes true.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::document::event::DocumentEvent;
use super::id::{BadId, DocumentId, PlanName, RunId, ScenarioName, VersionId, Who};
use super::message::Message;
use super::scenario::{Baseline, OutsideWork};
use super::target::Environment;
use super::time::{FiscalYear, Instant};

/// Position in the whole journal, from 1, without gaps.
pub type Seq = u64;

/// One line of history: the unit of compare-and-append.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Stream {
    Document(DocumentId),
    Scenario(ScenarioName),
    Plan(PlanName),
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stream::Document(id) => write!(f, "document/{id}"),
            Stream::Scenario(name) => write!(f, "scenario/{name}"),
            Stream::Plan(name) => write!(f, "plan/{name}"),
        }
    }
}

impl FromStr for Stream {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        match text.split_once('/') {
            Some(("document", id)) => Ok(Stream::Document(id.parse()?)),
            Some(("scenario", name)) => Ok(Stream::Scenario(name.parse()?)),
            Some(("plan", name)) => Ok(Stream::Plan(name.parse()?)),
            _ => Err(BadId::Character('/')),
        }
    }
}

impl TryFrom<String> for Stream {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<Stream> for String {
    fn from(stream: Stream) -> String {
        stream.to_string()
    }
}

/// One event with everything the journal knows about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub seq: Seq,
    pub at: Instant,
    pub who: Who,
    pub stream: Stream,
    /// Position in its stream, from 1.
    pub version: u64,
    pub event: Event,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "about")]
pub enum Event {
    Document(DocumentEvent),
    Scenario(ScenarioEvent),
    Plan(PlanEvent),
}

/// What can happen to a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum ScenarioEvent {
    /// From now on documents are received under this version.
    Deployed {
        version: VersionId,
        environment: Environment,
    },
    /// Back to an earlier version.
    RolledBack {
        to: VersionId,
        environment: Environment,
    },
    Held {
        why: Message,
    },
    Resumed,
    /// A planned instant fired, once.
    Fired {
        planned: Instant,
        run: RunId,
    },
    /// A planned instant did not fire, and why.
    NotFired {
        planned: Instant,
        why: Message,
    },
    RunEnded {
        run: RunId,
        documents: u32,
    },
    /// The baselines and outside work this scenario is accounted by, from now on. What an earlier statement gave for
    /// the same days is restated, not overwritten.
    BaselinesStated {
        baselines: Vec<Baseline>,
        outside: Vec<OutsideWork>,
    },
}

/// What the IT division says about a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum PlanEvent {
    /// An indicator's figure from outside this ledger. `source` says where it is from.
    ActualEntered {
        indicator: String,
        year: FiscalYear,
        value: f64,
        on: NaiveDate,
        source: String,
    },
    /// A target that was still pending.
    TargetSet {
        indicator: String,
        year: FiscalYear,
        value: f64,
        source: String,
    },
    RatingOverridden {
        measure: String,
        year: FiscalYear,
        rating: super::plan::Rating,
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::IntakeId;

    #[test]
    fn an_event_with_a_field_of_any_name_survives_its_line() {
        let of = DocumentId { intake: IntakeId::from_bytes([1; 10]), position: 1 };
        let event = Event::Document(DocumentEvent::DuplicateSuspected { of });
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }
}
