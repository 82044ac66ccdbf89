//! `http` steps: what may be said of a request to a target's API, and its decoding.

use super::act::{Scope, known};
use super::diagnostic::{Faults, Span};
use super::expression::told;
use super::fields::{Fields, value};
use super::scalar::{self, Fault, Scalar, Schema};
use super::source::{VALUE_SHAPE, source};
use super::table::{Key, Mapping, Shape, Word, default, optional, required, word, words};
use super::tree::{Node, shown};
use crate::message;
use crate::model::expression::{Expression, Purpose};
use crate::model::http::{
    HttpRefusal, HttpRequest, HttpStep, HttpSubmit, HttpTake, JsonValue, Method, NamedValue, Written,
};
use crate::model::step::ValueSource;
use crate::model::submit::HttpSearch;

/// Nothing but what HTTP calls a client's error: what a server's own failure did, nobody knows.
static REFUSAL_STATUS: Scalar =
    Scalar { check: |t| status(t, 400, 499).map(drop), schema: Schema::Integer { min: 400, max: 499 }, example: "422" };
static SUCCESS_STATUS: Scalar =
    Scalar { check: |t| status(t, 200, 299).map(drop), schema: Schema::Integer { min: 200, max: 299 }, example: "201" };
static POINTER: Scalar = Scalar {
    check: |t| pointer(t).map(drop),
    schema: Schema::Text { pattern: Some("^(/[^/]*)*$") },
    example: "/receipt/number",
};
const AT: Shape = Shape::Scalar(&POINTER);
const PATH: Shape = Shape::Scalar(&scalar::PATH);

static NAMED: Mapping = Mapping {
    name: "query",
    doc: words("アドレスに付ける値（?名前=値）", "a value of the query"),
    keys: &[&[
        required("name", Shape::TEXT, words("名前", "its name"), "number"),
        required("value", VALUE_SHAPE, words("値", "its value"), "$my_number"),
    ]],
    one_of: &[],
};
static HEADER: Mapping = Mapping {
    name: "header",
    doc: words("要求に付けるヘッダー", "a header of every request"),
    keys: &[&[
        required("name", Shape::TEXT, words("ヘッダーの名前", "its name"), "X-Api-Key"),
        optional("prefix", Shape::TEXT, words("値の前に置く文字", "stands before the value"), "Bearer"),
        required(
            "value",
            VALUE_SHAPE,
            words("値。鍵は {secret: 名前} で", "its value; a key by {secret: NAME}"),
            "{secret: api-key}",
        ),
    ]],
    one_of: &[],
};
pub const HEADERS: Shape = Shape::List { of: &Shape::Map(&HEADER), min: 1 };

static WRITTEN: [Word; 2] = [
    word("text", "文字列（空欄は空の文字列）", "a string; blank is the empty one"),
    word("number", "数（空欄は null）", "a number; blank is null"),
];
static JSON: Mapping = Mapping {
    name: "json",
    doc: words("送る JSON の値の1つ", "one value of the JSON that is sent"),
    keys: &[&[
        required("at", AT, words("置く場所（JSON ポインター）", "its place: a JSON pointer"), "/applicant/name"),
        required("value", VALUE_SHAPE, words("値", "the value"), "$name"),
        default("as", Shape::Word(&WRITTEN), "text", words("JSON での書き方", "how it is written"), "number"),
    ]],
    one_of: &[],
};
static REFUSAL: Mapping = Mapping {
    name: "http_refusal",
    doc: words(
        "入力先がこの帳票を受け付けないときの答え",
        "by what the target tells that it does not take this document",
    ),
    keys: &[&[
        required(
            "status",
            Shape::List { of: &Shape::Scalar(&REFUSAL_STATUS), min: 1 },
            words("HTTP の番号（400〜499）", "its statuses, 400 to 499"),
            "[409, 422]",
        ),
        optional("said", AT, words("理由の文の場所（JSON ポインター）", "where its words stand"), "/message"),
    ]],
    one_of: &[],
};
const METHODS: &[&[&str]] = &[&["get", "post", "put", "patch"]];
static REQUEST_KEYS: [Key; 6] = [
    optional(
        "get",
        PATH,
        words("GET で求めるパス。$項目名 の部分には値が入る", "a path, by GET; a part `$field` is its value"),
        "/api/residents/$number",
    ),
    optional("post", PATH, words("POST で送るパス", "a path, by POST"), "/api/claims"),
    optional("put", PATH, words("PUT で送るパス", "a path, by PUT"), "/api/claims/$number"),
    optional("patch", PATH, words("PATCH で送るパス", "a path, by PATCH"), "/api/claims/$number"),
    optional(
        "query",
        Shape::List { of: &Shape::Map(&NAMED), min: 1 },
        words("アドレスに付ける値", "values of the query"),
        "[{name: number, value: $my_number}]",
    ),
    optional(
        "json",
        Shape::List { of: &Shape::Map(&JSON), min: 1 },
        words("送る JSON", "the JSON that is sent"),
        "[{at: /name, value: $name}]",
    ),
];
static TAKE: Mapping = Mapping {
    name: "http_take",
    doc: words("答えから読み取る値", "a value taken from the answer"),
    keys: &[&[
        required("into", Shape::NAME, words("値に付ける名前", "name for the value"), "resident_id"),
        required("at", AT, words("値の場所（JSON ポインター）", "its place: a JSON pointer"), "/items/0/id"),
    ]],
    one_of: &[],
};
const REFUSED_BY: Key = optional(
    "refused_by",
    Shape::Map(&REFUSAL),
    words("この帳票を受け付けないときの答え", "the answer to a document that it does not take"),
    "{status: [422], said: /message}",
);

