//! Where a plan stands: its file, the events on top of it, and this ledger's figures.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rating::{Outcome, Rating, rate};
use super::{Actual, Entered, HoursBasis, Indicator, IndicatorKind, LedgerFigure, Measure, OverYears, Plan, Target};
use crate::model::journal::{Event, PlanEvent, Record, Stream};
use crate::model::savings::entry::Entry;
use crate::model::savings::ledger::Ledger;
use crate::model::savings::totals::Totals;
use crate::model::time::FiscalYear;

/// A rating that the IT division gave in place of the computed one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Override {
    pub rating: Rating,
    pub reason: String,
    pub by: String,
}

/// A plan with everything said about it since.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanBook {
    pub plan: Plan,
    overrides: BTreeMap<(String, FiscalYear), Override>,
    /// Indicators and measures that events name and the file does not know (any more).
    unknown: Vec<String>,
}

/// An indicator's figure in one year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Figure {
    /// From this ledger: gross and net hours, or scenarios made (then both are the same).
    pub ledger: Option<GrossNet>,
    /// From elsewhere.
    pub entered: Option<Actual>,
    /// What is held against the target: the ledger's figure by the indicator's basis plus what was entered.
    pub actual: Option<Actual>,
}

/// The two ways of counting, in the indicator's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GrossNet {
    pub gross: f64,
    pub net: f64,
}

impl PlanBook {
    /// Applies the plan's own events, in their order; the last word on a year holds.
    pub fn of<'a>(plan: Plan, records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut book = Self { plan, overrides: BTreeMap::new(), unknown: Vec::new() };
        for record in records {
            match (&record.stream, &record.event) {
                (Stream::Plan(name), Event::Plan(event)) if *name == book.plan.name => {
                    book.apply(event, &record.who.to_string());
                }
                _ => {}
            }
        }
        book
    }

    fn apply(&mut self, event: &PlanEvent, by: &str) {
        match event {
            PlanEvent::ActualEntered { indicator, year, value, source, .. } => {
                let Some(indicator) = self.known(indicator) else { return };
                // A task has no number: entering one says how far it is, 1 being done.
                let actual = match indicator.kind {
                    IndicatorKind::Task if *value >= 1.0 => Actual::Done,
                    IndicatorKind::Task => Actual::Partial,
                    _ => Actual::Number(*value),
                };
                let volume = indicator.years.entry(*year).or_default();
                volume.actual = Some(Entered { actual, note: Some(source.clone()) });
            }
            PlanEvent::TargetSet { indicator, year, value, source } => {
                let Some(indicator) = self.known(indicator) else { return };
                let target = match indicator.kind {
                    IndicatorKind::Task => Target::Task,
                    _ => Target::Number(*value),
                };
                let volume = indicator.years.entry(*year).or_default();
                volume.target = target;
                volume.target_note = Some(source.clone());
            }
            PlanEvent::RatingOverridden { measure, year, rating, reason } => {
                if self.plan.measures.iter().any(|m| m.id == *measure) {
                    let given = Override { rating: *rating, reason: reason.clone(), by: by.to_owned() };
                    self.overrides.insert((measure.clone(), *year), given);
                } else {
                    self.unknown.push(measure.clone());
                }
            }
        }
    }

    fn known(&mut self, id: &str) -> Option<&mut Indicator> {
        if self.plan.indicators().all(|indicator| indicator.id != id) {
            self.unknown.push(id.to_owned());
            return None;
        }
        self.plan.indicator_mut(id)
    }

    /// Names that events use and the plan's file lacks: figures that stand nowhere in the report.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    pub fn overridden(&self, measure: &Measure, year: FiscalYear) -> Option<&Override> {
        self.overrides.get(&(measure.id.clone(), year))
    }

    /// The measure's rating by the plan's rule, on what is known of that year so far.
    pub fn computed(&self, measure: &Measure, year: FiscalYear, ledger: &Ledger) -> Option<Rating> {
        let outcomes: Vec<Outcome> = measure.indicators.iter().map(|i| outcome(i, year, ledger)).collect();
        rate(self.plan.rating_rule, &outcomes)
    }

    /// The rating over all years of the plan together.
    pub fn computed_over_all_years(&self, measure: &Measure, ledger: &Ledger) -> Option<Rating> {
        let over = |i| outcome_over(i, &self.plan.years, ledger);
        let outcomes: Vec<Outcome> = measure.indicators.iter().map(over).collect();
        rate(self.plan.rating_rule, &outcomes)
    }
}

