//! Steps that hold other steps: branches by what a page shows, and the rows of a form's table. Rows are put in when the
//! folder is loaded, so that a deployed version holds plain steps.

use super::act::{self, Part, Scope};
use super::diagnostic::Faults;
use super::expression::{self, both};
use super::fields::Fields;
use super::locator::{LOCATOR_KEYS, ONE_LOCATOR, locator};
use super::scalar;
use super::steps::STEP_SHAPE;
use super::table::{Mapping, Shape, optional, required, words};
use super::tree::{Data, Entry, Node};
use crate::message;
use crate::model::expression::Purpose;
use crate::model::step::{Action, Branch, Step, Then};

/// Stands for a row's number.
pub const ROW: &str = "<row>";

pub static BRANCH: Mapping = Mapping {
    name: "branch",
    doc: words(
        "画面に表示されるもののうちの1つと、その先の手順",
        "one of the things a page may show, and the steps it leads to",
    ),
    keys: &[
        &LOCATOR_KEYS,
        &[
            optional(
                "then",
                Shape::List { of: &STEP_SHAPE, min: 1 },
                words(
                    "これが表示されたときだけ行う手順（書かなければ、そのまま次へ進む）。登録（submit）は書けない",
                    "steps taken if this is seen; without them it goes on. Never a submit",
                ),
                "[{click: {button: 新規登録}}]",
            ),
            optional(
                "refuses",
                Shape::Scalar(&scalar::BOOLEAN),
                words(
                    "入力先がこの帳票を受け付けない表示。帳票を止め、表示された文を残す",
                    "the target does not take this document: it stops, and what is shown is kept",
                ),
                "true",
            ),
        ],
    ],
    one_of: ONE_LOCATOR,
};
pub static FOR_EACH: Mapping = Mapping {
    name: "for_each",
    doc: words(
        "帳票の表の行ごとに繰り返す手順。手順の中の <row> は行の番号（1から）になる",
        "steps for every row of a form's table; `<row>` in them becomes the row's number, from 1",
    ),
    keys: &[&[
        required("rows", Shape::Scalar(&scalar::ROWS), words("行の数", "how many rows"), "3"),
        required(
            "steps",
            Shape::List { of: &STEP_SHAPE, min: 1 },
            words("1行分の手順", "the steps of one row"),
            "[{fill: {label: 氏名, in: 児童<row>, value: $child<row>_name}}]",
        ),
    ]],
    one_of: &[],
};

/// Decodes a checked list of branches.
pub fn branches(items: &[Node], scope: Scope<'_>, faults: &mut Faults) -> Option<Action> {
    let mut branches = Vec::new();
    for item in items {
        let fields = Fields::of(item);
        let refuses = fields.get("refuses", scalar::boolean) == Some(true);
        if refuses && fields.node("then").is_some() {
            faults.add(fields.span_of("then"), message!("format.refused-and-then"));
        }
        let then = match refuses {
            true => Then::Refused,
            false => Then::Steps(act::decode(fields.items("then"), Part::Branch, scope, faults)),
        };
        branches.push(Branch { seen: locator(item, scope.pack, faults)?, then });
    }
    Some(Action::ExpectOneOf { branches })
}

/// The steps of every row, each with the condition of its row.
pub fn rows(each: Fields<'_>, when: Option<&Node>, scope: Scope<'_>, faults: &mut Faults) -> Vec<Step> {
    let Some(count) = each.get("rows", scalar::rows) else { return Vec::new() };
    if let Some(inner) = each.items("steps").iter().find_map(|item| item.get("for_each")) {
        faults.add(inner.span, message!("format.rows-in-rows"));
        return Vec::new();
    }
    let mut steps = Vec::new();
    for row in 1..=count {
        let before = faults.count();
        let when = when.map(|when| expression::decode(&of_row(when, row), Purpose::Condition, scope, faults));
        let items: Vec<Node> = each.items("steps").iter().map(|item| of_row(item, row)).collect();
        let own = act::decode(&items, Part::Branch, scope, faults);
        // The other rows have the same mistakes.
        if faults.count() > before {
            return Vec::new();
        }
        steps.extend(
            own.into_iter().map(|step| Step { when: both(when.clone().flatten().as_ref(), step.when), ..step }),
        );
    }
    steps
}

/// The same, of one row. Every value keeps its place in the file.
fn of_row(node: &Node, row: u16) -> Node {
    let data = match &node.data {
        Data::Scalar { text, quoted } => Data::Scalar { text: text.replace(ROW, &row.to_string()), quoted: *quoted },
        Data::List(items) => Data::List(items.iter().map(|item| of_row(item, row)).collect()),
        Data::Map(entries) => {
            let entry = |entry: &Entry| Entry { value: of_row(&entry.value, row), ..entry.clone() };
            Data::Map(entries.iter().map(entry).collect())
        }
    };
    Node { data, ..node.clone() }
}

/// Reports where a row's number is meant and there are no rows.
pub fn refuse_stray_rows(item: &Node, faults: &mut Faults) {
    match &item.data {
        Data::Scalar { text, .. } if text.contains(ROW) => {
            faults.add_hinted(item.span, message!("format.row-without-rows"), message!("format.hint-for-each"));
        }
        Data::Scalar { .. } => {}
        Data::List(items) => items.iter().for_each(|item| refuse_stray_rows(item, faults)),
        Data::Map(entries) => {
            let others = entries.iter().filter(|entry| entry.key != "for_each");
            let has_rows = item.get("for_each").is_some();
            for entry in others.filter(|entry| !(has_rows && entry.key == "when")) {
                refuse_stray_rows(&entry.value, faults);
            }
        }
    }
}
