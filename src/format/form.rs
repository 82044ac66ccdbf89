//! 帳票定義: what a form file may say, and its decoding. Whether zones make sense on the page is `form_zones`' business.

use super::diagnostic::{Faults, Span};
use super::fields::{Fields, numbers, value};
use super::form_groups::{GROUP, group};
use super::form_zones;
use super::scalar;
use super::table::{FileKind, Key, Mapping, Shape, Word, default, optional, required, word, words};
use super::tree::{Data, Node};
use crate::message;
use crate::model::form::{
    ChoiceOption, CodeKind, DigitsCheck, Field, FieldKind, Form, LineContent, MarkStyle, PageSize,
};
use crate::model::value::Rect;

const MM: Shape = Shape::Scalar(&scalar::MILLIMETRES);
const FILE: Shape = Shape::Scalar(&scalar::FILE);
const AREA: Shape = Shape::Tuple { of: &scalar::MILLIMETRES, names: &["x", "y", "width", "height"] };

static KINDS: [Word; 5] = [
    word("digits", "1マスに数字1字", "one digit a box"),
    word("kana", "1マスにカタカナ1字", "one katakana a box"),
    word("line", "自由に書く1行", "a free line"),
    word("choice", "選択肢に印を付ける", "one of several options, marked"),
    word("code", "QRコードやバーコード", "a QR code or barcode"),
];
static CODES: [Word; 6] = [
    word("qr", "QRコード（eL-QR など）", "QR code"),
    word("jan", "JAN（8桁・13桁、検査用数字）", "JAN/EAN, 8 or 13 digits with a check digit"),
    word("code-128", "CODE128（GS1-128 など）", "Code 128, GS1-128"),
    word("code-39", "CODE39", "Code 39"),
    word("nw-7", "NW-7（Codabar）", "Codabar"),
    word("itf", "ITF（2 of 5）", "interleaved 2 of 5"),
];
static CHECKS: [Word; 3] = [
    word("my-number", "個人番号（12桁、検査用数字）", "12 digits with a check digit"),
    word("corporate-number", "法人番号（13桁、検査用数字）", "13 digits with a check digit"),
    word("postal-code", "郵便番号（7桁）", "postal code, 7 digits"),
];
static CONTENTS: [Word; 9] = [
    word("free", "自由な文字", "free text"),
    word("personal-name", "氏名", "a person's name"),
    word("address", "住所", "an address"),
    word("kana", "カタカナの氏名", "a person's name in katakana"),
    word("phone", "電話番号", "a phone number"),
    word("bank", "金融機関名", "a bank"),
    word("branch", "支店名", "a bank's branch"),
    word("relationship", "続柄", "a relationship, such as 長男"),
    word("occupation", "職業", "an occupation"),
];
static MARKS: [Word; 2] = [
    word("tick", "四角にチェックを付ける", "a small box to tick"),
    word("circle", "印刷された文字を丸で囲む", "a printed word to circle"),
];

static ROW: Mapping = Mapping {
    name: "row",
    doc: words("等間隔に並んだマス", "boxes in a row, evenly spaced"),
    keys: &[&[
        required("first", AREA, words("最初のマス（mm）", "the first box, in millimetres"), "[50.26, 73.23, 7, 8.6]"),
        required("pitch", MM, words("隣のマスまでの間隔（mm）", "distance to the next box"), "6.75"),
        required("count", Shape::Scalar(&scalar::BOXES), words("マスの数", "number of boxes"), "12"),
    ]],
    one_of: &[],
};
static OPTION: Mapping = Mapping {
    name: "option",
    doc: words("選択肢1つ", "one option"),
    keys: &[&[
        required("value", Shape::TEXT, words("印刷された言葉", "its printed word"), "普通"),
        required("area", AREA, words("印を付ける場所（mm）", "where the mark goes"), "[50.26, 141.95, 10.25, 4.9]"),
    ]],
    one_of: &[],
};
static FIELD_KEYS: [Key; 13] = [
    required(
        "name",
        Shape::NAME,
        words("項目名（手順からは $項目名 で使う）", "the field's name; steps say $name"),
        "my_number",
    ),
    required("label", Shape::TEXT, words("見出し（確認画面と報告書に出る）", "what people call it"), "個人番号"),
    required("kind", Shape::Word(&KINDS), words("書かれるものの種類", "what is written there"), "digits"),
    default(
        "required",
        Shape::Scalar(&scalar::BOOLEAN),
        "true",
        words("必ず書く項目か。空のままなら職員が確かめる", "an empty required field waits for a person"),
        "false",
    ),
    default(
        "page",
        Shape::Scalar(&scalar::NTH),
        "1",
        words("何枚目の用紙にあるか（1から数える）", "on which page it stands, from 1"),
        "2",
    ),
    optional(
        "boxes",
        Shape::Either(&[Shape::Map(&ROW), Shape::List { of: &Shape::Map(&ROW), min: 1 }]),
        words(
            "マスの並び（kind が digits か kana のとき）。途中で間があくときは並びの一覧",
            "row of boxes, or several rows (digits, kana)",
        ),
        "{first: [50.26, 73.23, 7, 8.6], pitch: 6.75, count: 12}",
    ),
    optional(
        "check",
        Shape::Word(&CHECKS),
        words("数字が満たすべき決まり（digits）", "what the digits must satisfy"),
        "my-number",
    ),
    optional(
        "area",
        AREA,
        words("書く場所（mm、line か code のとき）", "where it is written (line, code)"),
        "[50.26, 48.31, 120, 9]",
    ),
    optional("content", Shape::Word(&CONTENTS), words("書かれる内容（line）", "what the line holds"), "personal-name"),
    optional(
        "pattern",
        Shape::Scalar(&scalar::LINE_PATTERN),
        words(
            "決まった形（line、code）。A は英大文字、9 は数字、ほかの文字はその文字",
            "its fixed form (line, code): A is a capital, 9 a digit, anything else itself",
        ),
        "AA9999",
    ),
    optional(
        "codes",
        Shape::List { of: &Shape::Word(&CODES), min: 1 },
        words("印刷されうるコードの種類（code）", "the codes that may be printed there (code)"),
        "[qr]",
    ),
    optional("mark", Shape::Word(&MARKS), words("印の付け方（choice）", "how it is marked (choice)"), "circle"),
    optional(
        "options",
        Shape::List { of: &Shape::Map(&OPTION), min: 2 },
        words("選択肢（choice）", "the options (choice)"),
        "[{value: 普通, area: […]}, …]",
    ),
];
static FIELD: Mapping =
    Mapping { name: "field", doc: words("項目1つ", "one field"), keys: &[&FIELD_KEYS], one_of: &[] };

