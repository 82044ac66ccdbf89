//! Whether a form's zones and groups make sense: inside the page, apart from each other, names once, members there.

use std::collections::BTreeMap;

use super::check::nearest;
use super::diagnostic::{Faults, Span};
use super::tree::Node;
use crate::message;
use crate::model::era::Era;
use crate::model::form::{DigitsCheck, EraSource, Field, FieldKind, Form, Group, GroupRule};
use crate::model::id::FieldName;
use crate::model::message::Message;
use crate::model::value::Rect;

/// Share of the smaller zone that two fields may have in common: neighbouring boxes share their printed line.
const MAX_SHARED: f64 = 0.3;

/// Most zones of a page: far more than paper can hold, few enough to compare each with each.
const MAX_ZONES: usize = 2000;

/// Holds a decoded form against itself. `root` is the tree it came from, for places.
pub fn check(form: &Form, root: &Node, faults: &mut Faults) {
    let items = root.get("fields").map_or(&[][..], Node::items);
    let groups = root.get("groups").map_or(&[][..], Node::items);
    names(form, items, groups, faults);
    for (field, item) in form.fields.iter().zip(items) {
        inside_page(form, field, item, faults);
        page_is_there(form, field, item, faults);
        box_count(field, item, faults);
    }
    for (page, name) in (1..).zip(&form.blanks) {
        if !form.fields.iter().any(|field| field.page == page) {
            let span = root
                .get("blank")
                .map_or(root.span, |node| node.items().get(usize::from(page) - 1).unwrap_or(node).span);
            faults.add(span, message!("format.page-without-fields", page = page, file = name));
        }
    }
    apart(form, items, faults);
    for (group, item) in form.groups.iter().zip(groups) {
        members(form, group, item, faults);
    }
}

/// The place of the value under a key, else of the item.
fn place(item: &Node, key: &str) -> Span {
    item.get(key).map_or(item.span, |node| node.span)
}

fn names(form: &Form, items: &[Node], groups: &[Node], faults: &mut Faults) {
    let mut seen: BTreeMap<&FieldName, Span> = BTreeMap::new();
    let all = form.fields.iter().map(|field| &field.name).chain(form.groups.iter().map(|group| &group.name));
    for (name, item) in all.zip(items.iter().chain(groups)) {
        let span = place(item, "name");
        if let Some(first) = seen.insert(name, span) {
            faults.add(span, message!("format.name-twice", name = name, line = first.start.line));
        }
    }
}

/// The key that holds a kind's zones.
fn zone_key(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Digits { .. } | FieldKind::Kana { .. } => "boxes",
        FieldKind::Line { .. } | FieldKind::Code { .. } => "area",
        FieldKind::Choice { .. } => "options",
    }
}

fn inside_page(form: &Form, field: &Field, item: &Node, faults: &mut Faults) {
    /// Smallest place a pen can write in, millimetres.
    const SMALLEST: f64 = 1.0;
    let span = place(item, zone_key(&field.kind));
    let rects = field.kind.places();
    if rects.iter().any(|r| r.width < SMALLEST || r.height < SMALLEST) {
        faults.add(span, message!("format.zone-too-small", name = field.name));
    }
    if rects.iter().any(|r| r.x + r.width > form.page.width || r.y + r.height > form.page.height) {
        let size = format!("{} × {} mm", form.page.width, form.page.height);
        faults.add(span, message!("format.zone-outside-page", name = field.name, size = size));
    }
}

fn page_is_there(form: &Form, field: &Field, item: &Node, faults: &mut Faults) {
    if field.page > form.page_count() {
        let pages = form.page_count();
        faults.add(place(item, "page"), message!("format.no-such-page", page = field.page, pages = pages));
    }
}

fn box_count(field: &Field, item: &Node, faults: &mut Faults) {
    let FieldKind::Digits { cells, check } = &field.kind else { return };
    let needed = match check {
        DigitsCheck::None => return,
        DigitsCheck::MyNumber => 12,
        DigitsCheck::CorporateNumber => 13,
        DigitsCheck::PostalCode => 7,
    };
    if cells.len() != needed {
        let message = message!("format.wrong-box-count", name = field.name, expected = needed, found = cells.len());
        faults.add(place(item, "boxes"), message);
    }
}

fn apart(form: &Form, items: &[Node], faults: &mut Faults) {
    let all: Vec<(usize, Rect)> =
        form.fields.iter().enumerate().flat_map(|(i, f)| f.kind.places().into_iter().map(move |r| (i, r))).collect();
    if all.len() > MAX_ZONES {
        faults.add(Span::START, message!("format.too-many-zones", limit = MAX_ZONES));
        return;
    }
    let mut told: Vec<(usize, usize)> = Vec::new();
    for (n, (i, a)) in all.iter().enumerate() {
        for (j, b) in &all[n + 1..] {
            let on_one_page = form.fields[*i].page == form.fields[*j].page;
            if on_one_page && shared(*a, *b) > MAX_SHARED && !told.contains(&(*i, *j)) {
                told.push((*i, *j));
                let (one, other) = (&form.fields[*i], &form.fields[*j]);
                let span = place(&items[*j], zone_key(&other.kind));
                faults.add(span, message!("format.zones-overlap", name = other.name, other = one.name));
            }
        }
    }
}

