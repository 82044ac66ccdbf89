//! シナリオ: where forms come from, how they are read, where they are entered, what a person needed before.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::document::event::Medium;
use super::form::{Field, FieldKind, Form};
use super::id::{FieldName, FormName, ScenarioName, TargetName, VersionId};
use super::passing::ReadingRules;
use super::record::{CellShape, RecordField, RecordLayout};
use super::schedule::Schedule;
use super::step::Step;
use super::submit::{Search, Submit};
use super::target::Target;
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

impl Scenario {
    /// The one act that must happen at most once.
    pub fn submit(&self) -> Option<&Submit> {
        self.steps.iter().find_map(|step| step.action.submit())
    }

    /// Index of its step.
    pub fn submit_at(&self) -> u16 {
        let at = self.steps.iter().position(|step| step.action.submit().is_some());
        at.and_then(|i| u16::try_from(i).ok()).unwrap_or(u16::MAX)
    }

    /// Whether any of its steps needs a browser.
    pub fn uses_pages(&self) -> bool {
        let probe = self.submit().and_then(|submit| submit.probe.as_ref());
        let searched_on_pages = probe.is_some_and(|probe| matches!(probe.search, Search::Pages(_)));
        let steps = self.steps.iter().chain(&self.on_error).flat_map(Step::with_branches);
        searched_on_pages || steps.into_iter().any(|step| step.action.is_on_a_page())
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
