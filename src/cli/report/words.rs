//! The report's words: marks, ratings, targets, forecasts, in the person's language.

use crate::cli::sheet::Cell;
use crate::locale::Lang;
use crate::message;
use crate::model::message::Message;
use crate::model::plan::rating::RatingRule;
use crate::model::plan::{Actual, HoursBasis, IndicatorKind, Target};
use crate::model::report::Report;
use crate::model::report::plans::{IndicatorLine, MeasureLine};
use crate::model::savings::forecast::{ENOUGH_DAYS, Forecast};
use crate::model::savings::totals::{Mark, Sum};

pub fn mark(sum: Sum) -> Message {
    match sum.mark() {
        Mark::Measured => message!("savings.measured"),
        Mark::Estimated => message!("savings.estimated"),
        Mark::Mixed => message!("savings.partly-estimated"),
    }
}

/// `令和8年度（2026年度）の削減時間`.
pub fn title(report: &Report, lang: Lang) -> String {
    lang.render(&message!("savings.report-title", era = report.era_name, year = report.year))
}

pub fn as_of(report: &Report) -> Message {
    if report.closed {
        message!("savings.as-of-closed", day = report.today)
    } else {
        message!("savings.as-of", day = report.today)
    }
}

/// Where the year will end.
pub fn forecast(forecast: Forecast) -> Message {
    match forecast {
        Forecast::Closed => message!("savings.forecast-closed"),
        Forecast::TooEarly { office_days } => {
            message!("savings.forecast-too-early", days = office_days, enough = ENOUGH_DAYS)
        }
        Forecast::Expected { seconds, office_days_left } => {
            message!("savings.forecast", hours = Cell::Hours(seconds).shown(), days = office_days_left)
        }
    }
}

/// The same for a narrow column.
pub fn forecast_cell(forecast: Option<Forecast>, lang: Lang) -> Cell {
    match forecast {
        Some(Forecast::Expected { seconds, .. }) => Cell::Hours(seconds),
        Some(Forecast::TooEarly { .. }) => Cell::text(lang.render(&message!("savings.too-early"))),
        Some(Forecast::Closed) | None => Cell::Missing,
    }
}

pub fn target(line: &IndicatorLine, lang: Lang) -> Cell {
    match line.target {
        Target::Number(number) => Cell::Number(number),
        Target::Task => Cell::text(lang.render(&message!("savings.task"))),
        Target::Pending => Cell::text(lang.render(&message!("savings.pending"))),
        Target::None => line.target_note.clone().map_or(Cell::Missing, Cell::Text),
    }
}

pub fn actual(actual: Option<Actual>, lang: Lang) -> Cell {
    match actual {
        Some(Actual::Number(number)) => Cell::Number(number),
        Some(Actual::Done) => Cell::text(lang.render(&message!("savings.done"))),
        Some(Actual::Partial) => Cell::text(lang.render(&message!("savings.partial"))),
        None => Cell::Missing,
    }
}

pub fn basis(basis: HoursBasis) -> Message {
    match basis {
        HoursBasis::Gross => message!("savings.basis-gross"),
        HoursBasis::Net => message!("savings.basis-net"),
    }
}

/// `percent` needs its sign where the plan gives no unit.
pub fn unit(line: &IndicatorLine) -> String {
    let percent = if line.kind == IndicatorKind::Percent { "%" } else { "" };
    line.unit.clone().unwrap_or_else(|| percent.to_owned())
}

/// `削減時間（時間）`.
pub fn name_with_unit(line: &IndicatorLine, lang: Lang) -> String {
    match unit(line) {
        unit if unit.is_empty() => line.name.clone(),
        unit => lang.render(&message!("savings.name-with-unit", name = line.name, unit = unit)),
    }
}

/// The rating with everything that must not be hidden beside it.
pub fn rating(measure: &MeasureLine, lang: Lang) -> String {
    let Some(rating) = measure.rating else {
        let pending = measure.indicators.iter().any(|line| line.target == Target::Pending);
        let why = if pending { message!("savings.unrated-pending") } else { message!("savings.unrated") };
        return lang.render(&why);
    };
    let shown = if measure.provisional {
        lang.render(&message!("savings.rating-provisional", rating = rating))
    } else {
        rating.word().to_owned()
    };
    match (&measure.given, measure.over_all_years) {
        (Some(given), _) => {
            let computed = measure.computed.map_or("-", |computed| computed.word());
            let overridden =
                message!("savings.rating-given", rating = shown, computed = computed, reason = given.reason);
            lang.render(&overridden)
        }
        (None, Some(over_all)) => lang.render(&message!("savings.rating-final", rating = shown, over_all = over_all)),
        (None, None) => shown,
    }
}

pub fn rule(rule: RatingRule) -> Message {
    match rule {
        RatingRule::ExceedsAll => message!("savings.rule-exceeds-all"),
        RatingRule::ExceedsAllMet => message!("savings.rule-exceeds-all-met"),
    }
}
