//! Fields that make a calendar day together: the day is derived, and a day that does not exist speaks against each.

use chrono::NaiveDate;

use crate::message;
use crate::model::era::{BadEraDate, Era};
use crate::model::form::{EraSource, Form, Group, GroupRule};
use crate::model::id::FieldName;
use crate::model::message::Message;
use crate::model::value::{Chance, Content, FieldValue, Personal, Provenance};

use super::choose;

/// Adds each group's derived value to the fields, and its doubts to its members.
pub fn derive_groups(groups: &[Group], fields: &mut Vec<FieldValue>) {
    for group in groups.iter().filter(|group| group.rule.is_derived()) {
        if let GroupRule::Date { month, day, .. } = &group.rule {
            choose_by_calendar(month, 12, fields);
            choose_by_calendar(day, 31, fields);
        }
        let members: Vec<FieldName> = group.rule.members().into_iter().cloned().collect();
        let content = value(&group.rule, fields);
        let mut doubts = Vec::new();
        let content = match content {
            Ok(content) => content,
            Err(doubt) => {
                for field in fields.iter_mut().filter(|f| members.contains(&f.field)) {
                    field.doubts.push(doubt.clone());
                }
                doubts.push(doubt);
                Content::Unreadable
            }
        };
        let chance = Chance::of_any(fields.iter().filter(|f| members.contains(&f.field)).map(|f| f.chance));
        fields.push(FieldValue {
            field: group.name.clone(),
            content,
            chance,
            provenance: Provenance::Derived(members),
            alternatives: Vec::new(),
            doubts,
            evidence: Vec::new(),
        });
    }
}

/// Where no month or day has the number that was read, and only one of the other readings is one, that is chosen.
fn choose_by_calendar(name: &FieldName, most: u32, fields: &mut [FieldValue]) {
    let Some(field) = fields.iter_mut().find(|field| field.field == *name) else { return };
    let exists = |text: &str| text.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number));
    if field.content.written().is_none_or(|text| exists(text.expose())) {
        return;
    }
    let mut others = field.alternatives.iter().enumerate().filter(|(_, other)| exists(other.text.expose()));
    if let (Some((index, _)), None) = (others.next(), others.next()) {
        choose(field, index, message!("reading.chosen-by-calendar"));
    }
}

fn value(rule: &GroupRule, fields: &[FieldValue]) -> Result<Content, Message> {
    let GroupRule::Date { era, year, month, day } = rule else { return Ok(Content::Blank) };
    let content = |name: &FieldName| fields.iter().find(|f| f.field == *name).map(|f| &f.content);
    let parts = [content(year), content(month), content(day)];
    let marked = match era {
        EraSource::Printed(_) => None,
        EraSource::Field(name) => Some(content(name)),
    };
    let blank = |part: &Option<&Content>| matches!(part, None | Some(Content::Blank));
    if parts.iter().all(blank) && marked.as_ref().is_none_or(blank) {
        return Ok(Content::Blank);
    }
    let era = match era {
        EraSource::Printed(name) => Some(name.as_str()),
        EraSource::Field(name) => written(content(name)),
    };
    let day = day_of(era, &parts.map(written))?;
    Ok(Content::Written(Personal::new(day.format("%Y-%m-%d").to_string())))
}

fn written(content: Option<&Content>) -> Option<&str> {
    content.and_then(Content::written).map(Personal::expose)
}

/// The day of an era, a year, a month and a day; or why there is none.
fn day_of(era: Option<&str>, parts: &[Option<&str>]) -> Result<NaiveDate, Message> {
    let not_whole = || message!("reading.date-not-whole");
    let era: Era = era.and_then(|name| name.parse().ok()).ok_or_else(not_whole)?;
    let numbers: Option<Vec<u32>> = parts.iter().map(|part| (*part)?.parse().ok()).collect();
    let Some([year, month, day]) = numbers.as_deref() else { return Err(not_whole()) };
    era.day(*year, *month, *day).map_err(|error| match error {
        BadEraDate::OutsideEra => message!("reading.date-outside-era"),
        _ => message!("reading.no-such-date"),
    })
}