/// Common area as a share of the smaller rectangle.
fn shared(a: Rect, b: Rect) -> f64 {
    let length =
        |from: f64, size: f64, other: f64, other_size: f64| (from + size).min(other + other_size) - from.max(other);
    let width = length(a.x, a.width, b.x, b.width).max(0.0);
    let height = length(a.y, a.height, b.y, b.height).max(0.0);
    let smaller = (a.width * a.height).min(b.width * b.height);
    if smaller > 0.0 { width * height / smaller } else { 0.0 }
}

fn members(form: &Form, group: &Group, item: &Node, faults: &mut Faults) {
    let rule = |key| item.get(key).unwrap_or(item);
    let mut fits = |node: &Node, key: &str, name: &FieldName, kinds: Kinds| {
        let span = place(node, key);
        let found = find(form, name, span, faults);
        if found.is_some_and(|field| !kinds.allow(&field.kind)) {
            faults.add(span, kinds.told(name));
        }
    };
    match &group.rule {
        GroupRule::Date { era, year, month, day } => {
            let date = rule("date");
            for (key, name) in [("year", year), ("month", month), ("day", day)] {
                fits(date, key, name, Kinds::Numbers);
            }
            if let EraSource::Field(name) = era {
                fits(date, "era", name, Kinds::Eras);
            }
        }
        GroupRule::Address { postal, address } => {
            fits(rule("address"), "postal", postal, Kinds::Numbers);
            fits(rule("address"), "address", address, Kinds::Line);
        }
        GroupRule::Person { kana, name } => {
            fits(rule("person"), "kana", kana, Kinds::Kana);
            fits(rule("person"), "name", name, Kinds::Line);
        }
        GroupRule::Account { bank, branch, bank_code, branch_code } => {
            fits(rule("account"), "bank", bank, Kinds::Line);
            fits(rule("account"), "branch", branch, Kinds::Line);
            for (key, code) in [("bank_code", bank_code), ("branch_code", branch_code)] {
                if let Some(code) = code {
                    fits(rule("account"), key, code, Kinds::Numbers);
                }
            }
        }
        GroupRule::Words { field, .. } => fits(rule("words"), "field", field, Kinds::Line),
        GroupRule::Sum { parts, total } => {
            let sum = rule("sum");
            fits(sum, "total", total, Kinds::Numbers);
            for part in parts {
                fits(sum, "parts", part, Kinds::Numbers);
            }
        }
        GroupRule::Age { age, born, on } => {
            fits(rule("age"), "field", age, Kinds::Numbers);
            for (key, name) in [("born", born), ("on", on)] {
                let is_date = |other: &Group| other.name == *name && other.rule.is_derived();
                if !form.groups.iter().any(is_date) {
                    faults.add(place(rule("age"), key), message!("format.not-a-date-group", name = name));
                }
            }
        }
        GroupRule::Same { fields } => same(form, fields, rule("same"), faults),
    }
}

/// Members that say the same are read the same way, so that their texts can be held against each other; where they tie
/// pages together none may be left empty.
fn same(form: &Form, names: &[FieldName], list: &Node, faults: &mut Faults) {
    let mut fields: Vec<&Field> = Vec::new();
    for (name, node) in names.iter().zip(list.items()) {
        let Some(field) = find(form, name, node.span, faults) else { continue };
        let first = fields.first();
        if first.is_some_and(|first| std::mem::discriminant(&first.kind) != std::mem::discriminant(&field.kind)) {
            faults.add(node.span, message!("format.same-of-other-kind", name = name));
        }
        let between_pages = names.iter().filter_map(|other| form.field(other)).any(|other| other.page != field.page);
        if between_pages && !field.required {
            faults.add(node.span, message!("format.tie-must-be-required", name = name));
        }
        fields.push(field);
    }
}

/// What a group's member may be.
#[derive(Clone, Copy)]
enum Kinds {
    Numbers,
    Eras,
    Kana,
    Line,
}

impl Kinds {
    fn allow(self, kind: &FieldKind) -> bool {
        match (self, kind) {
            (Kinds::Numbers, FieldKind::Digits { .. } | FieldKind::Code { .. })
            | (Kinds::Kana, FieldKind::Kana { .. })
            | (Kinds::Numbers | Kinds::Kana | Kinds::Line, FieldKind::Line { .. }) => true,
            (Kinds::Eras, FieldKind::Choice { options }) => {
                options.iter().all(|option| option.value.parse::<Era>().is_ok())
            }
            _ => false,
        }
    }

    fn told(self, name: &FieldName) -> Message {
        match self {
            Kinds::Numbers => message!("format.member-needs-digits", name = name),
            Kinds::Eras => message!("format.era-needs-choice", name = name),
            Kinds::Kana => message!("format.member-needs-kana", name = name),
            Kinds::Line => message!("format.member-needs-line", name = name),
        }
    }
}

fn find<'f>(form: &'f Form, name: &FieldName, span: Span, faults: &mut Faults) -> Option<&'f Field> {
    let found = form.field(name);
    if found.is_none() {
        let hint = match nearest(name.as_str(), form.fields.iter().map(|f| f.name.as_str())) {
            Some(nearest) => message!("format.hint-nearest", nearest = nearest),
            None => message!("format.hint-fields"),
        };
        faults.add_hinted(span, message!("format.unknown-field", name = name), hint);
    }
    found
}
