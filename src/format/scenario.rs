//! シナリオ: what `scenario.yaml` may say, and its decoding.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::act::{self, Names, Part, Scope};
use super::baseline::{BASELINE, OUTSIDE, baselines, outside_work};
use super::diagnostic::{Faults, Span};
use super::fields::{Fields, value};
use super::pack::Pack;
use super::scalar::{self, Fault, Scalar, Schema};
use super::schedule;
use super::steps::STEPS;
use super::table::{FileKind, Key, Mapping, Shape, Word, default, optional, required, word, words};
use super::tree::{Node, shown};
use crate::message;
use crate::model::id::{FieldName, ScenarioName, TargetName};
use crate::model::passing::{Per, ReadingRules};
use crate::model::scenario::{OutsideWork, Retry, Scenario, Watch};
use crate::model::step::{Action, Line, Step};
use crate::model::value::Writing;

static PATTERN: Scalar = Scalar {
    check: |t| pattern(t).map(drop),
    schema: Schema::Text { pattern: Some("^[^/\\\\]+$") },
    example: "\"*.pdf\"",
};
static FOLDER: Scalar =
    Scalar { check: |t| folder(t).map(drop), schema: Schema::Text { pattern: None }, example: "inbox/jido-teate" };

static WATCH: Mapping = Mapping {
    name: "watch",
    doc: words("スキャンした画像を受け取るフォルダー", "a hot folder"),
    keys: &[&[
        required("folder", Shape::Scalar(&FOLDER), words("フォルダー", "the folder"), "inbox/jido-teate"),
        default(
            "pattern",
            Shape::Scalar(&PATTERN),
            "*",
            words("受け取るファイル名。* と ? が使える", "file names; * and ? match"),
            "\"*.pdf\"",
        ),
    ]],
    one_of: &[],
};
static PER: [Word; 2] = [
    word("field", "項目1つごと", "each field by itself"),
    word(
        "document",
        "人が見ない項目すべてを合わせた、帳票1件ごと",
        "all fields of a document that nobody looks at, together",
    ),
];
static BASES: [Word; 2] = [
    word("people", "人が書いた文字（文字でない印やコードを含む）", "people's writing (marks and codes included)"),
    word(
        "typefaces",
        "手書き風の書体でもよい（行とカナ。人の字では、もっと誤る）",
        "typefaces will do (lines and kana; people's own writing is read worse)",
    ),
];
static READING: Mapping = Mapping {
    name: "reading",
    doc: words("読み取りの決まり", "how forms are read"),
    keys: &[&[
        required(
            "bound",
            Shape::Scalar(&scalar::PROBABILITY),
            words(
                "誤りの確率がこれより小さい項目だけ、人が見ずに登録する",
                "a field passes unseen only below this chance of error",
            ),
            "0.1%",
        ),
        default(
            "per",
            Shape::Word(&PER),
            "field",
            words("bound を何について守るか", "what the bound is for"),
            "document",
        ),
        default(
            "measured_on",
            Shape::Word(&BASES),
            "people",
            words(
                "誤りの確率を何の文字で測ったものまで認めるか",
                "on whose writing the chance must have been measured",
            ),
            "typefaces",
        ),
    ]],
    one_of: &[],
};
static RETRY: Mapping = Mapping {
    name: "retry",
    doc: words(
        "入力先の障害などで止まったときのやり直し。登録できたか分からないものは、決してやり直さない",
        "when a system failure is tried again; an unknown outcome never is",
    ),
    keys: &[&[
        required("limit", Shape::Scalar(&scalar::ATTEMPTS), words("やり直す回数", "further attempts"), "3"),
        required("interval", Shape::DURATION, words("やり直すまでの時間", "wait before the next attempt"), "5m"),
        default(
            "backoff",
            Shape::Scalar(&scalar::FACTOR),
            "2",
            words("待つ時間を毎回何倍にするか", "factor on the wait each time"),
            "2",
        ),
    ]],
    one_of: &[],
};
static SAMPLE: Mapping = Mapping {
    name: "sample",
    doc: words(
        "点検で画面に入れてみる見本の値。実在の人の値を書かない",
        "a made-up value by which pages are passed when they are checked",
    ),
    keys: &[&[
        required("field", Shape::NAME, words("項目名", "the field"), "my_number"),
        optional(
            "value",
            Shape::TEXT,
            words("見本の値。書かなければ空欄", "its value; else blank"),
            "\"123456789018\"",
        ),
    ]],
    one_of: &[],
};

