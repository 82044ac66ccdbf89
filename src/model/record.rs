//! 申請データの定義: the columns of an export of electronic applications, one application a row. An export with other
//! columns is another layout.

use serde::{Deserialize, Serialize};

use super::form::LinePattern;
use super::id::{FieldName, FormName};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLayout {
    pub name: FormName,
    /// What the applications are called.
    pub title: String,
    pub encoding: Encoding,
    /// In the order in which a person would check them.
    pub fields: Vec<RecordField>,
    /// Columns that the export has and nobody needs.
    pub unused: Vec<String>,
}

impl RecordLayout {
    pub fn field(&self, name: &FieldName) -> Option<&RecordField> {
        self.fields.iter().find(|field| field.name == *name)
    }

    /// Every column that the export has.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| &field.column).chain(&self.unused).map(String::as_str)
    }
}

/// How an export writes its characters. It is stated, not guessed: a wrong guess is a wrong name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// With or without a byte order mark.
    Utf8,
    /// Shift_JIS as Windows writes it, with 髙 and 﨑.
    Cp932,
}

impl Encoding {
    pub const ALL: [Encoding; 2] = [Encoding::Utf8, Encoding::Cp932];

    /// As layouts call it.
    pub fn word(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Cp932 => "cp932",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordField {
    pub name: FieldName,
    /// As the department calls it: shown in review and reports.
    pub label: String,
    /// The column's heading, exactly.
    pub column: String,
    /// An empty required cell waits for a person.
    pub required: bool,
    pub shape: CellShape,
    /// More characters than these wait for a person.
    pub longest: usize,
}

/// What may stand in a cell. What does not fit waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum CellShape {
    /// One line of anything.
    Text,
    /// Several lines.
    Lines,
    /// Half-width digits, so many if that is known.
    Digits { count: Option<usize> },
    /// A day: `2026-04-01`, `2026/4/1` or `令和8年4月1日`; steps see `2026-04-01`.
    Date,
    /// Full-width katakana.
    Kana,
    /// Seven digits, with or without a hyphen.
    PostalCode,
    /// Ten or eleven digits, with or without hyphens.
    Phone,
    /// 個人番号
    MyNumber,
    /// 法人番号
    CorporateNumber,
    /// One of these words.
    Choice { options: Vec<String> },
    /// A capital for every `A`, a digit for every `9`, any other sign for itself.
    Pattern { pattern: LinePattern },
}
