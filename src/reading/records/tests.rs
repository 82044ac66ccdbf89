use super::*;
use crate::model::form::LinePattern;
use crate::model::id::{FieldName, FormName};
use crate::model::record::{CellShape, RecordField};
use crate::model::value::{Chance, Content, Provenance};

fn field(name: &str, column: &str, shape: CellShape) -> RecordField {
    let name = FieldName::new(name).unwrap();
    RecordField { name, label: column.to_owned(), column: column.to_owned(), required: true, shape, longest: 20 }
}

fn layout(encoding: Encoding) -> RecordLayout {
    let memo = RecordField { required: false, ..field("memo", "備考", CellShape::Lines) };
    RecordLayout {
        name: FormName::new("denshi").unwrap(),
        title: "電子申請".to_owned(),
        encoding,
        fields: vec![field("name", "氏名", CellShape::Text), field("postal", "郵便番号", CellShape::PostalCode), memo],
        unused: vec!["到達番号".to_owned()],
    }
}

fn read_as(file: &[u8], encoding: Encoding) -> Result<Vec<Sheet>, String> {
    let mut sheets = Vec::new();
    match read_rows(file, &layout(encoding), |sheet| sheets.push(sheet)) {
        Ok(()) => Ok(sheets),
        Err(DecodeError::Undecodable(why) | DecodeError::OverCap(why)) => Err(why.code.into_owned()),
    }
}

fn read(text: &str) -> Result<Vec<Sheet>, String> {
    read_as(text.as_bytes(), Encoding::Utf8)
}

/// Each row: what was refused, or each cell with its doubt.
fn told(sheets: &[Sheet]) -> Vec<String> {
    let cell = |value: &FieldValue| {
        let text = match &value.content {
            Content::Written(text) => text.expose().to_owned(),
            Content::Blank => "-".to_owned(),
            Content::Unreadable => "?".to_owned(),
        };
        value.doubts.iter().fold(text, |text, doubt| format!("{text} ({})", doubt.code))
    };
    let row = |sheet: &Sheet| match &sheet.outcome {
        SheetOutcome::Read { fields, .. } => fields.iter().map(cell).collect::<Vec<_>>().join(" | "),
        SheetOutcome::Refused { why, .. } => why.code.to_string(),
    };
    sheets.iter().map(row).collect()
}

const HEADER: &str = "到達番号,氏名,郵便番号,備考\r\n";

#[test]
fn a_row_becomes_values_that_were_given_and_not_read() {
    let sheets = read(&format!("\u{feff}{HEADER}1,髙橋　花子,173-8501,\"二行の\r\n備考\"\r\n")).unwrap();
    assert_eq!(told(&sheets), ["髙橋　花子 | 173-8501 | 二行の\n備考"]);
    let SheetOutcome::Read { fields, registration, .. } = &sheets[0].outcome else { panic!("{sheets:?}") };
    assert_eq!(*registration, None);
    assert_eq!(fields[0].provenance, Provenance::Column("氏名".to_owned()));
    assert!(fields.iter().all(|f| f.chance == Chance::NotRead && f.doubts.is_empty()));
}

#[test]
fn columns_may_stand_in_any_order() {
    let sheets = read("備考,郵便番号,到達番号,氏名\n,1738501,1,板橋　花子\n").unwrap();
    assert_eq!(told(&sheets), ["板橋　花子 | 1738501 | -"]);
}

#[test]
fn what_cp932_has_beyond_jis_arrives_as_it_is_and_what_it_has_not_spoils_its_cell_only() {
    let mut file = encoding_rs::SHIFT_JIS.encode(HEADER).0.into_owned();
    // 髙﨑 as Windows writes them, then a lead byte without its second, then a private character (外字).
    file.extend(
        b"1,\xFB\xFC\xFA\xB1,1738501,\r\n2,\x94,1738501,\r\n3,\xF0\x40,1738501,\r\n4,\x94\xC2\x8B\xB4,1738501,\\\r\n",
    );
    let sheets = read_as(&file, Encoding::Cp932).unwrap();
    let wanted = [
        "髙﨑 | 1738501 | -",
        "? (reading.cell-undecodable) | 1738501 | -",
        "\u{E000} (reading.cell-private-character) | 1738501 | -",
        "板橋 | 1738501 | \\",
    ];
    assert_eq!(told(&sheets), wanted);
}