static KEYS: [Key; 18] = [
    required("title", Shape::TEXT, words("シナリオの名前", "the scenario's title"), "児童手当 認定請求"),
    required("department", Shape::TEXT, words("所管課", "the department"), "子ども政策課"),
    optional("owner", Shape::TEXT, words("担当", "who looks after it"), "手当係"),
    optional("description", Shape::TEXT, words("説明", "what it is for"), "窓口で受け付けた認定請求書を登録する"),
    optional(
        "forms",
        Shape::List { of: &Shape::Scalar(&scalar::FILE), min: 1 },
        words("紙のとき、帳票定義のファイル（このフォルダーの中）", "for paper: form definitions, inside this folder"),
        "[form.yaml]",
    ),
    optional(
        "records",
        Shape::Scalar(&scalar::FILE),
        words(
            "電子申請の CSV のとき、申請データの定義のファイル（このフォルダーの中）",
            "for exports of electronic applications: their layout, inside this folder",
        ),
        "records.yaml",
    ),
    optional(
        "watch",
        Shape::Map(&WATCH),
        words("スキャンや CSV を受け取るフォルダー", "the hot folder"),
        "{folder: inbox/jido-teate}",
    ),
    optional(
        "schedule",
        Shape::Map(&schedule::SCHEDULE),
        words("自動で実行する日時", "when it fires"),
        "{cron: \"0 22 * * *\"}",
    ),
    optional(
        "reading",
        Shape::Map(&READING),
        words("読み取りの決まり。forms があれば必要", "how forms are read; needed with forms"),
        "{bound: 0.1%}",
    ),
    required(
        "key",
        Shape::List { of: &Shape::NAME, min: 1 },
        words(
            "同じ案件かどうかを見分ける項目。すべて同じなら、二重の疑いとして職員に示す",
            "fields that tell one case from another",
        ),
        "[my_number]",
    ),
    required(
        "target",
        Shape::Scalar(&scalar::TARGET),
        words("入力先（targets/名前.yaml）", "the target: targets/NAME.yaml"),
        "portal",
    ),
    required("steps", STEPS, words("登録の手順", "how a document is entered"), "[{open: /entry}, …]"),
    optional(
        "on_error",
        STEPS,
        words(
            "登録の前に止まったときの後片付け（編集ロックの解除など）。ここでも止まったら、そのままにする",
            "taken after a failure before the submit, such as giving a lock back; a failure of these changes nothing",
        ),
        "[{click: {button: 取消}}]",
    ),
    optional(
        "canary",
        Shape::List { of: &Shape::Map(&SAMPLE), min: 1 },
        words(
            "実行前の点検（jitan canary）で、次の画面に進むための見本の値",
            "made-up values by which `jitan canary` passes the pages",
        ),
        "[{field: my_number, value: \"123456789018\"}]",
    ),
    optional(
        "retry",
        Shape::Map(&RETRY),
        words("やり直し（書かなければ3回、5分、2倍）", "retries (else 3, 5m, 2)"),
        "{limit: 3, interval: 5m}",
    ),
    default(
        "timeout",
        Shape::DURATION,
        "3m",
        words("1件の登録にかける時間の上限", "longest time for one document"),
        "3m",
    ),
    required("baselines", Shape::List { of: &Shape::Map(&BASELINE), min: 1 }, words("基準時間", "baselines"), "[…]"),
    optional(
        "outside",
        Shape::List { of: &Shape::Map(&OUTSIDE), min: 1 },
        words("jitan の外の作業時間", "work outside this program"),
        "[…]",
    ),
];

pub static SCENARIO: Mapping = Mapping {
    name: "scenario",
    doc: words("シナリオ", "a scenario"),
    keys: &[&KEYS],
    one_of: &[&["forms", "records"]],
};
pub static KIND: FileKind = FileKind { name: "scenario", root: &SCENARIO };

/// If the scenario does not say.
const DEFAULT_RETRY: Retry = Retry { limit: 3, interval: Duration::from_secs(5 * 60), backoff: 2.0 };
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3 * 60);

/// The files a scenario names, with the places where it does.
pub fn forms(root: &Node) -> Vec<(String, Span)> {
    let named = root.get("forms").map_or(&[][..], Node::items);
    named.iter().filter_map(|item| Some((value(item, scalar::file_name)?, item.span))).collect()
}

/// The layout of records it names, with the place.
pub fn records(root: &Node) -> Option<(String, Span)> {
    let node = root.get("records")?;
    Some((value(node, scalar::file_name)?, node.span))
}

/// The target it names, with the place.
pub fn target(root: &Node) -> Option<(TargetName, Span)> {
    let node = root.get("target")?;
    Some((value(node, scalar::target_name)?, node.span))
}

