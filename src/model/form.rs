//! 帳票定義: the places and kinds of a paper form's fields. A revision of a form is another form.

use serde::{Deserialize, Serialize};

use super::id::FieldName;
use super::id::FormName;
use super::value::Rect;

/// One page of paper, or several that belong together, with printed places to write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    pub name: FormName,
    /// As printed at its head.
    pub title: String,
    /// Revision as the office calls it, such as `令和8年版`.
    pub revision: String,
    /// Of every page.
    pub page: PageSize,
    /// File names of the blank's pictures beside the form definition, one for each page in order.
    pub blanks: Vec<String>,
    /// In the order a person would read them.
    pub fields: Vec<Field>,
    /// What must hold between fields.
    pub groups: Vec<Group>,
}

impl Form {
    pub fn field(&self, name: &FieldName) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == *name)
    }

    /// How many pages one document has: at least 1.
    pub fn page_count(&self) -> u16 {
        u16::try_from(self.blanks.len()).unwrap_or(u16::MAX)
    }

    /// One page, from 1, as if it were all of the form: what lays a scan on it and reads it. What must hold between
    /// fields is for the whole form.
    #[must_use]
    pub fn only_page(&self, page: u16) -> Form {
        Form {
            blanks: self.blanks.iter().skip(usize::from(page) - 1).take(1).cloned().collect(),
            fields: self.fields.iter().filter(|field| field.page == page).cloned().collect(),
            groups: Vec::new(),
            name: self.name.clone(),
            title: self.title.clone(),
            revision: self.revision.clone(),
            page: self.page,
        }
    }

    /// Pages that nothing written on them ties to the first one: two sheets that a feeder took for one would put the
    /// back of one application behind the front of another, and nobody would see it.
    pub fn untied_pages(&self) -> Vec<u16> {
        let page_of = |name: &FieldName| self.field(name).map(|field| field.page);
        let ties: Vec<Vec<u16>> = self
            .groups
            .iter()
            .filter_map(|group| match &group.rule {
                GroupRule::Same { fields } => Some(fields.iter().filter_map(page_of).collect()),
                _ => None,
            })
            .collect();
        let mut tied = vec![1];
        while let Some(tie) = ties
            .iter()
            .find(|tie| tie.iter().any(|page| tied.contains(page)) && tie.iter().any(|page| !tied.contains(page)))
        {
            tied.extend(tie);
        }
        (2..=self.page_count()).filter(|page| !tied.contains(page)).collect()
    }

    /// Every name a step may refer to: fields and values derived from groups.
    pub fn names(&self) -> impl Iterator<Item = &FieldName> {
        let derived = self.groups.iter().filter(|group| group.rule.is_derived());
        self.fields.iter().map(|f| &f.name).chain(derived.map(|g| &g.name))
    }
}

/// Millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PageSize {
    pub width: f64,
    pub height: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub name: FieldName,
    /// As the department calls it: shown in review and reports.
    pub label: String,
    pub kind: FieldKind,
    /// On which page it stands, from 1.
    pub page: u16,
    /// An empty required field waits for a person.
    pub required: bool,
}

impl Field {
    /// The smallest rectangle that holds everything that may be written for this field.
    pub fn extent(&self) -> Option<Rect> {
        self.kind.places().into_iter().reduce(Rect::union)
    }
}

/// What is written in a field, and so how it is read and what can speak against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FieldKind {
    /// One digit a box, in reading order.
    Digits { cells: Vec<Rect>, check: DigitsCheck },
    /// One katakana a box; an empty box between two written ones separates family and given name.
    Kana { cells: Vec<Rect> },
    /// A free line. With a pattern only what fits it can stand there.
    Line {
        rect: Rect,
        content: LineContent,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<LinePattern>,
    },
    /// One of several options, marked with a tick or a circle.
    Choice { options: Vec<ChoiceOption> },
    /// A printed code that machines read. With a pattern only what fits it can stand there.
    Code {
        rect: Rect,
        codes: Vec<CodeKind>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<LinePattern>,
    },
}

impl FieldKind {
    /// Every place where something may be written: boxes, a line, the options.
    pub fn places(&self) -> Vec<Rect> {
        match self {
            FieldKind::Digits { cells, .. } | FieldKind::Kana { cells } => cells.clone(),
            FieldKind::Line { rect, .. } | FieldKind::Code { rect, .. } => vec![*rect],
            FieldKind::Choice { options } => options.iter().map(|option| option.rect).collect(),
        }
    }
}

/// A code that machines read, by its standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeKind {
    /// JIS X 0510; eL-QR of payment slips, My Number cards' forms.
    Qr,
    /// JIS X 0507 (JAN, 8 or 13 digits with a check digit).
    Jan,
    /// JIS X 0504; GS1-128 of convenience stores' slips.
    #[serde(rename = "code-128")]
    Code128,
    /// JIS X 0503.
    #[serde(rename = "code-39")]
    Code39,
    /// JIS X 0506 (Codabar).
    #[serde(rename = "nw-7")]
    Nw7,
    /// JIS X 0505 (interleaved 2 of 5).
    Itf,
}