#[test]
fn a_bad_row_fails_alone_and_a_bad_cell_is_a_doubt() {
    let long = "あ".repeat(21);
    let rows = format!(
        "1,板橋　花子,1738501,\n2,赤塚　太郎,173850\n,,,\n3,{long},17385,a\u{1}b\n4,\" \",１７３８５０１,\n5,,1738501,\n6,\"a\nb\",1738501,\n"
    );
    let sheets = read(&format!("{HEADER}{rows}")).unwrap();
    let wanted = [
        "板橋　花子 | 1738501 | -".to_owned(),
        "reading.row-cell-count".to_owned(),
        "reading.empty-row".to_owned(),
        format!(
            "{long} (reading.cell-too-long) | 17385 (reading.cell-no-postal-code) | ? (reading.cell-control-character)"
        ),
        "  (reading.cell-only-spaces) | １７３８５０１ (reading.cell-no-postal-code) | -".to_owned(),
        "- (reading.cell-missing) | 1738501 | -".to_owned(),
        "a\nb (reading.cell-several-lines) | 1738501 | -".to_owned(),
    ];
    assert_eq!(told(&sheets), wanted);
    let SheetOutcome::Refused { why, .. } = &sheets[1].outcome else { panic!("{sheets:?}") };
    assert_eq!((why.args["line"].as_str(), why.args["found"].as_str()), ("3", "3"));
}

#[test]
fn a_row_over_its_size_is_refused_and_the_next_is_read() {
    let sheets = read(&format!("{HEADER}1,{},1738501,\n2,板橋　花子,1738501,\n", "x".repeat(LONGEST_ROW))).unwrap();
    assert_eq!(told(&sheets), ["reading.row-too-long", "板橋　花子 | 1738501 | -"]);
}

#[test]
fn what_looks_like_a_formula_is_text() {
    let sheets = read(&format!("{HEADER}1,=cmd|' /C calc'!A0,1738501,@SUM(1)\n")).unwrap();
    assert_eq!(told(&sheets), ["=cmd|' /C calc'!A0 | 1738501 | @SUM(1)"]);
}

#[test]
fn a_file_that_is_no_such_export_is_refused_as_a_whole() {
    let row = "1,板橋　花子,1738501,\n";
    let cp932 = encoding_rs::SHIFT_JIS.encode(HEADER).0.into_owned();
    assert_eq!(read("").unwrap_err(), "reading.empty-export");
    assert_eq!(read("\n\n").unwrap_err(), "reading.empty-export");
    assert_eq!(read(HEADER).unwrap_err(), "reading.no-applications");
    assert_eq!(read(&format!("到達番号,氏名,郵便番号\n{row}")).unwrap_err(), "reading.other-header");
    assert_eq!(read(&format!("到達番号,氏名,郵便番号,備考,職業\n{row}")).unwrap_err(), "reading.other-header");
    assert_eq!(read(&format!("到達番号,氏名,氏名,備考\n{row}")).unwrap_err(), "reading.column-twice");
    assert_eq!(read(&format!("{HEADER}1,\"板橋,1738501,\n{row}")).unwrap_err(), "reading.broken-quotation");
    assert_eq!(read_as(&cp932, Encoding::Utf8).unwrap_err(), "reading.other-encoding");
    assert_eq!(read_as(HEADER.as_bytes(), Encoding::Cp932).unwrap_err(), "reading.other-encoding");
    assert_eq!(read("\u{0}\u{1}\u{2}").unwrap_err(), "reading.other-header");
    assert_eq!(read_as(b"\xFF\xFE\x00", Encoding::Utf8).unwrap_err(), "reading.header-undecodable");
    assert_eq!(read(&(HEADER.to_owned() + &row.repeat(10_001))).unwrap_err(), "reading.too-many-rows");
    assert_eq!(read(&(HEADER.to_owned() + &row.repeat(10_000))).unwrap().len(), 10_000);
}

