//! Plan files: `plans/*.yaml`.

pub mod keys;

use std::collections::{BTreeMap, BTreeSet};

use super::check::check;
use super::diagnostic::{Diagnostic, Faults};
use super::fields::{Fields, value};
use super::scalar;
use super::table::Shape;
use super::tree::{self, Node, shown};
use crate::message;
use crate::model::id::PlanName;
use crate::model::plan::{
    Actual, Entered, HoursBasis, Indicator, IndicatorKind, LedgerFigure, Measure, OverYears, Plan, Rating, RatingRule,
    Target, Volume,
};
use crate::model::savings::entry::Category;
use crate::model::time::FiscalYear;

/// Reads a plan file. Its name is the stem of the file.
///
/// # Errors
/// Every mistake in it.
pub fn plan(name: PlanName, file: &str, bytes: &[u8]) -> Result<Plan, Vec<Diagnostic>> {
    let root = tree::parse(file, bytes)?;
    let mut faults = Faults::new(file);
    check(&root, &Shape::Map(&keys::PLAN), &mut faults);
    let mut decoder = Decoder { faults: &mut faults, years: Vec::new(), seen: BTreeSet::new() };
    let plan = decoder.plan(name, Fields::of(&root));
    if !faults.is_empty() {
        return Err(faults.into_sorted());
    }
    plan.ok_or_else(|| {
        let mut faults = Faults::new(file);
        faults.add(root.span, message!("format.cannot-be-used"));
        faults.into_sorted()
    })
}

struct Decoder<'f> {
    faults: &'f mut Faults,
    years: Vec<FiscalYear>,
    /// Ids of measures (`m:`) and indicators (`i:`) so far.
    seen: BTreeSet<String>,
}

