//! Fields held against each other and against lists. Where they agree, each is evidence for the other. Where another
//! reading of one field would agree and the first does not, that one is chosen and a person confirms it. Where none
//! does, every one of them is in doubt. Of what no list knows, nothing follows.

use crate::message;
use crate::model::form::{Field, FieldKind, Form, GroupRule, LineContent};
use crate::model::id::FieldName;
use crate::model::message::Message;
use crate::model::value::{Chance, Content, FieldValue, Personal};
use crate::reading::lexicon::{Lexicon, Words};

use super::arithmetic::{adds_up, is_age};
use super::choose;
use super::date::Day;

/// What the members' texts say of each other: they agree, they cannot all be right, or nothing is known. A member that
/// the form does not have or that is blank gives `None`.
type Judge<'l> = Box<dyn Fn(&[Option<&str>]) -> Option<bool> + 'l>;

struct Link<'l> {
    members: Vec<Option<&'l FieldName>>,
    needs: Needs,
    judge: Judge<'l>,
    /// Members for which agreement is as good as a check digit, with the share of wrong readings that would agree, too.
    slips: &'static [(usize, f64)],
    /// The doubt if they cannot all be right.
    against: Message,
}

/// Which members must have been read for the judge to be asked.
#[derive(Clone, Copy)]
enum Needs {
    /// So many from the first on must be written.
    First(usize),
    /// The first must be written, and none unreadable: it is worked out from all of them.
    All,
}

/// The largest share of the postal codes with one wrong digit that still stand for the address's town. It is 2 of 126
/// where an address names no city and two cities' towns share a name, and 0.01% over all towns of the list.
const POSTAL_CODE_SLIPS: f64 = 2.0 / 126.0;

/// Holds a page's fields against each other as its form says.
pub fn hold_together(form: &Form, fields: &mut [FieldValue], lexicon: &Lexicon) {
    let listed = form.fields.iter().filter_map(|field| of_content(field, &lexicon.words));
    let grouped = form.groups.iter().filter_map(|group| of_rule(form, &group.rule, lexicon));
    for link in listed.chain(grouped) {
        apply(form, &link, fields);
    }
    for page in form.untied_pages() {
        let first = form.fields.iter().find(|field| field.page == page).map(|field| &field.name);
        if let Some(value) = fields.iter_mut().find(|value| Some(&value.field) == first) {
            value.doubts.push(message!("reading.page-not-tied", page = page));
        }
    }
}

/// A line whose content has a list. The list is not closed: a word that is not in it says nothing.
fn of_content<'l>(field: &'l Field, words: &'l Words) -> Option<Link<'l>> {
    let list = match field.kind {
        FieldKind::Line { content: LineContent::Relationship, .. } => words.list("relationship"),
        FieldKind::Line { content: LineContent::Occupation, .. } => words.list("occupation"),
        _ => return None,
    };
    let judge: Judge<'_> = Box::new(|texts| list.iter().any(|word| Some(word.as_str()) == texts[0]).then_some(true));
    let against = message!("reading.none-of-the-words");
    Some(Link { members: vec![Some(&field.name)], needs: Needs::First(1), judge, slips: &[], against })
}

fn of_rule<'l>(form: &'l Form, rule: &'l GroupRule, lexicon: &'l Lexicon) -> Option<Link<'l>> {
    let (members, judge, against): (Vec<Option<&FieldName>>, Judge<'_>, Message) = match rule {
        GroupRule::Date { .. } => return None,
        GroupRule::Address { postal, address } => (
            vec![Some(postal), Some(address)],
            Box::new(|texts| lexicon.towns.agree(texts[0]?, texts[1]?)),
            message!(
                "reading.postal-code-of-another-town",
                postal = label(form, postal),
                address = label(form, address)
            ),
        ),
        GroupRule::Person { kana, name } => (
            vec![Some(kana), Some(name)],
            Box::new(|texts| lexicon.names.agree(texts[0]?, texts[1]?)),
            message!("reading.kana-of-another-name", kana = label(form, kana), name = label(form, name)),
        ),
        GroupRule::Account { bank, branch, bank_code, branch_code } => (
            vec![Some(bank), Some(branch), bank_code.as_ref(), branch_code.as_ref()],
            Box::new(|texts| account(texts, lexicon)),
            message!("reading.no-such-branch", bank = label(form, bank), branch = label(form, branch)),
        ),
        GroupRule::Words { field, words } => (
            vec![Some(field)],
            Box::new(|texts| Some(words.iter().any(|word| Some(word.as_str()) == texts[0]))),
            message!("reading.none-of-the-words"),
        ),
        GroupRule::Sum { parts, total } => (
            std::iter::once(total).chain(parts).map(Some).collect(),
            Box::new(adds_up),
            message!("reading.does-not-add-up", total = label(form, total), parts = labels(form, parts)),
        ),
        GroupRule::Age { age, born, on } => {
            let (born, on) = (Day::called(form, born)?, Day::called(form, on)?);
            let members = std::iter::once(age).chain(born.members()).chain(on.members()).map(Some).collect();
            let judge: Judge<'_> = Box::new(move |texts| {
                let (of_birth, of_day) = texts[1..].split_at(born.members().len());
                is_age(texts[0]?, born.of(of_birth)?, on.of(of_day)?)
            });
            (members, judge, message!("reading.age-of-another-birth", age = label(form, age)))
        }
        GroupRule::Same { fields } => (
            fields.iter().map(Some).collect(),
            Box::new(|texts| Some(texts.iter().all(|text| *text == texts[0]))),
            message!("reading.not-the-same", fields = labels(form, fields)),
        ),
    };
    let needs = match rule {
        GroupRule::Sum { .. } | GroupRule::Age { .. } => Needs::All,
        _ => Needs::First(members.len().min(2)),
    };
    // A name vouches less for its kana, and a bank for its code: other readings of it, or other branches, are likely
    // misreadings as well.
    let slips: &[_] = if let GroupRule::Address { .. } = rule { &[(0, POSTAL_CODE_SLIPS)] } else { &[] };
    Some(Link { needs, members, judge, slips, against })
}

