//! 申請データの定義: what a layout of an export may say, and its decoding.

use super::diagnostic::{Faults, Span};
use super::fields::Fields;
use super::scalar::{self, Scalar, Schema};
use super::table::{FileKind, Key, Mapping, Shape, Word, default, optional, required, word, words};
use super::tree::Node;
use crate::message;
use crate::model::record::{CellShape, Encoding, RecordField, RecordLayout};

static LONGEST: Scalar = Scalar {
    check: |t| scalar::characters(t).map(drop),
    schema: Schema::Integer { min: 1, max: 10_000 },
    example: "50",
};

static ENCODINGS: [Word; 2] = [
    word("utf-8", "UTF-8（BOM はあってもなくてもよい）", "UTF-8, with or without a byte order mark"),
    word("cp932", "Shift_JIS（Windows。「髙」「﨑」も読める）", "Shift_JIS as Windows writes it"),
];
static KINDS: [Word; 11] = [
    word("text", "1行の文字", "one line of anything"),
    word("lines", "改行のある文字", "several lines"),
    word("digits", "半角数字", "half-width digits"),
    word(
        "date",
        "日付（2026-04-01、2026/4/1、20260401、令和8年4月1日）。手順では 2026-04-01 の形になる",
        "a day; steps see 2026-04-01",
    ),
    word("kana", "全角カタカナ", "full-width katakana"),
    word("postal-code", "郵便番号（7桁、ハイフンはあってもなくてもよい）", "seven digits, with or without a hyphen"),
    word(
        "phone",
        "電話番号（10桁か11桁、ハイフンはあってもなくてもよい）",
        "ten or eleven digits, with or without hyphens",
    ),
    word("my-number", "個人番号（12桁、検査用数字）", "12 digits with a check digit"),
    word("corporate-number", "法人番号（13桁、検査用数字）", "13 digits with a check digit"),
    word("choice", "決まった言葉のどれか", "one of a few words"),
    word(
        "pattern",
        "決まった形（A は英大文字、9 は数字）",
        "A for a capital, 9 for a digit, any other sign for itself",
    ),
];

static FIELD_KEYS: [Key; 9] = [
    required("name", Shape::NAME, words("項目の名前。手順で $名前 と使う", "its name; steps say $name"), "my_number"),
    required("column", Shape::TEXT, words("列の見出し（そのとおりに）", "the column's heading, exactly"), "個人番号"),
    optional(
        "label",
        Shape::TEXT,
        words("職員に見せる名前。書かなければ列の見出し", "what people call it, if not by its column"),
        "個人番号",
    ),
    default(
        "kind",
        Shape::Word(&KINDS),
        "text",
        words("何が入る列か。合わない値は職員が確かめる", "what stands in it; what does not fit waits for a person"),
        "my-number",
    ),
    default(
        "required",
        Shape::Scalar(&scalar::BOOLEAN),
        "true",
        words("空なら職員が確かめるか", "whether a person looks when it is empty"),
        "false",
    ),
    default(
        "longest",
        Shape::Scalar(&LONGEST),
        "200",
        words("これより長い値は職員が確かめる（文字数）", "more characters wait for a person"),
        "50",
    ),
    optional("count", Shape::Scalar(&LONGEST), words("kind: digits の桁数", "how many digits, for kind: digits"), "7"),
    optional(
        "options",
        Shape::List { of: &Shape::TEXT, min: 2 },
        words("kind: choice の言葉のすべて", "every word, for kind: choice"),
        "[普通, 当座]",
    ),
    optional(
        "pattern",
        Shape::Scalar(&scalar::LINE_PATTERN),
        words("kind: pattern の形", "the form, for kind: pattern"),
        "AA9999",
    ),
];
static FIELD: Mapping =
    Mapping { name: "record_field", doc: words("列1つ", "one column"), keys: &[&FIELD_KEYS], one_of: &[] };

static KEYS: [Key; 5] = [
    required(
        "name",
        Shape::Scalar(&scalar::FORM_NAME),
        words("定義の名前。列が変わったら別の名前にする", "the layout's name; one with other columns gets another"),
        "jido-teate-denshi-r8",
    ),
    required(
        "title",
        Shape::TEXT,
        words("申請の名前", "what the applications are called"),
        "児童手当 認定請求（電子申請）",
    ),
    required("encoding", Shape::Word(&ENCODINGS), words("文字コード", "how characters are written"), "cp932"),
    required(
        "fields",
        Shape::List { of: &Shape::Map(&FIELD), min: 1 },
        words("使う列（確かめる順）", "the columns that are used, in the order of checking"),
        "[…]",
    ),
    optional(
        "unused",
        Shape::List { of: &Shape::TEXT, min: 1 },
        words(
            "使わない列の見出し。書いていない列があるファイルは受け付けない",
            "headings of the columns that are not used; a file with other columns is refused",
        ),
        "[受付日時, 到達番号]",
    ),
];

