//! What a document is worth on a day, by the baselines as they were last stated.

use chrono::NaiveDate;

use super::entry::{Basis, Category};
use crate::model::scenario::{Baseline, Evidence, OutsideWork};

/// A scenario's baselines and outside work as last stated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stated {
    pub baselines: Vec<Baseline>,
    pub outside: Vec<OutsideWork>,
}

/// Which baseline a day has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Found<'a> {
    Valid(&'a Baseline),
    /// The last one before that day, whose last day is past.
    Expired(&'a Baseline),
    None,
}

impl Stated {
    /// Of several valid baselines the one that began last.
    pub fn baseline(&self, day: NaiveDate) -> Found<'_> {
        let begun = || self.baselines.iter().filter(|b| b.from <= day);
        match begun().filter(|b| day <= b.until).max_by_key(|b| b.from) {
            Some(valid) => Found::Valid(valid),
            None => begun().max_by_key(|b| (b.until, b.from)).map_or(Found::None, Found::Expired),
        }
    }

    /// Seconds outside this program per document received on a day: for each kind of work the statement that began
    /// last.
    pub fn outside_seconds(&self, day: NaiveDate) -> i64 {
        let begun = || self.outside.iter().filter(|w| w.from <= day);
        begun()
            .filter(|w| !begun().any(|later| later.what == w.what && later.from > w.from))
            .map(|w| seconds(w.per_document))
            .sum()
    }
}

/// The part of a baseline that a category saves, in seconds.
pub fn part(baseline: &Baseline, category: Category) -> i64 {
    match category {
        Category::AiOcr => seconds(baseline.reading),
        Category::Rpa => seconds(baseline.entering),
    }
}

pub fn basis(baseline: &Baseline) -> Basis {
    match baseline.evidence {
        Evidence::Measured { .. } => Basis::Measured,
        Evidence::Estimated { .. } => Basis::Estimated,
    }
}

fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