fn account(texts: &[Option<&str>], lexicon: &Lexicon) -> Option<bool> {
    let (bank, branch) = (texts[0]?, texts[1]?);
    lexicon.banks.called(bank).next()?;
    let fits = |code: &&str| {
        let (of_bank, of_branch) = code.split_at(4);
        texts[2].is_none_or(|code| code == of_bank) && texts[3].is_none_or(|code| code == of_branch)
    };
    Some(lexicon.banks.codes(bank, branch).iter().any(fits))
}

fn apply(form: &Form, link: &Link<'_>, fields: &mut [FieldValue]) {
    let places: Vec<Option<usize>> =
        link.members.iter().map(|name| fields.iter().position(|f| Some(&f.field) == *name)).collect();
    let texts: Vec<Option<&str>> = places.iter().map(|at| text(&fields[(*at)?])).collect();
    let unread = |at: &Option<usize>| at.is_none_or(|at| fields[at].content == Content::Unreadable);
    let lacking = match link.needs {
        Needs::First(count) => texts[..count].contains(&None),
        Needs::All => texts[0].is_none() || places.iter().any(unread),
    };
    if lacking {
        return;
    }
    let written: Vec<usize> = places.iter().zip(&texts).filter_map(|(at, text)| text.and(*at)).collect();
    let verdict = (link.judge)(&texts);
    let others = if verdict == Some(true) { Vec::new() } else { that_would_agree(link, &places, &texts, fields) };
    match (verdict, &others[..]) {
        (Some(true), _) => {
            for at in &written {
                let evidence = match neighbours(form, &written, *at, fields) {
                    Some(neighbour) => message!("reading.agrees-with", neighbour = neighbour),
                    None => message!("reading.one-of-the-words"),
                };
                fields[*at].evidence.push(evidence);
            }
            for (member, slips) in link.slips {
                if let Some(Chance::Calibrated(wrong, _)) = places[*member].map(|at| &mut fields[at].chance) {
                    *wrong *= slips;
                }
            }
        }
        (_, [(at, index)]) => {
            let doubt = match neighbours(form, &written, *at, fields) {
                Some(neighbour) => message!("reading.chosen-by-neighbour", neighbour = neighbour),
                None => message!("reading.chosen-from-the-words"),
            };
            choose(&mut fields[*at], *index, doubt);
        }
        (Some(false), _) => written.iter().for_each(|at| fields[*at].doubts.push(link.against.clone())),
        (None, _) => {}
    }
}

fn text(value: &FieldValue) -> Option<&str> {
    value.content.written().map(Personal::expose)
}

/// The other readings, as field and place among its alternatives, with which all would agree.
fn that_would_agree(
    link: &Link<'_>,
    places: &[Option<usize>],
    texts: &[Option<&str>],
    fields: &[FieldValue],
) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (member, at) in places.iter().enumerate() {
        let Some(at) = at.filter(|_| texts[member].is_some()) else { continue };
        for (index, other) in fields[at].alternatives.iter().enumerate() {
            let mut changed = texts.to_vec();
            changed[member] = Some(other.text.expose());
            if (link.judge)(&changed) == Some(true) {
                found.push((at, index));
            }
        }
    }
    found
}

/// What the department calls the other members; `None` for a field that is held against a list alone.
fn neighbours(form: &Form, written: &[usize], own: usize, fields: &[FieldValue]) -> Option<String> {
    let labels: Vec<&str> = written.iter().filter(|at| **at != own).map(|at| label(form, &fields[*at].field)).collect();
    (!labels.is_empty()).then(|| labels.join("・"))
}

fn labels(form: &Form, names: &[FieldName]) -> String {
    names.iter().map(|name| label(form, name)).collect::<Vec<_>>().join("・")
}

fn label<'f>(form: &'f Form, name: &FieldName) -> &'f str {
    form.field(name).map_or("", |field| field.label.as_str())
}

#[cfg(test)]
mod tests;
