//! A plan's measures and indicators in a fiscal year, with targets, actuals, ratings and forecasts.

use serde::Serialize;

use super::{Pace, Sources};
use crate::model::id::PlanName;
use crate::model::plan::rating::{Rating, RatingRule};
use crate::model::plan::standing::{GrossNet, Override, PlanBook, counted_entries, figure};
use crate::model::plan::{Actual, HoursBasis, Indicator, IndicatorKind, LedgerFigure, Measure, Target};
use crate::model::savings::forecast::Forecast;
use crate::model::savings::totals::Totals;
use crate::model::time::FiscalYear;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanLine {
    pub name: PlanName,
    pub title: String,
    pub rule: RatingRule,
    pub measures: Vec<MeasureLine>,
    /// Names that were used in entering figures or ratings and that the plan's file does not have.
    pub unknown: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasureLine {
    pub id: String,
    pub name: String,
    pub owner: Option<String>,
    /// What holds: the given rating, else the computed one.
    pub rating: Option<Rating>,
    pub computed: Option<Rating>,
    pub given: Option<Override>,
    pub published: Option<Rating>,
    /// The year goes on: the rating is what it would be today.
    pub provisional: bool,
    /// Over all years of the plan, in the year that the plan names for it.
    pub over_all_years: Option<Rating>,
    pub indicators: Vec<IndicatorLine>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IndicatorLine {
    pub id: String,
    pub volume: Option<String>,
    pub name: String,
    pub kind: IndicatorKind,
    pub unit: Option<String>,
    pub target: Target,
    pub target_note: Option<String>,
    /// What is held against the target.
    pub actual: Option<Actual>,
    pub actual_note: Option<String>,
    /// This ledger's part of it, counted both ways.
    pub ledger: Option<GrossNet>,
    /// Which of both counts.
    pub basis: Option<HoursBasis>,
    /// Reported from elsewhere and added.
    pub entered: Option<Actual>,
    /// Actual ÷ target.
    pub achieved: Option<f64>,
    /// Where its hours will be at the end of the year, counted as the target is.
    pub forecast: Option<Forecast>,
}

pub(super) fn lines(sources: &Sources<'_>, year: FiscalYear, pace: Pace) -> Vec<PlanLine> {
    let in_force = sources.plans.iter().filter(|book| book.plan.years.contains(&year));
    in_force
        .map(|book| PlanLine {
            name: book.plan.name.clone(),
            title: book.plan.title.clone(),
            rule: book.plan.rating_rule,
            measures: book.plan.measures.iter().map(|m| measure(book, m, sources, year, pace)).collect(),
            unknown: book.unknown().to_vec(),
        })
        .collect()
}

fn measure(book: &PlanBook, measure: &Measure, sources: &Sources<'_>, year: FiscalYear, pace: Pace) -> MeasureLine {
    let indicators: Vec<IndicatorLine> = measure.indicators.iter().map(|i| indicator(i, sources, year, pace)).collect();
    // In a running year silence is not failure: a measure that nobody has reported on is not rated yet.
    let reported = pace.closed || indicators.iter().any(|i| i.actual.is_some());
    let computed = book.computed(measure, year, sources.ledger).filter(|_| reported);
    let given = book.overridden(measure, year).cloned();
    let is_final = book.plan.final_rating == Some(year);
    MeasureLine {
        id: measure.id.clone(),
        name: measure.name.clone(),
        owner: measure.owner.clone(),
        rating: given.as_ref().map(|given| given.rating).or(computed),
        computed,
        given,
        published: measure.published.get(&year).copied(),
        provisional: !pace.closed,
        over_all_years: if is_final { book.computed_over_all_years(measure, sources.ledger) } else { None },
        indicators,
    }
}

fn indicator(indicator: &Indicator, sources: &Sources<'_>, year: FiscalYear, pace: Pace) -> IndicatorLine {
    let volume = indicator.years.get(&year);
    let target = volume.map_or(Target::None, |volume| volume.target);
    let figure = figure(indicator, year, sources.ledger);
    let achieved = match (target, figure.actual) {
        (Target::Number(target), Some(Actual::Number(actual))) if target > 0.0 => Some(actual / target),
        _ => None,
    };
    IndicatorLine {
        id: indicator.id.clone(),
        volume: indicator.volume.clone(),
        name: indicator.name.clone(),
        kind: indicator.kind,
        unit: indicator.unit.clone(),
        target,
        target_note: volume.and_then(|volume| volume.target_note.clone()),
        actual: figure.actual,
        actual_note: volume.and_then(|volume| volume.actual.as_ref()?.note.clone()),
        ledger: figure.ledger,
        basis: match indicator.ledger {
            Some(LedgerFigure::Hours { basis, .. }) => Some(basis),
            _ => None,
        },
        entered: figure.entered,
        achieved,
        forecast: expected(indicator, sources, year, pace, figure.entered),
    }
}

/// Only hours of this ledger have a pace; what was reported from elsewhere stays as it is.
fn expected(
    indicator: &Indicator,
    sources: &Sources<'_>,
    year: FiscalYear,
    pace: Pace,
    entered: Option<Actual>,
) -> Option<Forecast> {
    let source @ LedgerFigure::Hours { basis, .. } = indicator.ledger? else { return None };
    let totals = Totals::of(counted_entries(source, year, sources.ledger));
    let own = match basis {
        HoursBasis::Gross => totals.gross.seconds,
        HoursBasis::Net => totals.net,
    };
    Some(match (pace.forecast(own), entered) {
        (Forecast::Expected { seconds, office_days_left }, Some(Actual::Number(hours))) => {
            #[expect(clippy::cast_possible_truncation, reason = "`as` saturates; hours of a plan are far below")]
            let elsewhere = (hours * 3600.0) as i64;
            Forecast::Expected { seconds: seconds + elsewhere, office_days_left }
        }
        (forecast, _) => forecast,
    })
}