/// Decodes a checked scenario. `names` are the fields and groups of its forms or records, if those could be read.
pub fn decode(
    name: ScenarioName,
    root: &Node,
    names: Option<&BTreeSet<FieldName>>,
    pack: Option<&Pack>,
    faults: &mut Faults,
) -> Option<Scenario> {
    let fields = Fields::of(root);
    let on_paper = fields.node("records").is_none();
    let reading = reading(fields, on_paper, faults);
    let scope = Scope::new(names.map_or(Names::Unknown, Names::Document), pack);
    let key: Vec<FieldName> = fields.list("key", scalar::field_name);
    for (name, item) in key.iter().zip(fields.items("key")) {
        act::known(name, item.span, scope, faults);
    }
    let steps = act::decode(fields.items("steps"), Part::Scenario, scope, faults);
    let schedule = fields.map("schedule").and_then(|fields| schedule::decode(fields, faults));
    if !on_paper {
        refuse_uploads(fields, &steps, faults);
    }
    let on_error = act::decode(fields.items("on_error"), Part::OnError, scope, faults);
    let baselines = baselines(fields.items("baselines"), on_paper, faults);
    let mut outside: Vec<OutsideWork> =
        fields.items("outside").iter().filter_map(|i| outside_work(Fields::of(i))).collect();
    outside.sort_by_key(|work| work.from);
    Some(Scenario {
        name,
        title: fields.get("title", scalar::text)?,
        department: fields.get("department", scalar::text)?,
        owner: fields.get("owner", scalar::text),
        description: fields.get("description", scalar::text),
        watch: fields.map("watch").and_then(watch),
        schedule,
        reading: reading?,
        key,
        target: fields.get("target", scalar::target_name)?,
        steps,
        on_error,
        canary: samples(fields.items("canary"), scope, faults),
        retry: fields.map("retry").and_then(retry).unwrap_or(DEFAULT_RETRY),
        timeout: fields.get("timeout", scalar::duration).unwrap_or(DEFAULT_TIMEOUT),
        baselines,
        outside,
    })
}

fn samples(items: &[Node], scope: Scope<'_>, faults: &mut Faults) -> BTreeMap<FieldName, String> {
    let mut samples = BTreeMap::new();
    for fields in items.iter().map(Fields::of) {
        let Some(name) = fields.get("field", scalar::field_name) else { continue };
        act::known(&name, fields.span_of("field"), scope, faults);
        let text = fields.get("value", scalar::text).unwrap_or_default();
        if samples.insert(name.clone(), text).is_some() {
            faults.add(fields.span_of("field"), message!("format.second-sample", name = name));
        }
    }
    samples
}

/// What is read from paper needs a bound; in a record there is nothing to be misread.
fn reading(fields: Fields<'_>, on_paper: bool, faults: &mut Faults) -> Option<ReadingRules> {
    match (fields.map("reading"), on_paper) {
        (Some(rules), true) => reading_rules(rules),
        (Some(_), false) => {
            faults.add(fields.span_of("reading"), message!("format.nothing-is-read"));
            None
        }
        (None, true) => {
            let hint = message!("format.hint-missing", key = "reading", example = "{bound: 0.1%}");
            faults.add_hinted(fields.span_of("forms"), message!("format.missing-key", key = "reading"), hint);
            None
        }
        (None, false) => Some(ReadingRules::NOTHING_IS_READ),
    }
}

/// A record has no scan.
fn refuse_uploads(scenario: Fields<'_>, steps: &[Step], faults: &mut Faults) {
    let all = steps.iter().flat_map(Step::with_branches);
    for step in all.filter(|step| matches!(step.action, Action::Upload { .. })) {
        let (Line::Own(line) | Line::Called { from: line, .. }) = step.line;
        let keys = scenario.items("steps").iter().flat_map(Node::entries).map(|entry| entry.key_span);
        let span = keys.into_iter().find(|span| span.start.line == line).unwrap_or(scenario.span_of("steps"));
        faults.add(span, message!("format.no-scan-to-upload"));
    }
}

fn watch(fields: Fields<'_>) -> Option<Watch> {
    let pattern = fields.get("pattern", pattern).unwrap_or_else(|| "*".to_owned());
    Some(Watch { folder: fields.get("folder", folder)?, pattern })
}

fn reading_rules(fields: Fields<'_>) -> Option<ReadingRules> {
    let word = |key: &str| fields.node(key).and_then(|node| node.scalar());
    Some(ReadingRules {
        bound: fields.get("bound", scalar::probability)?,
        per: if word("per") == Some("document") { Per::Document } else { Per::Field },
        measured_on: if word("measured_on") == Some("typefaces") { Writing::Typefaces } else { Writing::People },
    })
}

fn retry(fields: Fields<'_>) -> Option<Retry> {
    Some(Retry {
        limit: fields.get("limit", scalar::attempts)?,
        interval: fields.get("interval", scalar::duration)?,
        backoff: fields.get("backoff", scalar::factor).unwrap_or(DEFAULT_RETRY.backoff),
    })
}

fn pattern(text: &str) -> Result<String, Fault> {
    let text = scalar::text(text)?;
    if text.contains(['/', '\\']) {
        return Err(Fault::new(message!("format.bad-pattern", found = shown(&text))).example(PATTERN.example));
    }
    Ok(text)
}

/// A hot folder may stand anywhere (a share's mount point), but never climbs.
fn folder(text: &str) -> Result<String, Fault> {
    let text = scalar::text(text)?;
    if text.split('/').any(|part| part == "..") || text.contains('\\') || text.contains(char::is_control) {
        return Err(Fault::new(message!("format.bad-folder", found = shown(&text))).example(FOLDER.example));
    }
    Ok(text)
}
