//! Steps that hold other steps: branches by what a page shows, and the rows of a form's table. Rows are put in when the
//! folder is loaded, so that a deployed version holds plain steps.

use super::act::{self, Part, Scope};
use super::diagnostic::Faults;
use super::expression::{self, both};
use super::fields::Fields;
use super::scalar;
use super::tree::{Data, Entry, Node};
use crate::message;
use crate::model::expression::Purpose;
use crate::model::step::{Action, Branch, Step, Then};

/// Stands for a row's number.
pub const ROW: &str = "<row>";

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
        branches.push(Branch { seen: act::locator(item, scope.pack, faults)?, then });
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
