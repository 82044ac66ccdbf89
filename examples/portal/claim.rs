//! 認定請求: the fields of the entry page, in one table from which page, confirmation and checks are made.
//! Their names are what the ledger calls them.

use serde::Serialize;

#[derive(Serialize)]
pub struct Section {
    pub title: &'static str,
    pub rows: &'static [Row],
}

/// A line of the page. Several controls make a group with the line's label as its legend.
#[derive(Serialize)]
pub struct Row {
    pub label: &'static str,
    pub note: &'static str,
    pub fields: &'static [Field],
}

#[derive(Serialize)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub required: bool,
    pub control: Control,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    Text { width: u8, max: u8, digits: bool, after: &'static str },
    Select { options: &'static [&'static str] },
    Radio { options: &'static [&'static str] },
}

pub const SECTIONS: &[Section] = &[
    Section {
        title: "請求者",
        rows: &[
            Row {
                label: "請求年月日", note: "例 令和8年4月1日", fields: &[text("submitted", "請求年月日", 18)]
            },
            Row { label: "フリガナ", note: "全角カタカナ", fields: &[text("kana", "フリガナ", 30)] },
            Row { label: "請求者氏名", note: "", fields: &[text("name", "請求者氏名", 30)] },
            Row {
                label: "生年月日",
                note: "",
                fields: &[
                    Field {
                        name: "birth_era",
                        label: "生年月日 元号",
                        required: true,
                        control: Control::Select { options: &["大正", "昭和", "平成", "令和"] },
                    },
                    part("birth_y", "生年月日 年", "年", true),
                    part("birth_m", "生年月日 月", "月", true),
                    part("birth_d", "生年月日 日", "日", true),
                ],
            },
            Row {
                label: "個人番号", note: "半角数字12桁", fields: &[digits("my_number", "個人番号", 12)]
            },
            Row { label: "郵便番号", note: "例 173-8501", fields: &[digits("postal", "郵便番号", 8)] },
            Row { label: "住所", note: "", fields: &[text("address", "住所", 50)] },
            Row {
                label: "電話番号", note: "例 03-3579-2000", fields: &[optional(digits("phone", "電話番号", 15))]
            },
            Row {
                label: "職業",
                note: "",
                fields: &[radio("occupation", "職業", true, &["会社員", "公務員", "自営業", "その他"])],
            },
        ],
    },
    Section {
        title: "振込先口座",
        rows: &[
            Row { label: "金融機関", note: "", fields: &[text("bank", "金融機関", 20)] },
            Row { label: "支店", note: "", fields: &[text("branch", "支店", 20)] },
            Row {
                label: "預金種別", note: "", fields: &[radio("account_type", "預金種別", true, &["普通", "当座"])]
            },
            Row { label: "口座番号", note: "半角数字7桁", fields: &[digits("account_no", "口座番号", 7)] },
        ],
    },
    Section {
        title: "支給対象児童 1",
        rows: &[
            Row { label: "児童1 氏名", note: "", fields: &[text("child1_name", "児童1 氏名", 30)] },
            Row {
                label: "児童1 生年月日",
                note: "令和",
                fields: &[
                    part("child1_y", "児童1 生年月日 年", "年", true),
                    part("child1_m", "児童1 生年月日 月", "月", true),
                    part("child1_d", "児童1 生年月日 日", "日", true),
                ],
            },
            Row {
                label: "児童1 同居の別",
                note: "",
                fields: &[radio("child1_living", "児童1 同居の別", true, &["同居", "別居"])],
            },
        ],
    },
    Section {
        title: "支給対象児童 2",
        rows: &[
            Row { label: "児童2 氏名", note: "", fields: &[optional(text("child2_name", "児童2 氏名", 30))] },
            Row {
                label: "児童2 生年月日",
                note: "令和",
                fields: &[
                    part("child2_y", "児童2 生年月日 年", "年", false),
                    part("child2_m", "児童2 生年月日 月", "月", false),
                    part("child2_d", "児童2 生年月日 日", "日", false),
                ],
            },
            Row {
                label: "児童2 同居の別",
                note: "",
                fields: &[radio("child2_living", "児童2 同居の別", false, &["同居", "別居"])],
            },
        ],
    },
];

pub fn fields() -> impl Iterator<Item = &'static Field> {
    SECTIONS.iter().flat_map(|section| section.rows).flat_map(|row| row.fields)
}

const fn text(name: &'static str, label: &'static str, width: u8) -> Field {
    Field { name, label, required: true, control: Control::Text { width, max: 100, digits: false, after: "" } }
}

const fn digits(name: &'static str, label: &'static str, max: u8) -> Field {
    Field { name, label, required: true, control: Control::Text { width: max + 2, max, digits: true, after: "" } }
}

const fn part(name: &'static str, label: &'static str, after: &'static str, required: bool) -> Field {
    Field { name, label, required, control: Control::Text { width: 3, max: 2, digits: true, after } }
}

const fn radio(name: &'static str, label: &'static str, required: bool, options: &'static [&'static str]) -> Field {
    Field { name, label, required, control: Control::Radio { options } }
}

const fn optional(field: Field) -> Field {
    Field { name: field.name, label: field.label, required: false, control: field.control }
}
