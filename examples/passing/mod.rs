//! Of fields that were read and whose truth is known: how many pass without a person, and how many of those are wrong.

use jitan::model::form::FieldKind;
use jitan::model::passing::{Per, ReadingRules};
use jitan::model::value::{FieldValue, Writing};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The bounds that are reported.
pub const BOUNDS: [f64; 3] = [0.01, 0.005, 0.001];
/// How often the interval draws the documents anew.
const DRAWS: usize = 2_000;
const CONFIDENCE: f64 = 0.95;

/// A document's fields, each with whether it was read rightly, and what a report groups it by.
pub struct Document {
    pub fields: Vec<FieldValue>,
    pub right: Vec<bool>,
    pub groups: Vec<String>,
}

/// What came of some documents at one bound.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Passed {
    pub bound: f64,
    pub measured_on: Writing,
    pub fields: usize,
    pub passed: usize,
    pub wrong: usize,
    /// Share of wrong ones among the passed, at most: the upper end of the one-sided 95% interval, of Clopper and Pearson and
    /// by drawing whole documents anew.
    pub wrong_at_most: f64,
    pub wrong_at_most_by_document: f64,
    pub documents: usize,
    /// With no field that a person must look at.
    pub untouched: usize,
    /// With a wrong field that nobody would have looked at.
    pub with_a_wrong_field_unseen: usize,
    /// Fields to look at in the document in the middle.
    pub looked_at_median: usize,
}

/// Counts the fields of a group, or of all.
pub fn passed(documents: &[Document], group: Option<&str>, bound: f64, measured_on: Writing) -> Passed {
    let rules = ReadingRules { bound, per: Per::Field, measured_on };
    // Of each document: fields, passed, wrong among them.
    let counts: Vec<[usize; 3]> = documents
        .iter()
        .map(|document| {
            let waiting = rules.waiting(&document.fields);
            let of_group = (0..document.fields.len()).filter(|i| group.is_none_or(|g| document.groups[*i] == g));
            of_group.fold([0; 3], |[fields, passed, wrong], i| {
                let passes = !waiting.contains(&document.fields[i].field);
                let is_wrong = passes && !document.right[i];
                [fields + 1, passed + usize::from(passes), wrong + usize::from(is_wrong)]
            })
        })
        .collect();
    let sum = |of: usize| counts.iter().map(|count| count[of]).sum::<usize>();
    let mut looked_at: Vec<usize> = counts.iter().map(|[fields, passed, _]| fields - passed).collect();
    looked_at.sort_unstable();
    Passed {
        bound,
        measured_on,
        fields: sum(0),
        passed: sum(1),
        wrong: sum(2),
        wrong_at_most: clopper_pearson_upper(sum(2) as u64, sum(1) as u64),
        wrong_at_most_by_document: bootstrapped_upper(&counts),
        documents: documents.len(),
        untouched: looked_at.iter().filter(|fields| **fields == 0).count(),
        with_a_wrong_field_unseen: counts.iter().filter(|[.., wrong]| *wrong > 0).count(),
        looked_at_median: looked_at.get(looked_at.len() / 2).copied().unwrap_or(0),
    }
}

/// Errors of one document hang together (one pen, one scan), so documents are drawn, not fields.
fn bootstrapped_upper(counts: &[[usize; 3]]) -> f64 {
    if counts.is_empty() {
        return 1.0;
    }
    let mut rng = StdRng::seed_from_u64(1);
    let mut shares: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn = (0..counts.len()).map(|_| counts[rng.random_range(0..counts.len())]);
            let [passed, wrong] = drawn.fold([0; 2], |[p, w], [_, passed, wrong]| [p + passed, w + wrong]);
            wrong as f64 / passed.max(1) as f64
        })
        .collect();
    shares.sort_by(f64::total_cmp);
    shares[(CONFIDENCE * DRAWS as f64) as usize]
}

/// Upper limit of the one-sided 95% Clopper-Pearson interval: the share at which `wrong` or fewer out of `read` would
/// come out only once in twenty times.
pub fn clopper_pearson_upper(wrong: u64, read: u64) -> f64 {
    if wrong >= read {
        return 1.0;
    }
    let (mut low, mut high) = (wrong as f64 / read as f64, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(wrong, read, middle) > 1.0 - CONFIDENCE {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Probability of at most `k` of `n` at `p` each, summed from the logarithms of the terms.
fn at_most(k: u64, n: u64, p: f64) -> f64 {
    if p >= 1.0 {
        return 0.0;
    }
    let mut term = n as f64 * (-p).ln_1p();
    let mut sum = term.exp();
    for i in 1..=k {
        term += ((n - i + 1) as f64 / i as f64).ln() + p.ln() - (-p).ln_1p();
        sum += term.exp();
    }
    sum
}

/// The report's lines: for each bound and basis the fields of each group and of all, then the documents.
pub fn print(documents: &[Document]) {
    let mut groups: Vec<&str> = documents.iter().flat_map(|d| d.groups.iter().map(String::as_str)).collect();
    groups.sort_unstable();
    groups.dedup();
    for measured_on in [Writing::People, Writing::Typefaces] {
        println!("\nmeasured on {measured_on:?} at least; limits are those of one-sided 95% intervals");
        println!(
            "| fields | bound | pass unseen | wrong among them | at most | at most, by document |\n|---|---|---|---|---|---|"
        );
        for group in groups.iter().copied().map(Some).chain([None]) {
            for bound in BOUNDS {
                let p = passed(documents, group, bound, measured_on);
                println!(
                    "| {} | {}% | {} | {} | {:.2}% | {:.2}% |",
                    group.unwrap_or("all"),
                    100.0 * bound,
                    percent(p.passed, p.fields),
                    p.wrong,
                    100.0 * p.wrong_at_most,
                    100.0 * p.wrong_at_most_by_document
                );
            }
        }
        println!(
            "\n| bound | documents untouched | with a wrong field unseen | fields to look at in the middle one |\n|---|---|---|---|"
        );
        for bound in BOUNDS {
            let p = passed(documents, None, bound, measured_on);
            println!(
                "| {}% | {} | {} | {} |",
                100.0 * bound,
                percent(p.untouched, p.documents),
                p.with_a_wrong_field_unseen,
                p.looked_at_median
            );
        }
    }
}

pub fn percent(right: usize, of: usize) -> String {
    format!("{right}/{of} = {:.1}%", 100.0 * right as f64 / of.max(1) as f64)
}

/// What a report calls a kind of field.
pub fn kind(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Digits { .. } => "digits",
        FieldKind::Kana { .. } => "kana",
        FieldKind::Line { .. } => "text",
        FieldKind::Choice { .. } => "mark",
        FieldKind::Code { .. } => "code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_one_the_textbooks_print() {
        // "Rule of three": no error in n is compatible with 1 - 0.05^(1/n).
        assert!((clopper_pearson_upper(0, 1000) - 0.002_991).abs() < 1e-5);
        assert!((clopper_pearson_upper(1, 100) - 0.046_56).abs() < 1e-4);
        assert!((clopper_pearson_upper(5, 50) - 0.199_2).abs() < 2e-3);
        assert!((clopper_pearson_upper(7, 7) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn errors_that_stand_in_one_document_widen_the_interval() {
        let spread: Vec<[usize; 3]> = (0..100).map(|i| [10, 10, usize::from(i < 10)]).collect();
        let heaped: Vec<[usize; 3]> = (0..100).map(|i| [10, 10, if i == 0 { 10 } else { 0 }]).collect();
        assert!(bootstrapped_upper(&heaped) > 1.2 * bootstrapped_upper(&spread));
    }
}
