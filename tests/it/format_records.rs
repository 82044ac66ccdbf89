//! Mistakes in scenarios whose documents come as records: each is told by its own message at its place.

use jitan::format::load_folder;
use jitan::locale::Lang;

use super::scenario_folder::{Folder, Mistake, each_is_told};

/// The shipped scenario of records, to be broken.
fn shipped() -> Folder {
    Folder::shipped("jido-teate-denshi", &[SCENARIO, RECORDS])
}

const SCENARIO: &str = "scenario.yaml";
const RECORDS: &str = "records.yaml";

#[rustfmt::skip]
const MISTAKES: &[Mistake] = &[
    (SCENARIO, "records: records.yaml", "records: other.yaml", "format.missing-file"),
    (SCENARIO, "records: records.yaml", "records: ../records.yaml", "format.path-leaves-folder"),
    (SCENARIO, "records: records.yaml", "records: [records.yaml]", "format.expected-value"),
    (SCENARIO, "records: records.yaml\n", "", "format.one-key-needed"),
    (SCENARIO, "records: records.yaml", "records: records.yaml\nforms: [form.yaml]", "format.keys-exclude"),
    (SCENARIO, "records: records.yaml", "records: records.yaml\nreading: {bound: 1%}", "format.nothing-is-read"),
    (SCENARIO, "    entering: 7m", "    entering: 7m\n    reading: 2m", "format.nothing-is-read"),
    (SCENARIO, "  - click: {button: 確認画面へ}", "  - upload: {label: 添付}\n  - click: {button: 確認画面へ}", "format.no-scan-to-upload"),
    (SCENARIO, "$phone", "$fone", "format.unknown-field"),
    (SCENARIO, "$family ~ \"　\" ~ $given", "$family ~ \"　\" ~ $givn", "format.unknown-field"),
    (SCENARIO, "[my_number, applied]", "[my_number, aplied]", "format.unknown-field"),
    (RECORDS, "encoding: cp932", "encoding: cp923", "format.unknown-word"),
    (RECORDS, "encoding: cp932\n", "", "format.missing-key"),
    (RECORDS, "column: 申請日, ", "", "format.missing-key"),
    (RECORDS, "name: given,", "name: family,", "format.name-twice"),
    (RECORDS, "column: 名,", "column: 氏,", "format.column-twice"),
    (RECORDS, "[到達番号, 備考]", "[到達番号, 住所]", "format.column-twice"),
    (RECORDS, "kind: my-number", "kind: my-nunber", "format.unknown-word"),
    (RECORDS, "kind: digits, count: 7", "kind: digits, count: 0", "format.out-of-range"),
    (RECORDS, "kind: digits, count: 7", "kind: date, count: 7", "format.key-of-other-kind"),
    (RECORDS, "kind: choice, options: [普通, 当座]", "kind: choice", "format.kind-needs-key"),
    (RECORDS, "kind: choice, options: [普通, 当座]", "kind: choice, options: [普通]", "format.too-few-items"),
    (RECORDS, "kind: digits, count: 7", "kind: pattern", "format.kind-needs-key"),
    (RECORDS, "longest: 50", "longest: many", "format.bad-whole-number"),
    (RECORDS, "required: false", "required: no", "format.bad-boolean"),
    (RECORDS, "unused:", "ignored:", "format.unknown-key"),
];

#[test]
fn each_mistake_is_told_by_its_own_message() {
    each_is_told(MISTAKES, shipped);
}

#[test]
fn a_mistake_in_an_expression_is_marked_at_its_word() {
    let folder = shipped();
    folder.change(SCENARIO, "$applied | era_date", "$applied | era_dat");
    folder.change(SCENARIO, "value: $family ~ \"　\" ~ $given}", "value: $family ~ \"　\" ~ given}");
    folder.change(SCENARIO, "when: $child2_name != \"\"", "when: $child2_nama != \"\"");
    folder.change(SCENARIO, "when: $child2_name != \"\"", "when: $child2_name");
    let broken = load_folder(&folder.path).unwrap_err();
    insta::assert_snapshot!(broken.render(Lang::Ja), @r##"
    scenario.yaml:29:44: 「era_dat」という書き換えはありません
       29 |   - fill: {label: 請求年月日, value: $applied | era_dat}
          |                                                 ^^^^^^^
          = ヒント: 「era_date」のことですか

    scenario.yaml:31:49: 「given」は項目でも引用符で囲んだ文字でもありません
       31 |   - fill: {label: 請求者氏名, value: $family ~ "　" ~ given}
          |                                                       ^^^^^
          = ヒント: 項目の値なら $given と書きます

    scenario.yaml:52:11: 「child2_nama」という項目はありません
       52 |     when: $child2_nama != ""
          |           ^^^^^^^^^^^^
          = ヒント: 「child2_name」のことですか

    scenario.yaml:54:11: この式は条件（真か偽か）になりません
       54 |     when: $child2_name
          |           ^^^^^^^^^^^^
          = ヒント: 例 → $category == "一般"、$child2_name != ""（空欄でない）、
                    $kind in ["新規", "変更"]
    "##);
    insta::assert_snapshot!(broken.render(Lang::En), @r##"
    scenario.yaml:29:44: there is no filter `era_dat`
       29 |   - fill: {label: 請求年月日, value: $applied | era_dat}
          |                                                 ^^^^^^^
          = hint: did you mean `era_date`?

    scenario.yaml:31:49: `given` is neither a field nor a text in quotation marks
       31 |   - fill: {label: 請求者氏名, value: $family ~ "　" ~ given}
          |                                                       ^^^^^
          = hint: for the field's value write $given

    scenario.yaml:52:11: there is no field called `child2_nama`
       52 |     when: $child2_nama != ""
          |           ^^^^^^^^^^^^
          = hint: did you mean `child2_name`?

    scenario.yaml:54:11: this expression is no condition that holds or does not
       54 |     when: $child2_name
          |           ^^^^^^^^^^^^
          = hint: for example $category == "一般", $child2_name != "" (not blank),
                  $kind in ["新規", "変更"]
    "##);
}