pub static RECORDS: Mapping = Mapping {
    name: "records",
    doc: words("申請データの定義（電子申請の CSV）", "an export of electronic applications (CSV)"),
    keys: &[&KEYS],
    one_of: &[],
};
pub static KIND: FileKind = FileKind { name: "records", root: &RECORDS };

/// If a field does not say.
const DEFAULT_LONGEST: usize = 200;

/// Decodes a checked layout.
pub fn decode(root: &Node, faults: &mut Faults) -> Option<RecordLayout> {
    let top = Fields::of(root);
    let items = top.items("fields");
    let fields: Vec<RecordField> = items.iter().filter_map(|item| field(Fields::of(item), faults)).collect();
    let unused: Vec<String> = top.list("unused", scalar::text);
    each_once(items, "name", faults);
    let columns = items.iter().filter_map(|item| item.get("column")).chain(top.items("unused"));
    once(columns, |column, line| message!("format.column-twice", column = column, line = line), faults);
    let encoding = Encoding::ALL.into_iter().find(|e| top.node("encoding").and_then(Node::scalar) == Some(e.word()));
    Some(RecordLayout {
        name: top.get("name", scalar::form_name)?,
        title: top.get("title", scalar::text)?,
        encoding: encoding?,
        fields: (fields.len() == items.len()).then_some(fields)?,
        unused,
    })
}

fn each_once(items: &[Node], key: &str, faults: &mut Faults) {
    let names = items.iter().filter_map(|item| item.get(key));
    once(names, |name, line| message!("format.name-twice", name = name, line = line), faults);
}

/// Reports every text that stood before.
fn once<'n>(
    nodes: impl Iterator<Item = &'n Node>,
    told: impl Fn(&str, u32) -> crate::model::message::Message,
    faults: &mut Faults,
) {
    let mut seen: Vec<(&str, Span)> = Vec::new();
    for node in nodes {
        let Some(text) = node.scalar() else { continue };
        match seen.iter().find(|(earlier, _)| *earlier == text) {
            Some((_, span)) => faults.add(node.span, told(&super::tree::shown(text), span.start.line)),
            None => seen.push((text, node.span)),
        }
    }
}

/// The key that a kind has beside the common ones, and whether it needs it.
fn key_of(kind: &str) -> Option<(&'static str, bool)> {
    match kind {
        "digits" => Some(("count", false)),
        "choice" => Some(("options", true)),
        "pattern" => Some(("pattern", true)),
        _ => None,
    }
}

fn field(fields: Fields<'_>, faults: &mut Faults) -> Option<RecordField> {
    let kind = fields.node("kind").and_then(Node::scalar).unwrap_or("text");
    let own = key_of(kind);
    for entry in fields.entries() {
        let of_a_kind = ["count", "options", "pattern"].contains(&entry.key.as_str());
        if of_a_kind && own.is_none_or(|(key, _)| key != entry.key) {
            faults.add(entry.key_span, message!("format.key-of-other-kind", kind = kind, key = entry.key));
        }
    }
    if let Some((key, true)) = own
        && fields.node(key).is_none()
    {
        faults.add(fields.span_of("kind"), message!("format.kind-needs-key", kind = kind, key = key));
        return None;
    }
    let shape = match kind {
        "lines" => CellShape::Lines,
        "digits" => CellShape::Digits { count: fields.get("count", scalar::characters) },
        "date" => CellShape::Date,
        "kana" => CellShape::Kana,
        "postal-code" => CellShape::PostalCode,
        "phone" => CellShape::Phone,
        "my-number" => CellShape::MyNumber,
        "corporate-number" => CellShape::CorporateNumber,
        "choice" => CellShape::Choice { options: fields.list("options", scalar::text) },
        "pattern" => CellShape::Pattern { pattern: fields.get("pattern", scalar::line_pattern)? },
        _ => CellShape::Text,
    };
    let column = fields.get("column", scalar::text)?;
    Some(RecordField {
        name: fields.get("name", scalar::field_name)?,
        label: fields.get("label", scalar::text).unwrap_or_else(|| column.clone()),
        column,
        required: fields.get("required", scalar::boolean).unwrap_or(true),
        shape,
        longest: fields.get("longest", scalar::characters).unwrap_or(DEFAULT_LONGEST),
    })
}