/// The indicator's figure in a year, from the ledger and from elsewhere.
pub fn figure(indicator: &Indicator, year: FiscalYear, ledger: &Ledger) -> Figure {
    let entered = indicator.years.get(&year).and_then(|volume| volume.actual.as_ref()).map(|e| e.actual);
    let from_ledger = indicator.ledger.map(|source| ledger_figure(source, year, ledger));
    let counted = indicator.ledger.zip(from_ledger).map(|(source, both)| match source {
        LedgerFigure::Hours { basis: HoursBasis::Net, .. } => both.net,
        LedgerFigure::Hours { basis: HoursBasis::Gross, .. } | LedgerFigure::Scenarios => both.gross,
    });
    let actual = match (counted, entered) {
        (Some(counted), Some(Actual::Number(entered))) => Some(Actual::Number(counted + entered)),
        (Some(counted), _) => Some(Actual::Number(counted)),
        (None, entered) => entered,
    };
    Figure { ledger: from_ledger, entered, actual }
}

/// The ledger's entries that an hours indicator counts.
pub fn counted_entries(source: LedgerFigure, year: FiscalYear, ledger: &Ledger) -> impl Iterator<Item = &Entry> {
    ledger.of_year(year).filter(move |entry| match source {
        LedgerFigure::Hours { category, .. } => entry.category == category,
        LedgerFigure::Scenarios => false,
    })
}

fn ledger_figure(source: LedgerFigure, year: FiscalYear, ledger: &Ledger) -> GrossNet {
    match source {
        LedgerFigure::Scenarios => {
            let made = count(ledger.scenarios_made(year).len());
            GrossNet { gross: made, net: made }
        }
        LedgerFigure::Hours { .. } => {
            let totals = Totals::of(counted_entries(source, year, ledger));
            GrossNet { gross: hours(totals.gross.seconds), net: hours(totals.net) }
        }
    }
}

/// Hours of a number of seconds.
pub fn hours(seconds: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 seconds, which is 285 million years")]
    let seconds = seconds as f64;
    seconds / 3600.0
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

fn outcome(indicator: &Indicator, year: FiscalYear, ledger: &Ledger) -> Outcome {
    let target = indicator.years.get(&year).map_or(Target::None, |volume| volume.target);
    Outcome { target, actual: figure(indicator, year, ledger).actual }
}

/// Volumes are added up over the years, levels and tasks count as they last stood.
fn outcome_over(indicator: &Indicator, years: &[FiscalYear], ledger: &Ledger) -> Outcome {
    let planned: Vec<Outcome> =
        years.iter().map(|year| outcome(indicator, *year, ledger)).filter(|o| o.target != Target::None).collect();
    let Some(last) = planned.last().copied() else { return Outcome { target: Target::None, actual: None } };
    if let Some(pending) = planned.iter().find(|o| o.target == Target::Pending) {
        return *pending;
    }
    if indicator.over_years == OverYears::Last || indicator.kind == IndicatorKind::Task {
        return last;
    }
    let target = planned.iter().filter_map(|o| match o.target {
        Target::Number(target) => Some(target),
        _ => None,
    });
    let actual = planned.iter().filter_map(|o| match o.actual {
        Some(Actual::Number(actual)) => Some(actual),
        _ => None,
    });
    let actual: Vec<f64> = actual.collect();
    let sum = (!actual.is_empty()).then(|| Actual::Number(actual.iter().sum()));
    Outcome { target: Target::Number(target.sum()), actual: sum }
}