#[test]
fn what_a_document_keeps_is_its_own_row_and_reads_as_an_export_of_itself() {
    let (first, second) = ("1,板橋　花子,1738501,\"a\r\nb\"\r\n", "2,赤塚　太郎,1750092,");
    for between in ["", "\r\n"] {
        let sheets = read(&format!("{HEADER}{between}{first}{between}{second}")).unwrap();
        let kept: Vec<&[u8]> = sheets
            .iter()
            .map(|sheet| match &sheet.original {
                Original::Row { csv } => csv.as_slice(),
                Original::Paper { .. } => panic!("a page"),
            })
            .collect();
        assert_eq!(kept, [format!("{HEADER}{first}").as_bytes(), format!("{HEADER}{second}").as_bytes()]);
        for (own, sheet) in kept.iter().zip(&sheets) {
            assert_eq!(told(&read_as(own, Encoding::Utf8).unwrap()), told(std::slice::from_ref(sheet)));
        }
    }
}

#[test]
fn every_shape_knows_what_belongs_there() {
    let seen = |shape: CellShape, text: &str| match shape::in_shape(&shape, text) {
        Ok(normal) => normal,
        Err(doubt) => doubt.code.into_owned(),
    };
    let pattern = || CellShape::Pattern { pattern: LinePattern::new("AA9999").unwrap() };
    let choice = || CellShape::Choice { options: vec!["普通".to_owned(), "当座".to_owned()] };
    let seven = || CellShape::Digits { count: Some(7) };
    #[rustfmt::skip]
    let table = [
        (CellShape::Date, "2026-04-01", "2026-04-01"), (CellShape::Date, "2026/4/1", "2026-04-01"),
        (CellShape::Date, "20260401", "2026-04-01"), (CellShape::Date, "令和8年4月1日", "2026-04-01"),
        (CellShape::Date, "平成元年1月8日", "1989-01-08"), (CellShape::Date, "2026-02-30", "reading.cell-no-day"),
        (CellShape::Date, "26/4/1", "reading.cell-no-day"), (CellShape::Date, "平成40年1月1日", "reading.cell-no-day"),
        (CellShape::Kana, "イタバシ　ハナコ", "イタバシ　ハナコ"), (CellShape::Kana, "いたばし", "reading.cell-no-kana"),
        (CellShape::Kana, "ｲﾀﾊﾞｼ", "reading.cell-no-kana"), (CellShape::Phone, "03-3964-1111", "03-3964-1111"),
        (CellShape::Phone, "09012345678", "09012345678"), (CellShape::Phone, "3964-1111", "reading.cell-no-phone"),
        (seven(), "0123456", "0123456"), (seven(), "123456", "reading.cell-not-so-many-digits"),
        (CellShape::Digits { count: None }, "12a", "reading.cell-no-digits"),
        (CellShape::MyNumber, "123456789018", "123456789018"), (CellShape::MyNumber, "123456789019", "reading.cell-check-digit"),
        (CellShape::MyNumber, "12345678901", "reading.cell-not-so-many-digits"),
        (CellShape::CorporateNumber, "7000012050002", "7000012050002"),
        (CellShape::CorporateNumber, "7000012050003", "reading.cell-check-digit"),
        (choice(), "普通", "普通"), (choice(), "貯蓄", "reading.cell-no-option"),
        (pattern(), "AB1234", "AB1234"), (pattern(), "ab1234", "reading.cell-no-pattern"),
    ];
    for (shape, text, wanted) in table {
        assert_eq!(seen(shape.clone(), text), wanted, "{shape:?} {text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic_and_no_row_is_lost(rows in proptest::collection::vec("[a-z髙,\"\r\n=\u{1}]{0,12}", 0..20)) {
        let file = HEADER.to_owned() + &rows.join("\n");
        for encoding in Encoding::ALL {
            if let Ok(sheets) = read_as(file.as_bytes(), encoding) {
                let numbers: Vec<u16> = sheets.iter().map(|sheet| sheet.page).collect();
                let wanted: Vec<u16> = (1..).take(sheets.len()).collect();
                proptest::prop_assert_eq!(numbers, wanted);
            }
        }
    }

    #[test]
    fn no_bytes_whatever_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        for encoding in Encoding::ALL {
            let _ = read_as(&bytes, encoding);
        }
    }
}
