//! Which fields pass without a person's eyes: the one rule, for every part of the program that asks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::id::FieldName;
use super::value::{Chance, Content, FieldValue, Provenance, Writing};

/// What a scenario demands of readings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReadingRules {
    /// The chance of error stays below this, 0 to 1.
    pub bound: f64,
    pub per: Per,
    /// A chance measured on less counts as none.
    pub measured_on: Writing,
}

/// What the bound is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Each field by itself.
    Field,
    /// All fields of a document that nobody looks at, together.
    Document,
}

impl ReadingRules {
    /// Where nothing is read from paper: no reading whatever would pass.
    pub const NOTHING_IS_READ: ReadingRules =
        ReadingRules { bound: 0.0, per: Per::Field, measured_on: Writing::People };

    /// The fields of a document that a person must look at before it is entered.
    ///
    /// Per document, the surest fields pass, as many as stay below the bound together: chances of error add up to no
    /// less than that any of them is wrong. A derived value brings no chance of its own; it waits if a part of it does.
    pub fn waiting(&self, fields: &[FieldValue]) -> BTreeSet<FieldName> {
        let waits = self.each(fields);
        fields.iter().zip(waits).filter(|(_, waits)| *waits).map(|(field, _)| field.field.clone()).collect()
    }

    /// For each field, in order, whether it waits.
    fn each(&self, fields: &[FieldValue]) -> Vec<bool> {
        let mut waits: Vec<bool> = fields.iter().map(|field| !self.passes_by_itself(field)).collect();
        if self.per == Per::Document {
            let mut surest: Vec<usize> = (0..fields.len()).filter(|i| !waits[*i] && is_read(&fields[*i])).collect();
            surest.sort_by(|a, b| wrong(&fields[*a]).total_cmp(&wrong(&fields[*b])));
            let mut together = 0.0;
            for i in surest {
                together += wrong(&fields[i]);
                waits[i] = together >= self.bound;
            }
            for (i, field) in fields.iter().enumerate() {
                if let Provenance::Derived(parts) = &field.provenance {
                    waits[i] |= fields.iter().zip(&waits).any(|(f, waits)| *waits && parts.contains(&f.field));
                }
            }
        }
        waits
    }

    /// Ink that nothing fits always needs a person, and so does anything that speaks against the value.
    fn passes_by_itself(&self, field: &FieldValue) -> bool {
        let measured = |wrong: f64, on: Writing| wrong < self.bound && on >= self.measured_on;
        let is_sure = match field.chance {
            Chance::Calibrated(wrong, on) => measured(wrong, on),
            Chance::Uncalibrated(_) => false,
            Chance::NotRead => true,
        };
        is_settled(field) || (field.content != Content::Unreadable && field.doubts.is_empty() && is_sure)
    }
}

/// Nobody is asked twice about a person's own word.
fn is_settled(field: &FieldValue) -> bool {
    matches!(field.provenance, Provenance::Person(_) | Provenance::Given)
}

fn is_read(field: &FieldValue) -> bool {
    matches!(field.provenance, Provenance::Zone(_))
}

fn wrong(field: &FieldValue) -> f64 {
    match field.chance {
        Chance::Calibrated(wrong, _) => wrong,
        Chance::Uncalibrated(_) => 1.0,
        Chance::NotRead => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::{Personal, Rect};

    fn name(text: &str) -> FieldName {
        FieldName::new(text).unwrap()
    }

    fn read(field: &str, chance: Chance) -> FieldValue {
        FieldValue {
            chance,
            provenance: Provenance::Zone(Rect { x: 0.0, y: 0.0, width: 1.0, height: 1.0 }),
            ..FieldValue::certain(name(field), Content::Written(Personal::new("板橋")), Provenance::Given)
        }
    }

    fn by_people(wrong: f64) -> FieldValue {
        read("a", Chance::Calibrated(wrong, Writing::People))
    }

    fn rules(bound: f64, per: Per, measured_on: Writing) -> ReadingRules {
        ReadingRules { bound, per, measured_on }
    }

    const EACH: ReadingRules = ReadingRules { bound: 0.001, per: Per::Field, measured_on: Writing::People };

    #[test]
    fn an_uncalibrated_chance_never_passes_however_small() {
        let fields = [read("a", Chance::Uncalibrated(0.0)), by_people(0.0009), by_people(0.001)];
        assert_eq!(EACH.each(&fields), [true, false, true]);
    }

    #[test]
    fn a_chance_measured_on_typefaces_counts_only_where_the_scenario_says_so() {
        let field = [read("a", Chance::Calibrated(0.0001, Writing::Typefaces))];
        assert_eq!(EACH.each(&field), [true]);
        assert_eq!(rules(0.001, Per::Field, Writing::Typefaces).each(&field), [false]);
    }

    #[test]
    fn a_doubt_waits_whatever_its_chance_and_a_persons_word_never_does() {
        let doubted = FieldValue { doubts: vec![crate::message!("reading.no-such-date")], ..by_people(0.0) };
        let unreadable = FieldValue { content: Content::Unreadable, ..by_people(0.0) };
        let said = FieldValue { provenance: Provenance::Given, ..doubted.clone() };
        assert_eq!(EACH.each(&[doubted, unreadable, said]), [true, true, false]);
    }

    #[test]
    fn a_records_cell_passes_without_a_chance_but_not_with_a_doubt() {
        let cell =
            FieldValue {
                chance: Chance::NotRead, provenance: Provenance::Column("氏名".to_owned()), ..by_people(0.0)
            };
        let doubted = FieldValue { doubts: vec![crate::message!("reading.cell-missing")], ..cell.clone() };
        let unreadable = FieldValue { content: Content::Unreadable, ..cell.clone() };
        assert_eq!(ReadingRules::NOTHING_IS_READ.each(&[cell, doubted, unreadable]), [false, true, true]);
    }

    #[test]
    fn a_documents_bound_is_spent_on_its_surest_fields() {
        let fields = [by_people(0.004), by_people(0.001), by_people(0.003), by_people(0.02)];
        assert_eq!(rules(0.005, Per::Document, Writing::People).each(&fields), [true, false, false, true]);
        assert_eq!(rules(0.005, Per::Field, Writing::People).each(&fields), [false, false, false, true]);
    }

    #[test]
    fn a_derived_value_waits_with_its_parts_and_spends_nothing() {
        let year = read("year", Chance::Calibrated(0.002, Writing::People));
        let month = read("month", Chance::Calibrated(0.004, Writing::People));
        let birth = FieldValue {
            provenance: Provenance::Derived(vec![name("year"), name("month")]),
            ..read("birth", Chance::Calibrated(0.004, Writing::People))
        };
        let rules = rules(0.005, Per::Document, Writing::People);
        assert_eq!(rules.each(&[year.clone(), month, birth.clone()]), [false, true, true]);
        let sure = read("month", Chance::Calibrated(0.001, Writing::People));
        assert_eq!(rules.each(&[year, sure, birth]), [false, false, false]);
    }
}
