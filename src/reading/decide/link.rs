//! Fields held against each other and against lists. Where they agree, each is evidence for the other. Where another
//! reading of one field would agree and the first does not, that one is chosen and a person confirms it. Where none
//! does, every one of them is in doubt. Of what no list knows, nothing follows.

use crate::message;
use crate::model::form::{Field, FieldKind, Form, GroupRule, LineContent};
use crate::model::id::FieldName;
use crate::model::message::Message;
use crate::model::value::{FieldValue, Personal};
use crate::reading::lexicon::{Lexicon, Words};

use super::choose;

/// What the members' texts say of each other: they agree, they cannot all be right, or nothing is known. A member that
/// the form does not have or that is blank gives `None`.
type Judge<'l> = Box<dyn Fn(&[Option<&str>]) -> Option<bool> + 'l>;

struct Link<'l> {
    members: Vec<Option<&'l FieldName>>,
    /// How many of the members, from the first, must be written for the others to mean anything.
    needed: usize,
    judge: Judge<'l>,
    /// The doubt if they cannot all be right.
    against: Message,
}

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
    Some(Link { members: vec![Some(&field.name)], needed: 1, judge, against: message!("reading.none-of-the-words") })
}

fn of_rule<'l>(form: &Form, rule: &'l GroupRule, lexicon: &'l Lexicon) -> Option<Link<'l>> {
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
        GroupRule::Same { fields } => (
            fields.iter().map(Some).collect(),
            Box::new(|texts| Some(texts.iter().all(|text| *text == texts[0]))),
            message!("reading.not-the-same", fields = labels(form, fields)),
        ),
    };
    Some(Link { needed: members.len().min(2), members, judge, against })
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
    if texts[..link.needed].contains(&None) {
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
mod tests {
    use super::super::alternative;
    use super::*;
    use crate::model::form::{Group, PageSize};
    use crate::model::id::FormName;
    use crate::model::value::Writing;
    use crate::model::value::{Chance, Content, Provenance, Rect};
    use crate::reading::lexicon::shipped;

    const ZONE: Rect = Rect { x: 0.0, y: 0.0, width: 10.0, height: 5.0 };

    fn name(text: &str) -> FieldName {
        FieldName::new(text).unwrap()
    }

    /// A field's readings, the first one decided; none is a blank field.
    fn value(field: &str, readings: &[&str]) -> FieldValue {
        let content = readings.first().map_or(Content::Blank, |text| Content::Written(Personal::new(*text)));
        FieldValue {
            field: name(field),
            content,
            chance: Chance::Calibrated(0.001, Writing::People),
            provenance: Provenance::Zone(ZONE),
            alternatives: readings.iter().skip(1).map(|text| alternative(*text, 0.3)).collect(),
            doubts: Vec::new(),
            evidence: Vec::new(),
        }
    }

    fn held(rule: GroupRule, content: LineContent, readings: &[(&str, &[&str])]) -> Vec<FieldValue> {
        let mut fields: Vec<FieldValue> = readings.iter().map(|(field, texts)| value(field, texts)).collect();
        let field = |value: &FieldValue| Field {
            name: value.field.clone(),
            label: value.field.as_str().to_uppercase(),
            kind: FieldKind::Line { rect: ZONE, content, pattern: None },
            page: 1,
            required: true,
        };
        let form = Form {
            name: FormName::new("form").unwrap(),
            title: String::new(),
            revision: String::new(),
            page: PageSize { width: 210.0, height: 297.0 },
            blanks: vec![String::new()],
            fields: fields.iter().map(field).collect(),
            groups: vec![Group { name: name("group"), label: String::new(), rule }],
        };
        hold_together(&form, &mut fields, shipped());
        fields
    }

    fn address(postal: &[&str], address: &[&str]) -> Vec<FieldValue> {
        let rule = GroupRule::Address { postal: name("postal"), address: name("address") };
        held(rule, LineContent::Free, &[("postal", postal), ("address", address)])
    }

    fn person(kana: &[&str], kanji: &[&str]) -> Vec<FieldValue> {
        let rule = GroupRule::Person { kana: name("kana"), name: name("name") };
        held(rule, LineContent::Free, &[("kana", kana), ("name", kanji)])
    }

    fn account(bank: &[&str], branch: &[&str], bank_code: &[&str], branch_code: &[&str]) -> Vec<FieldValue> {
        let rule = GroupRule::Account {
            bank: name("bank"),
            branch: name("branch"),
            bank_code: Some(name("bank_code")),
            branch_code: Some(name("branch_code")),
        };
        let readings = [("bank", bank), ("branch", branch), ("bank_code", bank_code), ("branch_code", branch_code)];
        held(rule, LineContent::Free, &readings)
    }

    fn codes(messages: &[Message]) -> Vec<&str> {
        messages.iter().map(|m| m.code.as_ref()).collect()
    }

    fn texts(fields: &[FieldValue]) -> Vec<&str> {
        fields.iter().filter_map(text).collect()
    }

    /// Nothing was said of any field, for or against.
    fn silent(fields: &[FieldValue]) -> bool {
        fields.iter().all(|f| f.doubts.is_empty() && f.evidence.is_empty())
    }

    #[test]
    fn fields_that_agree_are_each_others_evidence_and_no_chance_changes() {
        for fields in [
            address(&["1750094"], &["板橋区成増二丁目48-16"]),
            person(&["イタバシ　ハナコ"], &["板橋　花子"]),
            account(&["三菱UFJ"], &["板橋"], &[], &[]),
        ] {
            assert!(
                fields.iter().all(|f| f.doubts.is_empty() && f.chance == Chance::Calibrated(0.001, Writing::People))
            );
            assert!(fields.iter().take(2).all(|f| codes(&f.evidence) == ["reading.agrees-with"]));
        }
        let fields = address(&["1750094"], &["板橋区成増二丁目48-16"]);
        assert_eq!(fields[0].evidence[0].args["neighbour"], "ADDRESS");
    }

    #[test]
    fn fields_that_cannot_both_be_right_are_both_in_doubt() {
        let wrong = [
            (address(&["1750094"], &["板橋区赤塚二丁目1"]), "reading.postal-code-of-another-town"),
            (person(&["サトウ　ハナコ"], &["板橋　花子"]), "reading.kana-of-another-name"),
            (account(&["三菱UFJ"], &["巣鴨駅前通り"], &[], &[]), "reading.no-such-branch"),
        ];
        for (fields, doubt) in wrong {
            assert!(fields.iter().take(2).all(|f| codes(&f.doubts) == [doubt] && f.evidence.is_empty()), "{doubt}");
        }
    }

    #[test]
    fn no_message_holds_what_was_read() {
        let fields = address(&["1750094"], &["板橋区赤塚二丁目1"]);
        let said = format!("{:?}", fields[0].doubts);
        assert!(!said.contains("赤塚") && !said.contains("成増") && !said.contains("175"));
    }

    #[test]
    fn the_only_other_reading_that_agrees_is_chosen_and_a_person_confirms_it() {
        let fields = address(&["1750084", "1750094", "1150094"], &["板橋区成増二丁目48-16"]);
        assert_eq!(texts(&fields), ["1750094", "板橋区成増二丁目48-16"]);
        assert_eq!(codes(&fields[0].doubts), ["reading.chosen-by-neighbour"]);
        assert_eq!(fields[0].alternatives[0].text.expose(), "1750084", "the first reading is offered first");
        assert!(matches!(fields[0].chance, Chance::Uncalibrated(_)));
        assert!(fields[1].doubts.is_empty() && fields[1].evidence.is_empty(), "what chose is not proved by its choice");

        let fields = person(&["イタハシ　ハナコ", "イタバシ　ハナコ"], &["板橋　花子"]);
        assert_eq!(texts(&fields)[0], "イタバシ　ハナコ");
    }

    #[test]
    fn several_other_readings_that_agree_choose_nothing() {
        let fields = person(&["ナガシマ　ハナコ", "ナカジマ　ハナコ", "ナカシマ　ハナコ"], &["中島　花子"]);
        assert_eq!(texts(&fields)[0], "ナガシマ　ハナコ");
        assert!(fields.iter().all(|f| codes(&f.doubts) == ["reading.kana-of-another-name"]));
    }

    #[test]
    fn of_what_no_list_knows_nothing_follows() {
        assert!(silent(&address(&["0600000"], &["北海道札幌市中央区北一条西2丁目"])));
        assert!(silent(&person(&["グエン　ヴァン"], &["阮　文勇"])));
        assert!(silent(&account(&["どこにもない"], &["板橋"], &[], &[])));
        assert!(silent(&address(&[], &["板橋区成増二丁目48-16"])), "a blank field agrees with nothing");
    }

    #[test]
    fn an_unknown_name_gives_way_to_another_reading_that_its_neighbour_vouches_for() {
        let fields = person(&["イタバシ　ハナコ"], &["坂橘　花子", "板橋　花子"]);
        assert_eq!(texts(&fields)[1], "板橋　花子");
        assert_eq!(codes(&fields[1].doubts), ["reading.chosen-by-neighbour"]);
    }

    #[test]
    fn codes_of_bank_and_branch_must_be_theirs_where_they_are_written() {
        let branch = shipped().banks.codes("三菱UFJ", "板橋")[0].split_at(4).1;
        let right = account(&["三菱UFJ"], &["板橋"], &["0005"], &[branch]);
        assert!(right.iter().all(|f| f.doubts.is_empty() && codes(&f.evidence) == ["reading.agrees-with"]));
        let wrong = account(&["三菱UFJ"], &["板橋"], &["0009"], &[branch]);
        assert!(wrong.iter().all(|f| codes(&f.doubts) == ["reading.no-such-branch"]));
        let mended = account(&["三菱UFJ"], &["板橋"], &["0006", "0005"], &[branch]);
        assert_eq!(texts(&mended)[2], "0005");
    }

    #[test]
    fn a_closed_list_of_the_department_knows_no_other_word() {
        let words = |readings: &[&str]| {
            let rule = GroupRule::Words { field: name("meal"), words: vec!["弁当".to_owned(), "給食".to_owned()] };
            held(rule, LineContent::Free, &[("meal", readings)])
        };
        assert_eq!(codes(&words(&["給食"])[0].evidence), ["reading.one-of-the-words"]);
        assert_eq!(codes(&words(&["絵食"])[0].doubts), ["reading.none-of-the-words"]);
        let chosen = words(&["絵食", "給食"]);
        assert_eq!((texts(&chosen), codes(&chosen[0].doubts)), (vec!["給食"], vec!["reading.chosen-from-the-words"]));
    }

    #[test]
    fn a_relationship_may_be_one_that_no_list_has() {
        let read = |text: &'static str| {
            let rule = GroupRule::Words { field: name("other"), words: Vec::new() };
            held(rule, LineContent::Relationship, &[("relation", &[text])])
        };
        assert_eq!(codes(&read("長男")[0].evidence), ["reading.one-of-the-words"]);
        assert!(silent(&read("はとこ")));
    }
}
