//! The submit and its probe: what may be said of them, and their decoding.

use super::act::{self, Part, Scope};
use super::diagnostic::{Faults, Span};
use super::fields::Fields;
use super::http::{self, HTTP_SEARCH, HTTP_SUBMIT};
use super::locator::{LOCATOR_SHAPE, locator};
use super::scalar;
use super::source::{VALUE_SHAPE, source};
use super::steps::STEP_SHAPE;
use super::table::{Mapping, Shape, Word, default, optional, required, word, words};
use super::tree::Node;
use crate::message;
use crate::model::step::ValueSource;
use crate::model::submit::{ClickSubmit, ColumnMatch, Means, OnUnknown, PageSearch, Probe, Search, Submit};

static MATCH: Mapping = Mapping {
    name: "match",
    doc: words("検索結果の列と、そこにあるべき値", "a column of the result and what must stand there"),
    keys: &[&[
        required("column", Shape::TEXT, words("列の見出し", "the column's heading"), "口座番号"),
        required("value", VALUE_SHAPE, words("あるべき値", "what must stand there"), "$account_no"),
    ]],
    one_of: &[],
};

static PROBE: Mapping = Mapping {
    name: "probe",
    doc: words(
        "照会。登録されたかどうかを、見るだけの操作で入力先に確かめる",
        "asks the target, by looking only, whether the document was entered",
    ),
    keys: &[&[
        optional(
            "steps",
            Shape::List { of: &STEP_SHAPE, min: 1 },
            words(
                "検索画面を開いて検索するまで。absent と rows も必要",
                "steps that search; absent and rows are needed too",
            ),
            "[{open: /search}, …]",
        ),
        optional(
            "http",
            Shape::Map(&HTTP_SEARCH),
            words("画面でなく API で探すとき", "searches by an API instead"),
            "{get: /api/claims, rows: /items}",
        ),
        optional(
            "absent",
            LOCATOR_SHAPE,
            words("該当なしのときに表示されるもの", "seen when nothing was found"),
            "{text: 該当なし}",
        ),
        optional(
            "rows",
            Shape::TEXT,
            words("検索結果の行（CSS）", "rows of the result (CSS)"),
            "\"table.result tbody tr\"",
        ),
        required(
            "matches",
            Shape::List { of: &Shape::Map(&MATCH), min: 1 },
            words("この帳票の登録だと見分ける列", "columns that tell this document's record"),
            "[{column: 口座番号, value: $account_no}]",
        ),
        optional("receipt", Shape::TEXT, words("受付番号の列", "column of the receipt number"), "受付番号"),
        optional("entered_by", Shape::TEXT, words("登録者の列", "column of the account"), "登録者"),
        optional("entered_at", Shape::TEXT, words("登録日時の列", "column of the time of entry"), "登録日時"),
    ]],
    one_of: &[&["steps", "http"]],
};

static ON_UNKNOWN: [Word; 2] = [
    word("probe", "照会して確かめる", "ask the target by the probe"),
    word("ask", "すぐに職員に確かめてもらう", "ask a person at once"),
];

pub static SUBMIT: Mapping = Mapping {
    name: "submit",
    doc: words("登録。1件につき1回だけ行う操作", "the act that enters the document: at most once"),
    keys: &[&[
        optional(
            "click",
            LOCATOR_SHAPE,
            words("登録のボタン。confirmed_by も必要", "the button that enters it; confirmed_by is needed too"),
            "{button: 登録する}",
        ),
        optional(
            "http",
            Shape::Map(&HTTP_SUBMIT),
            words("画面でなく API で登録するとき", "enters it by an API instead"),
            "{post: /api/claims, json: […], confirmed_by: 201}",
        ),
        optional(
            "confirmed_by",
            LOCATOR_SHAPE,
            words("登録できたときにだけ表示されるもの", "seen only when it was entered"),
            "{text: 登録が完了しました}",
        ),
        optional(
            "receipt",
            LOCATOR_SHAPE,
            words("受付番号の表示", "where the receipt number stands"),
            "{css: \"#receipt-no\"}",
        ),
        optional(
            "refused_by",
            LOCATOR_SHAPE,
            words("入力先が受け付けないときの理由の表示", "where the system says why it refuses"),
            "{role: alert}",
        ),
        optional("probe", Shape::Map(&PROBE), words("照会のしかた", "how to ask whether it was entered"), "{…}"),
        default(
            "on_unknown",
            Shape::Word(&ON_UNKNOWN),
            "probe",
            words("登録できたか分からないとき", "when it is not known whether it was entered"),
            "ask",
        ),
        optional(
            "precheck",
            Shape::Scalar(&scalar::BOOLEAN),
            words(
                "登録の前にも照会する（照会があれば既定で行う）",
                "probe before the submit too (by default if there is a probe)",
            ),
            "true",
        ),
    ]],
    one_of: &[&["click", "http"]],
};