pub static HTTP_STEP: Mapping = Mapping {
    name: "http",
    doc: words(
        "API に尋ねる。GET のほかは、入力先の reading_requests にあるものだけ",
        "asks the target's API; other than GET only what the target lists under reading_requests",
    ),
    keys: &[
        &REQUEST_KEYS,
        &[
            default(
                "status",
                Shape::Scalar(&SUCCESS_STATUS),
                "200",
                words("先へ進む HTTP の番号", "the status with which it goes on"),
                "200",
            ),
            REFUSED_BY,
            optional(
                "take",
                Shape::List { of: &Shape::Map(&TAKE), min: 1 },
                words("答えから読み取る", "what is taken from the answer"),
                "[{into: resident_id, at: /items/0/id}]",
            ),
        ],
    ],
    one_of: METHODS,
};
pub static HTTP_SUBMIT: Mapping = Mapping {
    name: "http_submit",
    doc: words("API で登録する。1件につき1回だけ送る", "enters the document by one request, sent once"),
    keys: &[
        &REQUEST_KEYS,
        &[
            required(
                "confirmed_by",
                Shape::Scalar(&SUCCESS_STATUS),
                words("登録できたときの HTTP の番号", "the one status that means success"),
                "201",
            ),
            optional(
                "receipt",
                AT,
                words("受付番号の場所（JSON ポインター）", "where the receipt number stands"),
                "/receipt",
            ),
            REFUSED_BY,
        ],
    ],
    one_of: METHODS,
};
pub static HTTP_SEARCH: Mapping = Mapping {
    name: "http_search",
    doc: words("API で探す", "searches by the API"),
    keys: &[
        &REQUEST_KEYS,
        &[required(
            "rows",
            AT,
            words("見つかったものの並びの場所（JSON ポインター）", "where the list of records stands"),
            "/items",
        )],
    ],
    one_of: METHODS,
};

pub fn step(fields: Fields<'_>, scope: Scope<'_>, faults: &mut Faults) -> Option<HttpStep> {
    let take = fields.items("take").iter().map(Fields::of).filter_map(|fields| {
        Some(HttpTake { name: fields.get("into", scalar::field_name)?, at: fields.get("at", pointer)? })
    });
    Some(HttpStep {
        request: request(fields, scope, faults)?,
        expect: fields.get("status", |t| status(t, 200, 299)).unwrap_or(200),
        refused_by: fields.map("refused_by").and_then(refusal),
        take: take.collect(),
    })
}

pub fn submit(fields: Fields<'_>, scope: Scope<'_>, faults: &mut Faults) -> Option<HttpSubmit> {
    let request = request(fields, scope, faults)?;
    if request.method == Method::Get {
        faults.add(fields.span_of("get"), message!("format.submit-by-get"));
    }
    Some(HttpSubmit {
        request,
        confirmed_by: fields.get("confirmed_by", |t| status(t, 200, 299))?,
        receipt: fields.get("receipt", pointer),
        refused_by: fields.map("refused_by").and_then(refusal),
    })
}

