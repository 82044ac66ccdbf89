//! Forms whose field places come from a `NAME.fields.json` beside the blank, as the form designer exports them: one
//! entry a box, `mm: [x, y, width, height]`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use jitan::model::form::{
    ChoiceOption, DigitsCheck, Field, FieldKind, Form, Group, GroupRule, LineContent, LinePattern, MarkStyle, PageSize,
};
use jitan::model::id::{FieldName, FormName};
use jitan::model::value::Rect;
use jitan::reading::register::blank::Blank;

#[derive(serde::Deserialize)]
struct Place {
    field: String,
    kind: String,
    mm: [f64; 4],
    option: Option<String>,
    style: Option<String>,
}

impl Place {
    fn rect(&self) -> Rect {
        let [x, y, width, height] = self.mm;
        Rect { x, y, width, height }
    }
}

/// The blanks of a folder, ready to register on.
pub fn blanks(folder: &Path) -> Result<Vec<Blank>> {
    let mut found = Vec::new();
    let mut names: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    names.sort_by_key(std::fs::DirEntry::file_name);
    for entry in names {
        let file = entry.file_name().into_string().unwrap_or_default();
        if let Some(name) = file.strip_suffix(".fields.json") {
            let form = form(name, &std::fs::read_to_string(entry.path())?)?;
            let picture = std::fs::read(folder.join(format!("{name}.png"))).context("the blank's picture")?;
            let mut blank = Blank::prepare(&form, 1, &picture).map_err(|m| anyhow::anyhow!("{m}"))?;
            // They belong to a document; here one page is all of it.
            blank.form.groups = form.groups;
            found.push(blank);
        }
    }
    Ok(found)
}

fn form(name: &str, places: &str) -> Result<Form> {
    let places: Vec<Place> = serde_json::from_str(places)?;
    let mut order: Vec<&str> = Vec::new();
    let mut by_field: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
    for place in &places {
        if !by_field.contains_key(place.field.as_str()) {
            order.push(&place.field);
        }
        by_field.entry(&place.field).or_default().push(place);
    }
    let fields = order.into_iter().map(|field| one_field(field, &by_field[field])).collect::<Result<_>>()?;
    let known = |group: &Group| group.rule.members().iter().all(|member| by_field.contains_key(member.as_str()));
    Ok(Form {
        name: FormName::new(name)?,
        title: name.to_owned(),
        revision: "sample".to_owned(),
        page: PageSize { width: 210.0, height: 297.0 },
        blanks: vec![format!("{name}.png")],
        fields,
        groups: groups()?.into_iter().filter(known).collect(),
    })
}

/// What such forms' fields say of each other.
fn groups() -> Result<Vec<Group>> {
    let name = FieldName::new;
    let home = GroupRule::Address { postal: name("postal")?, address: name("address")? };
    let person = GroupRule::Person { kana: name("kana")?, name: name("name")? };
    let group = |name, rule| Group { name, label: String::new(), rule };
    Ok(vec![group(name("home")?, home), group(name("person")?, person)])
}

fn one_field(name: &str, places: &[&Place]) -> Result<Field> {
    let cells = || places.iter().map(|p| p.rect()).collect();
    let kind = match places[0].kind.as_str() {
        "digits" => FieldKind::Digits { cells: cells(), check: check(name) },
        "kana" => FieldKind::Kana { cells: cells() },
        "text" => FieldKind::Line {
            rect: places[0].rect(),
            content: content(name),
            // A vaccine's lot, as its label prints it.
            pattern: if name == "lot" { LinePattern::new("AA9999") } else { None },
        },
        _ => FieldKind::Choice { options: places.iter().map(|p| option(p)).collect::<Result<_>>()? },
    };
    Ok(Field { name: FieldName::new(name)?, label: name.to_owned(), kind, page: 1, required: false })
}

fn option(place: &Place) -> Result<ChoiceOption> {
    let style = if place.style.as_deref() == Some("circle") { MarkStyle::Circle } else { MarkStyle::Tick };
    Ok(ChoiceOption { value: place.option.clone().context("an option's name")?, rect: place.rect(), style })
}

fn check(name: &str) -> DigitsCheck {
    match name {
        "my_number" => DigitsCheck::MyNumber,
        "postal" => DigitsCheck::PostalCode,
        _ => DigitsCheck::None,
    }
}

fn content(name: &str) -> LineContent {
    match name {
        "address" => LineContent::Address,
        "phone" => LineContent::Phone,
        "kana" => LineContent::Kana,
        "bank" => LineContent::Bank,
        "branch" => LineContent::Branch,
        "name" | "signature" | "child1_name" | "child2_name" => LineContent::PersonalName,
        _ => LineContent::Free,
    }
}