pub fn submit(fields: Fields<'_>, span: Span, scope: Scope<'_>, faults: &mut Faults) -> Option<Submit> {
    let asks = fields.node("on_unknown").and_then(Node::scalar) == Some("ask");
    let precheck = fields.get("precheck", scalar::boolean);
    // It may run long after what was taken is forgotten.
    let lasting = Scope::new(scope.names, scope.pack);
    let probe = fields.map("probe").map(|fields| self::probe(fields, lasting, faults));
    if probe.is_none() && !asks {
        faults.add_hinted(span, message!("format.submit-without-probe"), message!("format.hint-probe"));
    }
    if probe.is_none() && precheck == Some(true) {
        faults.add(fields.span_of("precheck"), message!("format.precheck-without-probe"));
    }
    let has_probe = probe.is_some();
    Some(Submit {
        by: means(fields, scope, faults)?,
        probe: match probe {
            Some(probe) => Some(probe?),
            None => None,
        },
        on_unknown: if asks { OnUnknown::Ask } else { OnUnknown::Probe },
        precheck: precheck.unwrap_or(has_probe),
    })
}

fn means(fields: Fields<'_>, scope: Scope<'_>, faults: &mut Faults) -> Option<Means> {
    if let Some(request) = fields.map("http") {
        refuse_beside_http(fields, &["confirmed_by", "receipt", "refused_by"], faults);
        return http::submit(request, scope, faults).map(Means::Http);
    }
    needed_beside(fields, "click", &[("confirmed_by", "{text: 登録が完了しました}")], faults);
    Some(Means::Click(ClickSubmit {
        click: locator(fields.node("click")?, scope.pack, faults)?,
        confirmed_by: locator(fields.node("confirmed_by")?, scope.pack, faults)?,
        receipt: fields.node("receipt").and_then(|node| locator(node, scope.pack, faults)),
        refused_by: fields.node("refused_by").and_then(|node| locator(node, scope.pack, faults)),
    }))
}

/// What is said of pages has no meaning where there are none.
fn refuse_beside_http(fields: Fields<'_>, keys: &[&str], faults: &mut Faults) {
    for key in keys.iter().filter(|key| fields.node(key).is_some()) {
        faults.add(fields.span_of(key), message!("format.key-beside-http", key = key));
    }
}

fn needed_beside(fields: Fields<'_>, beside: &str, keys: &[(&str, &str)], faults: &mut Faults) {
    let present = fields.entries().iter().find(|entry| entry.key == beside);
    let missing = keys.iter().filter(|(key, _)| fields.node(key).is_none());
    for (entry, (key, example)) in present.into_iter().flat_map(|entry| missing.clone().map(move |key| (entry, key))) {
        let hint = message!("format.hint-missing", key = key, example = example);
        faults.add_hinted(entry.key_span, message!("format.missing-key", key = key), hint);
    }
}

fn probe(fields: Fields<'_>, scope: Scope<'_>, faults: &mut Faults) -> Option<Probe> {
    let matches = fields.items("matches").iter().filter_map(|item| {
        let fields = Fields::of(item);
        let value = source(fields.node("value")?, scope, faults)?;
        Some(ColumnMatch { column: fields.get("column", scalar::text)?, value })
    });
    let matches: Vec<ColumnMatch> = matches.collect();
    if matches.iter().all(|m| matches!(m.value, ValueSource::Literal(_))) {
        faults.add(fields.span_of("matches"), message!("format.probe-matches-everything"));
    }
    let search = match fields.map("http") {
        Some(request) => {
            refuse_beside_http(fields, &["absent", "rows"], faults);
            Search::Http(http::search(request, scope, faults)?)
        }
        None => {
            let needed = [("absent", "{text: 該当なし}"), ("rows", "\"table.result tbody tr\"")];
            needed_beside(fields, "steps", &needed, faults);
            Search::Pages(PageSearch {
                steps: act::decode(fields.items("steps"), Part::Probe, scope, faults),
                absent: locator(fields.node("absent")?, scope.pack, faults)?,
                rows: fields.get("rows", scalar::text)?,
            })
        }
    };
    Some(Probe {
        search,
        matches,
        receipt: fields.get("receipt", scalar::text),
        entered_by: fields.get("entered_by", scalar::text),
        entered_at: fields.get("entered_at", scalar::text),
    })
}