pub fn search(fields: Fields<'_>, scope: Scope<'_>, faults: &mut Faults) -> Option<HttpSearch> {
    Some(HttpSearch { request: request(fields, scope, faults)?, rows: fields.get("rows", pointer)? })
}

/// Headers whose values come from the target itself.
pub fn headers(fields: Fields<'_>, scope: Scope<'_>, faults: &mut Faults) -> Vec<NamedValue> {
    let named = |fields: Fields<'_>| {
        let prefix = fields.get("prefix", scalar::text).map_or_else(String::new, |prefix| prefix + " ");
        Some(NamedValue { prefix, ..self::named(fields, scope, faults)? })
    };
    fields.items("api_headers").iter().map(Fields::of).filter_map(named).collect()
}

fn named(fields: Fields<'_>, scope: Scope<'_>, faults: &mut Faults) -> Option<NamedValue> {
    let value = source(fields.node("value")?, scope, faults)?;
    Some(NamedValue { name: fields.get("name", scalar::text)?, prefix: String::new(), value })
}

fn request(fields: Fields<'_>, scope: Scope<'_>, faults: &mut Faults) -> Option<HttpRequest> {
    let methods = [("get", Method::Get), ("post", Method::Post), ("put", Method::Put), ("patch", Method::Patch)];
    let (method, node) = methods.into_iter().find_map(|(key, method)| Some((method, fields.node(key)?)))?;
    if method == Method::Get && fields.node("json").is_some() {
        faults.add(fields.span_of("json"), message!("format.get-with-json"));
    }
    let query = fields.items("query").iter().map(Fields::of);
    let query = query.filter_map(|fields| named(fields, scope, faults)).collect();
    let json = fields.items("json").iter().map(Fields::of).filter_map(|fields| json(fields, scope, faults)).collect();
    Some(HttpRequest { method, path: path(node, scope, faults)?, query, json })
}

fn json(fields: Fields<'_>, scope: Scope<'_>, faults: &mut Faults) -> Option<JsonValue> {
    let number = fields.node("as").and_then(Node::scalar) == Some("number");
    Some(JsonValue {
        at: fields.get("at", pointer)?,
        value: source(fields.node("value")?, scope, faults)?,
        written: if number { Written::Number } else { Written::Text },
    })
}

/// Its parts: `$field` is a value, anything else itself.
fn path(node: &Node, scope: Scope<'_>, faults: &mut Faults) -> Option<Vec<ValueSource>> {
    let path = value(node, scalar::path)?;
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(|part| self::part(part, node.span, scope, faults)).collect()
}

fn part(part: &str, span: Span, scope: Scope<'_>, faults: &mut Faults) -> Option<ValueSource> {
    if !part.contains('$') {
        return Some(ValueSource::Literal(part.to_owned()));
    }
    match Expression::parse(part, Purpose::Value) {
        Ok(expression) => {
            expression.fields().iter().for_each(|name| known(name, span, scope, faults));
            Some(ValueSource::Expression(expression))
        }
        Err(fault) => {
            let (message, hint) = told(&fault, scope);
            faults.push(span, message, hint);
            None
        }
    }
}

fn refusal(fields: Fields<'_>) -> Option<HttpRefusal> {
    Some(HttpRefusal { statuses: fields.list("status", |t| status(t, 400, 499)), said: fields.get("said", pointer) })
}

fn status(text: &str, least: u16, most: u16) -> Result<u16, Fault> {
    let found = text.parse().ok().filter(|status| (least..=most).contains(status));
    found.ok_or_else(|| Fault::new(message!("format.bad-status", found = shown(text), least = least, most = most)))
}

/// A JSON pointer: empty for the whole, or parts that each begin with `/`.
fn pointer(text: &str) -> Result<String, Fault> {
    if text.is_empty() || text.starts_with('/') {
        return Ok(text.to_owned());
    }
    Err(Fault::new(message!("format.bad-pointer", found = shown(text))).example(POINTER.example))
}