/// A date of the form, by the texts of its members.
pub struct Day<'f>(&'f GroupRule);

impl<'f> Day<'f> {
    pub fn called(form: &'f Form, name: &FieldName) -> Option<Self> {
        let date = |rule: &&GroupRule| matches!(rule, GroupRule::Date { .. });
        form.groups.iter().filter(|group| group.name == *name).map(|group| &group.rule).find(date).map(Day)
    }

    pub fn members(&self) -> Vec<&'f FieldName> {
        self.0.members()
    }

    /// In the order of the members; `None` if they name no day.
    pub fn of(&self, texts: &[Option<&str>]) -> Option<NaiveDate> {
        let (era, parts) = match self.0 {
            GroupRule::Date { era: EraSource::Printed(era), .. } => (Some(era.as_str()), texts),
            _ => (*texts.first()?, &texts[1..]),
        };
        day_of(era, parts).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::{Rect, Writing};

    fn field(name: &str, text: &str, chance: f64) -> FieldValue {
        let content = if text.is_empty() { Content::Blank } else { Content::Written(Personal::new(text)) };
        FieldValue {
            field: FieldName::new(name).unwrap(),
            content,
            chance: Chance::Calibrated(chance, Writing::People),
            provenance: Provenance::Zone(Rect { x: 0.0, y: 0.0, width: 1.0, height: 1.0 }),
            alternatives: Vec::new(),
            doubts: Vec::new(),
            evidence: Vec::new(),
        }
    }

    fn derived(era: &str, year: &str, month: &str, day: &str) -> Vec<FieldValue> {
        let name = |n| FieldName::new(n).unwrap();
        let rule =
            GroupRule::Date { era: EraSource::Field(name("era")), year: name("y"), month: name("m"), day: name("d") };
        let mut fields =
            vec![field("era", era, 0.001), field("y", year, 0.002), field("m", month, 0.003), field("d", day, 0.004)];
        derive_groups(&[Group { name: name("birth"), label: String::new(), rule }], &mut fields);
        fields
    }

    fn outcome(fields: &[FieldValue]) -> (Option<&str>, Vec<&str>) {
        let whole = fields.last().unwrap();
        (whole.content.written().map(Personal::expose), whole.doubts.iter().map(|d| d.code.as_ref()).collect())
    }

    #[test]
    fn an_era_a_year_a_month_and_a_day_make_a_day() {
        let fields = derived("昭和", "33", "06", "06");
        assert_eq!(outcome(&fields), (Some("1958-06-06"), vec![]));
        let Chance::Calibrated(chance, _) = fields.last().unwrap().chance else { panic!("all members are calibrated") };
        assert!((chance - 0.010).abs() < 1e-12);
    }

    #[test]
    fn an_impossible_day_puts_every_member_in_doubt() {
        let fields = derived("平成", "05", "02", "30");
        assert_eq!(outcome(&fields), (None, vec!["reading.no-such-date"]));
        assert!(fields.iter().all(|f| f.doubts.len() == 1));
        assert_eq!(outcome(&derived("昭和", "64", "01", "08")).1, ["reading.date-outside-era"]);
    }

    #[test]
    fn a_month_that_does_not_exist_gives_way_to_the_only_other_reading_that_does() {
        let read = |others: &[&str]| {
            let mut fields = vec![field("m", "67", 0.001)];
            fields[0].alternatives = others.iter().map(|text| super::super::alternative(*text, 0.2)).collect();
            choose_by_calendar(&FieldName::new("m").unwrap(), 12, &mut fields);
            let texts = (fields[0].content.written().unwrap().expose().to_owned(), fields[0].alternatives.len());
            (texts, !fields[0].doubts.is_empty())
        };
        assert_eq!(read(&["87", "07"]), (("07".to_owned(), 2), true));
        assert_eq!(read(&["01", "07"]), (("67".to_owned(), 2), false));
    }

    #[test]
    fn nothing_written_is_no_date_and_half_written_is_a_doubt() {
        assert_eq!(derived("", "", "", "").last().unwrap().content, Content::Blank);
        assert_eq!(outcome(&derived("令和", "", "01", "01")).1, ["reading.date-not-whole"]);
    }
}