impl Decoder<'_> {
    fn plan(&mut self, name: PlanName, fields: Fields<'_>) -> Option<Plan> {
        self.years = fields.list("years", scalar::fiscal_year);
        if let Some(pair) = self.years.windows(2).position(|pair| pair[0] >= pair[1]) {
            let span = fields.items("years").get(pair + 1).map_or(fields.span(), |node| node.span);
            self.faults.add(span, message!("savings.plan-years-in-order"));
        }
        let final_rating = fields.get("final_rating", scalar::fiscal_year);
        if final_rating.is_some_and(|year| !self.years.contains(&year)) {
            self.faults.add(fields.span_of("final_rating"), message!("savings.plan-year-outside"));
        }
        let measures: Vec<Option<Measure>> =
            fields.items("measures").iter().map(|node| self.measure(Fields::of(node))).collect();
        Some(Plan {
            name,
            title: fields.get("title", scalar::text)?,
            source: fields.get("source", scalar::text),
            years: self.years.clone(),
            rating_rule: match word(fields, "rating_rule")? {
                "exceeds-all" => RatingRule::ExceedsAll,
                "exceeds-all-met" => RatingRule::ExceedsAllMet,
                _ => return None,
            },
            final_rating,
            measures: measures.into_iter().collect::<Option<_>>()?,
        })
    }

    fn measure(&mut self, fields: Fields<'_>) -> Option<Measure> {
        let id = self.unique("m:", fields);
        let published: Vec<Option<(FiscalYear, Rating)>> = fields
            .items("published")
            .iter()
            .map(|node| Some((self.year(Fields::of(node))?, rating(word(Fields::of(node), "rating")?)?)))
            .collect();
        let indicators: Vec<Option<Indicator>> =
            fields.items("indicators").iter().map(|node| self.indicator(Fields::of(node))).collect();
        Some(Measure {
            id: id?,
            name: fields.get("name", scalar::text)?,
            group: fields.get("group", scalar::text),
            owner: fields.get("owner", scalar::text),
            published: published.into_iter().collect::<Option<_>>()?,
            indicators: indicators.into_iter().collect::<Option<_>>()?,
        })
    }

    fn indicator(&mut self, fields: Fields<'_>) -> Option<Indicator> {
        let id = self.unique("i:", fields);
        let kind = kind(word(fields, "kind")?)?;
        let ledger = self.ledger(fields, kind);
        let mut years = BTreeMap::new();
        for node in fields.items("years") {
            let entry = Fields::of(node);
            let Some(year) = self.year(entry) else { continue };
            let volume = Volume {
                target: self.target(entry, kind),
                target_note: entry.get("target_note", scalar::text),
                actual: self
                    .actual(entry, kind)
                    .map(|actual| Entered { actual, note: entry.get("actual_note", scalar::text) }),
            };
            if years.insert(year, volume).is_some() {
                self.faults.add(entry.span_of("year"), message!("savings.plan-year-twice", year = year));
            }
        }
        let over_years = match word(fields, "over_years") {
            Some("last") => OverYears::Last,
            Some(_) => OverYears::Sum,
            None if matches!(kind, IndicatorKind::Percent | IndicatorKind::Task) => OverYears::Last,
            None => OverYears::Sum,
        };
        Some(Indicator {
            id: id?,
            volume: fields.get("volume", scalar::text),
            name: fields.get("name", scalar::text)?,
            kind,
            unit: fields.get("unit", scalar::text),
            over_years,
            ledger,
            years,
        })
    }

    /// An id that nothing of its kind has had before.
    fn unique(&mut self, kind: &str, fields: Fields<'_>) -> Option<String> {
        let id = fields.get("id", scalar::field_name)?.to_string();
        if self.seen.insert(format!("{kind}{id}")) {
            return Some(id);
        }
        self.faults.add(fields.span_of("id"), message!("savings.plan-id-twice", id = shown(&id)));
        None
    }

    fn year(&mut self, fields: Fields<'_>) -> Option<FiscalYear> {
        let year = fields.get("year", scalar::fiscal_year)?;
        if !self.years.contains(&year) {
            self.faults.add(fields.span_of("year"), message!("savings.plan-year-outside"));
        }
        Some(year)
    }

    fn ledger(&mut self, fields: Fields<'_>, kind: IndicatorKind) -> Option<LedgerFigure> {
        let basis = match word(fields, "basis") {
            Some("net") => HoursBasis::Net,
            _ => HoursBasis::Gross,
        };
        let (figure, needs) = match word(fields, "ledger")? {
            "scenarios" => (LedgerFigure::Scenarios, IndicatorKind::Count),
            "ai-ocr" => (LedgerFigure::Hours { category: Category::AiOcr, basis }, IndicatorKind::Hours),
            "rpa" => (LedgerFigure::Hours { category: Category::Rpa, basis }, IndicatorKind::Hours),
            _ => return None,
        };
        if kind != needs {
            self.faults.add(fields.span_of("ledger"), message!("savings.plan-ledger-kind"));
        }
        if needs == IndicatorKind::Hours && fields.node("basis").is_none() {
            self.faults.add_hinted(
                fields.span_of("ledger"),
                message!("savings.plan-needs-basis"),
                message!("savings.plan-hint-basis"),
            );
        }
        Some(figure)
    }

    fn target(&mut self, entry: Fields<'_>, kind: IndicatorKind) -> Target {
        match (entry.node("target").and_then(Node::scalar), kind) {
            (Some("pending"), _) => Target::Pending,
            (Some(_), IndicatorKind::Task) => {
                self.faults.add(entry.span_of("target"), message!("savings.plan-task-target"));
                Target::Task
            }
            (None, IndicatorKind::Task) => Target::Task,
            (Some(_), _) => entry.get("target", scalar::number).map_or(Target::None, Target::Number),
            (None, _) => Target::None,
        }
    }

    fn actual(&mut self, entry: Fields<'_>, kind: IndicatorKind) -> Option<Actual> {
        let text = entry.node("actual")?.scalar()?;
        let actual = match text {
            "done" => Actual::Done,
            "partial" => Actual::Partial,
            _ => Actual::Number(value(entry.node("actual")?, scalar::number)?),
        };
        if matches!(actual, Actual::Number(_)) == (kind == IndicatorKind::Task) {
            self.faults.add(entry.span_of("actual"), message!("savings.plan-actual-kind"));
        }
        Some(actual)
    }
}

fn word<'n>(fields: Fields<'n>, key: &str) -> Option<&'n str> {
    fields.node(key)?.scalar()
}

fn kind(word: &str) -> Option<IndicatorKind> {
    Some(match word {
        "count" => IndicatorKind::Count,
        "hours" => IndicatorKind::Hours,
        "percent" => IndicatorKind::Percent,
        "people" => IndicatorKind::People,
        "views" => IndicatorKind::Views,
        "task" => IndicatorKind::Task,
        _ => return None,
    })
}

fn rating(word: &str) -> Option<Rating> {
    [Rating::Exceeded, Rating::Met, Rating::NotMet].into_iter().find(|rating| rating.word() == word)
}

#[cfg(test)]
mod tests;