impl CodeKind {
    pub const ALL: [CodeKind; 6] =
        [CodeKind::Qr, CodeKind::Jan, CodeKind::Code128, CodeKind::Code39, CodeKind::Nw7, CodeKind::Itf];

    /// As form definitions call it.
    pub fn word(self) -> &'static str {
        match self {
            CodeKind::Qr => "qr",
            CodeKind::Jan => "jan",
            CodeKind::Code128 => "code-128",
            CodeKind::Code39 => "code-39",
            CodeKind::Nw7 => "nw-7",
            CodeKind::Itf => "itf",
        }
    }
}

/// What a row of digits must satisfy by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DigitsCheck {
    None,
    /// 個人番号: 12 digits with a check digit (番号法施行令 / 総務省令).
    MyNumber,
    /// 法人番号: 13 digits with a check digit (法人番号の指定等に関する省令).
    CorporateNumber,
    /// 郵便番号: 7 digits.
    PostalCode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineContent {
    Free,
    PersonalName,
    Address,
    Phone,
    Bank,
    Branch,
    /// A name in katakana.
    Kana,
    /// 続柄.
    Relationship,
    Occupation,
}

/// What characters a line holds, place by place: `A` for a capital, `9` for a digit, any other for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinePattern(String);

/// One place of a line's pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternPlace {
    Capital,
    Digit,
    Itself(char),
}

impl LinePattern {
    /// `None` if it has no places, or one that no writing can fill: a space or a control character.
    pub fn new(text: &str) -> Option<Self> {
        let writable = |c: char| !c.is_whitespace() && !c.is_control();
        (!text.is_empty() && text.chars().all(writable)).then(|| Self(text.to_owned()))
    }

    /// As its author wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn fits(&self, text: &str) -> bool {
        let fit = |(place, c): (PatternPlace, char)| match place {
            PatternPlace::Capital => c.is_ascii_uppercase(),
            PatternPlace::Digit => c.is_ascii_digit(),
            PatternPlace::Itself(own) => c == own,
        };
        self.places().count() == text.chars().count() && self.places().zip(text.chars()).all(fit)
    }

    pub fn places(&self) -> impl Iterator<Item = PatternPlace> {
        self.0.chars().map(|c| match c {
            'A' => PatternPlace::Capital,
            '9' => PatternPlace::Digit,
            other => PatternPlace::Itself(other),
        })
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// What choosing it means, usually its printed word.
    pub value: String,
    pub rect: Rect,
    pub style: MarkStyle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkStyle {
    /// A small box to tick, cross or fill.
    Tick,
    /// A printed word to circle.
    Circle,
}

/// Fields that bear on each other: they mean one thing together, or agree if they were read right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub name: FieldName,
    pub label: String,
    pub rule: GroupRule,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum GroupRule {
    /// A calendar day in a Japanese era: derived as `YYYY-MM-DD`. A day that does not exist, or not in that era, puts
    /// every member in doubt.
    Date { era: EraSource, year: FieldName, month: FieldName, day: FieldName },
    /// The postal code stands for the town that the address begins with.
    Address { postal: FieldName, address: FieldName },
    /// The kana are a reading of the name.
    Person { kana: FieldName, name: FieldName },
    /// The bank has the branch, and the codes, where the form asks for them, are theirs.
    Account { bank: FieldName, branch: FieldName, bank_code: Option<FieldName>, branch_code: Option<FieldName> },
    /// What is written is one of the words that the department states.
    Words { field: FieldName, words: Vec<String> },
    /// The amounts of the parts add up to the total.
    Sum { parts: Vec<FieldName>, total: FieldName },
    /// Somebody born on one day is so old on the other: names of dates of this form.
    Age { age: FieldName, born: FieldName, on: FieldName },
    /// The same is written in each of them. Between pages this is what shows that they belong together.
    Same { fields: Vec<FieldName> },
}

impl GroupRule {
    /// Whether the group has a value of its own, made from its members, to which steps can refer by the group's name.
    pub fn is_derived(&self) -> bool {
        matches!(self, GroupRule::Date { .. })
    }

    /// The fields that it is about.
    pub fn members(&self) -> Vec<&FieldName> {
        match self {
            GroupRule::Date { era, year, month, day } => {
                let mut members = vec![year, month, day];
                if let EraSource::Field(field) = era {
                    members.insert(0, field);
                }
                members
            }
            GroupRule::Address { postal, address } => vec![postal, address],
            GroupRule::Person { kana, name } => vec![kana, name],
            GroupRule::Account { bank, branch, bank_code, branch_code } => {
                [bank, branch].into_iter().chain(bank_code).chain(branch_code).collect()
            }
            GroupRule::Words { field, .. } => vec![field],
            GroupRule::Sum { parts, total } => std::iter::once(total).chain(parts).collect(),
            GroupRule::Age { age, .. } => vec![age],
            GroupRule::Same { fields } => fields.iter().collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EraSource {
    /// Printed on the form, such as `令和`.
    Printed(String),
    /// Marked by the writer.
    Field(FieldName),
}
