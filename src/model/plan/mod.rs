//! 計画: measures, indicators, targets, ratings. A plan is data; what the IT division says later (a pending target, a
//! figure from elsewhere, a rating with its reason) are events on top of it.

pub mod rating;
pub mod standing;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id::PlanName;
use super::savings::entry::Category;
use super::time::FiscalYear;

pub use rating::{Rating, RatingRule};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    pub name: PlanName,
    pub title: String,
    /// Where its facts come from.
    pub source: Option<String>,
    /// In order.
    pub years: Vec<FiscalYear>,
    pub rating_rule: RatingRule,
    /// The year in which the measures are rated over all years together.
    pub final_rating: Option<FiscalYear>,
    pub measures: Vec<Measure>,
}

/// 施策
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// Unique in the plan: `1`, `12`.
    pub id: String,
    pub name: String,
    pub group: Option<String>,
    /// 所管課
    pub owner: Option<String>,
    /// Ratings that were published, by year.
    pub published: BTreeMap<FiscalYear, Rating>,
    pub indicators: Vec<Indicator>,
}

/// 指標 (事業量)
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Indicator {
    /// Unique in the plan: what events name it by.
    pub id: String,
    /// The heading it stands under in the plan.
    pub volume: Option<String>,
    pub name: String,
    pub kind: IndicatorKind,
    pub unit: Option<String>,
    pub over_years: OverYears,
    /// Its figure comes from this ledger; what was entered for a year is added to it and shown apart.
    pub ledger: Option<LedgerFigure>,
    pub years: BTreeMap<FiscalYear, Volume>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndicatorKind {
    Count,
    Hours,
    Percent,
    People,
    Views,
    /// Done or not, without a number.
    Task,
}

/// One year of an indicator.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Volume {
    pub target: Target,
    /// The plan's own words where a number alone would lose something.
    pub target_note: Option<String>,
    pub actual: Option<Entered>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// At least so much, in the indicator's unit.
    Number(f64),
    /// Something is to be done.
    Task,
    /// 調整中: not yet decided.
    Pending,
    /// Nothing is planned for that year.
    #[default]
    None,
}

/// A figure from outside this ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entered {
    pub actual: Actual,
    /// Where it is from, or the results' own words.
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actual {
    Number(f64),
    Done,
    /// Begun, not done.
    Partial,
}

/// Which figure of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "figure")]
pub enum LedgerFigure {
    /// 作成シナリオ数
    Scenarios,
    /// Hours saved in a category.
    Hours { category: Category, basis: HoursBasis },
}

/// Which hours are held against the target. Reports always show both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoursBasis {
    Gross,
    Net,
}

/// What counts when the years of a plan are rated together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverYears {
    Sum,
    /// A level (a share, a total), a task: as it last stood.
    Last,
}

impl Plan {
    pub fn indicators(&self) -> impl Iterator<Item = &Indicator> {
        self.measures.iter().flat_map(|measure| &measure.indicators)
    }

    fn indicator_mut(&mut self, id: &str) -> Option<&mut Indicator> {
        self.measures.iter_mut().flat_map(|measure| &mut measure.indicators).find(|indicator| indicator.id == id)
    }
}