static PAGE: Mapping = Mapping {
    name: "page",
    doc: words("用紙の大きさ", "the paper's size"),
    keys: &[&[
        required("width", MM, words("幅（mm）", "millimetres"), "210"),
        required("height", MM, words("高さ（mm）", "millimetres"), "297"),
    ]],
    one_of: &[],
};
static KEYS: [Key; 7] = [
    required(
        "name",
        Shape::Scalar(&scalar::FORM_NAME),
        words("帳票の名前。改定したら別の名前にする", "the form's name; a revision gets another"),
        "jido-teate-r8",
    ),
    required("title", Shape::TEXT, words("用紙の表題", "as printed at its head"), "児童手当 認定請求書"),
    required("revision", Shape::TEXT, words("版の呼び名", "the revision as the office calls it"), "令和8年版"),
    required(
        "page",
        Shape::Map(&PAGE),
        words("用紙の大きさ（A4 縦は 210 × 297）", "the paper's size"),
        "{width: 210, height: 297}",
    ),
    required(
        "blank",
        Shape::Either(&[FILE, Shape::List { of: &FILE, min: 2 }]),
        words(
            "未記入の用紙の画像。何枚かで1件になるときは、1枚目から順に並べる（スキャンもこの順に続ける）",
            "picture of the blank form; where several pages make one document, one for each in order, as they are scanned",
        ),
        "blank.png",
    ),
    required(
        "fields",
        Shape::List { of: &Shape::Map(&FIELD), min: 1 },
        words("項目（読む順）", "fields in reading order"),
        "[…]",
    ),
    optional(
        "groups",
        Shape::List { of: &Shape::Map(&GROUP), min: 1 },
        words("互いに関わる項目のまとまり", "fields that bear on each other"),
        "[…]",
    ),
];

pub static FORM: Mapping =
    Mapping { name: "form", doc: words("帳票定義（紙の様式）", "a paper form"), keys: &[&KEYS], one_of: &[] };
pub static KIND: FileKind = FileKind { name: "form", root: &FORM };

/// A form and where each of its blanks is named.
pub struct Decoded {
    pub form: Form,
    pub blanks: Vec<Span>,
}

/// Decodes a checked form.
pub fn decode(root: &Node, faults: &mut Faults) -> Option<Decoded> {
    let fields = Fields::of(root);
    let page = fields.map("page")?;
    let mm = |key| page.get(key, scalar::number);
    let items = fields.items("fields");
    let named = fields.node("blank")?;
    let blanks: Vec<&Node> = match &named.data {
        Data::List(pages) => pages.iter().collect(),
        Data::Scalar { .. } | Data::Map(_) => vec![named],
    };
    let form = Form {
        name: fields.get("name", scalar::form_name)?,
        title: fields.get("title", scalar::text)?,
        revision: fields.get("revision", scalar::text)?,
        page: PageSize { width: mm("width")?, height: mm("height")? },
        blanks: blanks.iter().map(|node| value(node, scalar::file_name)).collect::<Option<_>>()?,
        fields: items.iter().filter_map(|item| field(Fields::of(item), faults)).collect(),
        groups: fields.items("groups").iter().filter_map(|item| group(Fields::of(item), faults)).collect(),
    };
    if form.fields.len() == items.len() {
        form_zones::check(&form, root, faults);
    }
    Some(Decoded { form, blanks: blanks.iter().map(|node| node.span).collect() })
}

