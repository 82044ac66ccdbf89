//! One line of the ledger.

use chrono::NaiveDate;
use serde::Serialize;

use crate::model::id::{DocumentId, ScenarioName, VersionId};
use crate::model::journal::Seq;
use crate::model::target::Environment;
use crate::model::time::FiscalYear;

/// What saved the time. Splits every baseline, so that the plan's two indicators never count the same minute twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Category {
    /// Reading and typing off paper.
    #[serde(rename = "ai-ocr")]
    AiOcr,
    /// Entering into the system.
    #[serde(rename = "rpa")]
    Rpa,
}

impl Category {
    pub const ALL: [Category; 2] = [Category::AiOcr, Category::Rpa];

    /// The stable word in YAML, CSV and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Category::AiOcr => "ai-ocr",
            Category::Rpa => "rpa",
        }
    }
}

/// What people did on a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Looking at fields, rejecting, clearing a suspected duplicate.
    Review,
    /// Scanning, sorting: outside this program.
    Outside,
    /// Finding out what became of an unknown outcome.
    Resolve,
    /// Working on a document taken out of the program's hands.
    Repair,
}

/// Why time is shown but not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Withheld {
    /// Entered into a test environment.
    Test,
    /// Rejected as a duplicate: the case is credited once, with the other document.
    Duplicate,
    /// A person entered it.
    ByHand,
    /// Nobody has said how long it took before.
    NoBaseline,
    /// The baseline had expired on that day.
    ExpiredBaseline,
}

/// What a later correction corrects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restated {
    Gross,
    Outside,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "of")]
pub enum Kind {
    /// A confirmed document's baseline.
    Gross,
    /// Time that people spent.
    Human(Work),
    /// The difference that a later baseline or a late settlement makes to what stood before.
    Restatement(Restated),
    /// What the document would have brought. Not part of any total but its own.
    NotCreditable(Withheld),
}

impl Kind {
    /// The stable word in CSV and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Gross => "gross",
            Kind::Human(Work::Review) => "human-review",
            Kind::Human(Work::Outside) => "human-outside",
            Kind::Human(Work::Resolve) => "human-resolve",
            Kind::Human(Work::Repair) => "human-repair",
            Kind::Restatement(Restated::Gross) => "restatement-gross",
            Kind::Restatement(Restated::Outside) => "restatement-outside",
            Kind::NotCreditable(Withheld::Test) => "not-creditable-test",
            Kind::NotCreditable(Withheld::Duplicate) => "not-creditable-duplicate",
            Kind::NotCreditable(Withheld::ByHand) => "not-creditable-by-hand",
            Kind::NotCreditable(Withheld::NoBaseline) => "not-creditable-no-baseline",
            Kind::NotCreditable(Withheld::ExpiredBaseline) => "not-creditable-expired-baseline",
        }
    }

    /// Whether it is part of gross, human and net.
    pub fn counts(self) -> bool {
        !matches!(self, Kind::NotCreditable(_))
    }
}

/// What a figure rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    Measured,
    Estimated,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Record that caused it: the same in every replay.
    pub seq: Seq,
    /// Tokyo day on which it was booked.
    pub date: NaiveDate,
    /// Tokyo day that it is about: an earlier one for a restatement.
    pub about: NaiveDate,
    pub document: DocumentId,
    pub scenario: ScenarioName,
    pub version: VersionId,
    pub environment: Environment,
    pub category: Category,
    #[serde(flatten)]
    pub kind: Kind,
    /// 1 where the document begins to be counted among its kind, -1 where it ceases to be, else 0.
    pub documents: i64,
    /// Seconds saved; below zero for what people spent.
    pub seconds: i64,
    pub basis: Basis,
    /// First day of the baseline used.
    pub baseline: Option<NaiveDate>,
}

impl Entry {
    /// The fiscal year whose figures it belongs to: a closed year's correction is that year's, not the present one's.
    pub fn year(&self) -> FiscalYear {
        FiscalYear::of(self.about)
    }

    /// Booked after the end of the year that it belongs to.
    pub fn restates_a_closed_year(&self) -> bool {
        FiscalYear::of(self.date) > self.year()
    }
}
