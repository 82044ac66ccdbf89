//! 基準時間: how long people took, and what they still do outside this program.

use std::time::Duration;

use chrono::NaiveDate;

use super::diagnostic::{Faults, Span};
use super::fields::Fields;
use super::scalar;
use super::table::{Mapping, Shape, optional, required, words};
use super::tree::Node;
use crate::message;
use crate::model::scenario::{Baseline, Evidence, OutsideWork};

static MEASURED: Mapping = Mapping {
    name: "measured",
    doc: words("測った日と件数", "when and on how many cases"),
    keys: &[&[
        required("on", Shape::DATE, words("測った日", "day of the measurement"), "2026-03-10"),
        required("cases", Shape::Scalar(&scalar::COUNT), words("件数", "number of cases"), "40"),
    ]],
    one_of: &[],
};
pub static BASELINE: Mapping = Mapping {
    name: "baseline",
    doc: words("基準時間。これまで職員が1件にかけていた時間", "how long a person took for one document"),
    keys: &[&[
        required("from", Shape::DATE, words("適用の初日", "first day"), "2026-04-01"),
        required(
            "until",
            Shape::DATE,
            words("適用の最終日。期限のない基準時間は書けない", "last day: a baseline expires"),
            "2027-03-31",
        ),
        optional(
            "reading",
            Shape::DURATION,
            words(
                "紙を読んで打ち込む時間（AI-OCR の削減時間になる）。forms があれば必要、records には書けない",
                "reading and typing; credited to ai-ocr; needed with forms, not to be written with records",
            ),
            "4m",
        ),
        required(
            "entering",
            Shape::DURATION,
            words("システムに登録する時間（RPA の削減時間になる）", "entering; credited to rpa"),
            "6m30s",
        ),
        optional(
            "measured",
            Shape::Map(&MEASURED),
            words("実測したとき", "if it was measured"),
            "{on: 2026-03-10, cases: 40}",
        ),
        optional(
            "estimated",
            Shape::TEXT,
            words("見積もりのとき、その根拠", "if it is an estimate: why"),
            "担当者3名への聞き取り",
        ),
    ]],
    one_of: &[&["measured", "estimated"]],
};
pub static OUTSIDE: Mapping = Mapping {
    name: "outside",
    doc: words("jitan の外で1件ごとに人がかける時間（見積もり）", "people's work outside this program, per document"),
    keys: &[&[
        required("from", Shape::DATE, words("適用の初日", "first day"), "2026-04-01"),
        required("per_document", Shape::DURATION, words("1件あたりの時間", "per document"), "20s"),
        required("what", Shape::TEXT, words("作業の内容", "what is done"), "開封とスキャン"),
    ]],
    one_of: &[],
};

/// In order of their first day; on no day do two of them hold.
pub fn baselines(items: &[Node], on_paper: bool, faults: &mut Faults) -> Vec<Baseline> {
    let mut placed: Vec<(Baseline, Span)> = Vec::new();
    for fields in items.iter().map(Fields::of) {
        let Some(baseline) = baseline(fields, on_paper, faults) else { continue };
        if baseline.until < baseline.from {
            faults.add(fields.span_of("until"), message!("format.until-before-from"));
        }
        placed.push((baseline, fields.span_of("from")));
    }
    placed.sort_by_key(|(baseline, _)| baseline.from);
    for pair in placed.windows(2) {
        let [(before, _), (after, span)] = pair else { continue };
        if after.from <= before.until {
            faults.add(*span, message!("format.baselines-overlap", from = after.from, until = before.until));
        }
    }
    placed.into_iter().map(|(baseline, _)| baseline).collect()
}

/// Where nothing is read from paper, no time for that is saved: all of a person's time was entering.
fn baseline(fields: Fields<'_>, on_paper: bool, faults: &mut Faults) -> Option<Baseline> {
    let reading = match (fields.get("reading", scalar::duration), on_paper) {
        (Some(reading), true) => reading,
        (Some(_), false) => {
            let hint = message!("format.hint-all-entering");
            faults.add_hinted(fields.span_of("reading"), message!("format.nothing-is-read"), hint);
            return None;
        }
        (None, true) => {
            let hint = message!("format.hint-missing", key = "reading", example = "4m");
            faults.add_hinted(fields.span_of("from"), message!("format.missing-key", key = "reading"), hint);
            return None;
        }
        (None, false) => Duration::ZERO,
    };
    let from: NaiveDate = fields.get("from", scalar::date)?;
    let evidence = match (fields.map("measured"), fields.get("estimated", scalar::text)) {
        (Some(measured), _) => {
            let on: NaiveDate = measured.get("on", scalar::date)?;
            if on > from {
                faults.add(measured.span_of("on"), message!("format.measured-after-from"));
            }
            Evidence::Measured { on, cases: measured.get("cases", scalar::count)? }
        }
        (None, why) => Evidence::Estimated { why: why? },
    };
    Some(Baseline {
        from,
        until: fields.get("until", scalar::date)?,
        reading,
        entering: fields.get("entering", scalar::duration)?,
        evidence,
    })
}

pub fn outside_work(fields: Fields<'_>) -> Option<OutsideWork> {
    Some(OutsideWork {
        from: fields.get("from", scalar::date)?,
        per_document: fields.get("per_document", scalar::duration)?,
        what: fields.get("what", scalar::text)?,
    })
}