/// Which keys each kind needs and may have, beside name, label, kind and required.
fn keys_of(kind: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        "digits" => (&["boxes"], &["check"]),
        "kana" => (&["boxes"], &[]),
        "line" => (&["area"], &["content", "pattern"]),
        "code" => (&["area", "codes"], &["pattern"]),
        _ => (&["mark", "options"], &[]),
    }
}

fn field(fields: Fields<'_>, faults: &mut Faults) -> Option<Field> {
    let kind = fields.node("kind")?.scalar()?;
    let (needed, allowed) = keys_of(kind);
    let mut whole = true;
    for key in needed.iter().filter(|key| fields.node(key).is_none()) {
        faults.add(fields.span_of("kind"), message!("format.kind-needs-key", kind = kind, key = key));
        whole = false;
    }
    for entry in fields.entries() {
        let of_a_kind =
            ["boxes", "check", "area", "content", "pattern", "codes", "mark", "options"].contains(&entry.key.as_str());
        if of_a_kind && !needed.contains(&entry.key.as_str()) && !allowed.contains(&entry.key.as_str()) {
            faults.add(entry.key_span, message!("format.key-of-other-kind", kind = kind, key = entry.key));
        }
    }
    if !whole {
        return None;
    }
    let kind = match kind {
        "digits" => FieldKind::Digits { cells: cells(fields.node("boxes")?)?, check: digits_check(fields) },
        "kana" => FieldKind::Kana { cells: cells(fields.node("boxes")?)? },
        "line" => FieldKind::Line {
            rect: area(fields.node("area")?)?,
            content: content(fields),
            pattern: fields.get("pattern", scalar::line_pattern),
        },
        "code" => FieldKind::Code {
            rect: area(fields.node("area")?)?,
            codes: codes(fields.items("codes")),
            pattern: fields.get("pattern", scalar::line_pattern),
        },
        _ => FieldKind::Choice { options: options(fields, faults)? },
    };
    Some(Field {
        name: fields.get("name", scalar::field_name)?,
        label: fields.get("label", scalar::text)?,
        kind,
        page: fields.get("page", scalar::nth).unwrap_or(1),
        required: fields.get("required", scalar::boolean).unwrap_or(true),
    })
}

fn digits_check(fields: Fields<'_>) -> DigitsCheck {
    match fields.node("check").and_then(Node::scalar) {
        Some("my-number") => DigitsCheck::MyNumber,
        Some("corporate-number") => DigitsCheck::CorporateNumber,
        Some("postal-code") => DigitsCheck::PostalCode,
        _ => DigitsCheck::None,
    }
}

fn content(fields: Fields<'_>) -> LineContent {
    match fields.node("content").and_then(Node::scalar) {
        Some("personal-name") => LineContent::PersonalName,
        Some("address") => LineContent::Address,
        Some("phone") => LineContent::Phone,
        Some("bank") => LineContent::Bank,
        Some("branch") => LineContent::Branch,
        Some("kana") => LineContent::Kana,
        Some("relationship") => LineContent::Relationship,
        Some("occupation") => LineContent::Occupation,
        _ => LineContent::Free,
    }
}

fn codes(items: &[Node]) -> Vec<CodeKind> {
    let named = |word: &str| CodeKind::ALL.into_iter().find(|code| code.word() == word);
    items.iter().filter_map(|item| named(item.scalar()?)).collect()
}

fn area(node: &Node) -> Option<Rect> {
    let [x, y, width, height] = numbers::<4>(node)?;
    Some(Rect { x, y, width, height })
}

/// The boxes of one row or several, in order.
fn cells(node: &Node) -> Option<Vec<Rect>> {
    let rows: Vec<&Node> = match &node.data {
        Data::List(rows) => rows.iter().collect(),
        Data::Scalar { .. } | Data::Map(_) => vec![node],
    };
    let mut cells = Vec::new();
    for row in rows {
        let fields = Fields::of(row);
        let first = area(fields.node("first")?)?;
        let pitch = fields.get("pitch", scalar::number)?;
        for n in 0..fields.get("count", scalar::boxes)? {
            cells.push(Rect { x: first.x + f64::from(n) * pitch, ..first });
        }
    }
    Some(cells)
}

fn options(fields: Fields<'_>, faults: &mut Faults) -> Option<Vec<ChoiceOption>> {
    let style = match fields.node("mark")?.scalar()? {
        "circle" => MarkStyle::Circle,
        _ => MarkStyle::Tick,
    };
    let mut options: Vec<ChoiceOption> = Vec::new();
    for item in fields.items("options") {
        let option = Fields::of(item);
        let value = option.get("value", scalar::text)?;
        if options.iter().any(|earlier| earlier.value == value) {
            faults.add(option.span_of("value"), message!("format.option-twice", value = value));
        }
        options.push(ChoiceOption { value, rect: area(option.node("area")?)?, style });
    }
    Some(options)
}
