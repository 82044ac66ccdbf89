//! Sums of entries. They do not depend on the entries' order, and gross, human and withheld time never mix.

use serde::Serialize;

use super::entry::{Basis, Entry, Kind, Restated};

/// Seconds with what they rest on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    pub seconds: i64,
    /// How many of them rest on an estimate.
    pub estimated: i64,
}

/// How a sum is to be marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    Measured,
    Estimated,
    Mixed,
}

impl Sum {
    fn add(&mut self, seconds: i64, basis: Basis) {
        self.seconds += seconds;
        if basis == Basis::Estimated {
            self.estimated += seconds;
        }
    }

    pub fn mark(self) -> Mark {
        match self.estimated {
            0 => Mark::Measured,
            estimated if estimated == self.seconds => Mark::Estimated,
            _ => Mark::Mixed,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Documents that were credited.
    pub documents: i64,
    /// Confirmed documents × baseline, restatements included.
    pub gross: Sum,
    /// Seconds that people spent, above zero.
    pub human: Sum,
    /// Gross − human.
    pub net: i64,
    /// The part of net that restatements made.
    pub restated: i64,
    /// Documents shown but not counted.
    pub withheld_documents: i64,
    /// What they would have brought.
    pub withheld: i64,
}

impl Totals {
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut totals = Self::default();
        for entry in entries {
            match entry.kind {
                Kind::Gross | Kind::Restatement(Restated::Gross) => {
                    totals.documents += entry.documents;
                    totals.gross.add(entry.seconds, entry.basis);
                }
                Kind::Human(_) | Kind::Restatement(Restated::Outside) => totals.human.add(-entry.seconds, entry.basis),
                Kind::NotCreditable(_) => {
                    totals.withheld_documents += entry.documents;
                    totals.withheld += entry.seconds;
                }
            }
            if matches!(entry.kind, Kind::Restatement(_)) {
                totals.restated += entry.seconds;
            }
        }
        totals.net = totals.gross.seconds - totals.human.seconds;
        totals
    }
}
