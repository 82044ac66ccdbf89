//! How an author names something on a page: what may be said, and its decoding.

use super::diagnostic::Faults;
use super::fields::Fields;
use super::flow::ROW;
use super::pack::{self, Pack};
use super::scalar::{self, Scalar, Schema};
use super::table::{Key, Mapping, Shape, optional, words};
use super::tree::Node;
use crate::message;
use crate::model::locator::Locator;

static NTH_OR_ROW: Scalar = Scalar {
    check: |t| if t == ROW { Ok(()) } else { scalar::nth(t).map(drop) },
    schema: Schema::TextOrNumber,
    example: "2",
};

/// One of these names something on the page.
pub static LOCATOR_KEYS: [Key; 13] = [
    optional("label", Shape::TEXT, words("入力欄の見出し（ラベル）", "a control by its label"), "請求者氏名"),
    optional("button", Shape::TEXT, words("ボタンの文字", "a button by its text"), "登録する"),
    optional("link", Shape::TEXT, words("リンクの文字", "a link by its text"), "新規登録"),
    optional(
        "text",
        Shape::TEXT,
        words("画面に表示される文字", "the innermost element that contains this text"),
        "登録が完了しました",
    ),
    optional(
        "place",
        Shape::NAME,
        words("入力先（targets/）で名前を付けた部品", "a place that the target names"),
        "登録ボタン",
    ),
    optional(
        "placeholder",
        Shape::TEXT,
        words("入力欄に薄く表示される文字", "a control by its placeholder"),
        "例）1750094",
    ),
    optional("role", Shape::TEXT, words("ARIA の役割", "an element by its ARIA role"), "alert"),
    optional(
        "name",
        Shape::TEXT,
        words("role と組で使う、読み上げ名", "accessible name; together with role"),
        "エラー",
    ),
    optional(
        "css",
        Shape::TEXT,
        words("CSS セレクター（ほかに手がないときだけ）", "a CSS selector, as the last resort"),
        "\"#receipt-no\"",
    ),
    optional(
        "in",
        Shape::TEXT,
        words("この見出しの部分の中だけを探す", "only within the part that this heading, legend or label names"),
        "児童1",
    ),
    optional(
        "right_of",
        Shape::TEXT,
        words("この文字のすぐ右にあるもの", "the nearest to the right of this text"),
        "開始日",
    ),
    optional("below", Shape::TEXT, words("この文字のすぐ下にあるもの", "the nearest below this text"), "開始日"),
    optional(
        "nth",
        Shape::Scalar(&NTH_OR_ROW),
        words("当てはまるもののうち何番目か（1から数える）", "of several, the n-th, counted from 1"),
        "2",
    ),
];
pub const ONE_LOCATOR: &[&[&str]] = &[&["place", "label", "button", "link", "text", "placeholder", "role", "css"]];

pub static LOCATOR: Mapping = Mapping {
    name: "locator",
    doc: words(
        "画面の部品の指定。人に見えるとおりの文字で書く。ちょうど1つに決まらなければ待ち、時間切れで止まる",
        "something on a page, named as people see it; exactly one must match",
    ),
    keys: &[&LOCATOR_KEYS],
    one_of: ONE_LOCATOR,
};
pub const LOCATOR_SHAPE: Shape = Shape::Map(&LOCATOR);

/// Decodes a checked locator, alone or among other keys.
pub fn locator(node: &Node, pack: Option<&Pack>, faults: &mut Faults) -> Option<Locator> {
    let fields = Fields::of(node);
    let text = |key: &str| fields.get(key, scalar::text);
    let name = text("name");
    if name.is_some() && fields.node("role").is_none() {
        faults.add(fields.span_of("name"), message!("format.name-without-role"));
    }
    type Make = fn(String) -> Locator;
    let simple: [(&str, Make); 6] = [
        ("label", Locator::Label),
        ("button", Locator::Button),
        ("link", Locator::Link),
        ("text", Locator::Text),
        ("placeholder", Locator::Placeholder),
        ("css", Locator::Css),
    ];
    let what = match (text("role"), fields.node("place")) {
        (Some(role), _) => Locator::Role { role, name },
        (None, Some(place)) => pack::place(place, pack, faults)?,
        (None, None) => simple.into_iter().find_map(|(key, make)| text(key).map(make))?,
    };
    let (within, right_of, below) = (text("in"), text("right_of"), text("below"));
    let nth = fields.get("nth", scalar::nth);
    if within.is_none() && right_of.is_none() && below.is_none() && nth.is_none() {
        return Some(what);
    }
    if matches!(what, Locator::Placed { .. }) {
        faults.add(fields.span_of("place"), message!("format.place-stands-already"));
        return None;
    }
    Some(Locator::Placed { what: Box::new(what), within, right_of, below, nth })
}
