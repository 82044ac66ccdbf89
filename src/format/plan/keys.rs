//! What a plan file may say.

use crate::format::scalar::{self, FISCAL_YEAR, Fault, Scalar, Schema, TEXT};
use crate::format::table::{FileKind, Key, Mapping, Shape, Word, optional, required, word, words};
use crate::format::tree::shown;
use crate::message;

/// The kind of file, for checking and for its JSON Schema.
pub static FILE: FileKind = FileKind { name: "plan", root: &PLAN };

static ID: Scalar =
    Scalar { check: |text| scalar::field_name(text).map(drop), schema: Schema::TextOrNumber, example: "rpa-hours" };

static TARGET: Scalar =
    Scalar { check: |text| number_or(text, &["pending"]), schema: Schema::TextOrNumber, example: "1600" };

static ACTUAL: Scalar =
    Scalar { check: |text| number_or(text, &["done", "partial"]), schema: Schema::TextOrNumber, example: "1644" };

fn number_or(text: &str, allowed: &[&str]) -> Result<(), Fault> {
    if allowed.contains(&text) || scalar::number(text).is_ok() {
        return Ok(());
    }
    let found = shown(text);
    Err(Fault::new(message!("savings.plan-number-or-word", found = found, words = allowed.join(" / "))))
}

const YEARS: Shape = Shape::List { of: &Shape::Scalar(&FISCAL_YEAR), min: 1 };
const MEASURES: Shape = Shape::List { of: &Shape::Map(&MEASURE), min: 1 };
const PUBLISHED_LIST: Shape = Shape::List { of: &Shape::Map(&PUBLISHED), min: 0 };
const INDICATORS: Shape = Shape::List { of: &Shape::Map(&INDICATOR), min: 0 };
const VOLUMES: Shape = Shape::List { of: &Shape::Map(&VOLUME), min: 0 };

static RULES: &[Word] = &[
    word(
        "exceeds-all",
        "数値計画のすべてを上回り、作業もすべて完了なら 達成+",
        "達成+ if every planned number is exceeded and every task is done",
    ),
    word(
        "exceeds-all-met",
        "計画のすべてを達成し、全体として上回れば 達成+",
        "達成+ if everything planned is met and the whole exceeded",
    ),
];

static RATINGS: &[Word] = &[
    word("達成+", "計画を上回る", "above the plan"),
    word("達成", "計画の大部分を達成", "most of the plan is met"),
    word("未達成", "計画の大部分が未達成", "most of the plan is not met"),
];

static KINDS: &[Word] = &[
    word("count", "件数・回数", "a count"),
    word("hours", "時間", "hours"),
    word("percent", "割合（%）", "a share in percent"),
    word("people", "人数", "people"),
    word("views", "閲覧・再生の回数", "views"),
    word("task", "数値のない取組", "a task without a number"),
];

static LEDGER: &[Word] = &[
    word("scenarios", "作成シナリオ数", "scenarios made"),
    word("rpa", "入力の自動化で削減した時間", "hours saved by entering"),
    word("ai-ocr", "読み取りの自動化で削減した時間", "hours saved by reading"),
];

static BASES: &[Word] = &[
    word("gross", "確認・修正の時間を引く前", "before the time people spent is taken off"),
    word("net", "確認・修正の時間を引いた後", "after it"),
];

static OVER_YEARS: &[Word] = &[
    word("sum", "各年度の値を足す", "the years are added up"),
    word("last", "最後の年度の値をとる（総数・割合など）", "the last year's value counts (totals, shares)"),
];

pub static PLAN: Mapping = Mapping {
    name: "plan",
    doc: words("計画", "A plan: measures, indicators, yearly targets"),
    keys: &[&[
        required("title", Shape::Scalar(&TEXT), words("計画の名称", "The plan's title"), "板橋区DX推進計画2025"),
        optional("source", Shape::Scalar(&TEXT), words("出典", "Where its facts come from"), "令和7年9月1日公表"),
        required("years", YEARS, words("対象年度", "Its fiscal years, in order"), "[2024, 2025]"),
        required("rating_rule", Shape::Word(RULES), words("評語の決め方", "How measures are rated"), "exceeds-all"),
        optional(
            "final_rating",
            Shape::Scalar(&FISCAL_YEAR),
            words("全期間を通した最終評価の年度", "Year of the rating over all years together"),
            "2028",
        ),
        required("measures", MEASURES, words("施策", "Measures"), "[]"),
    ]],
    one_of: &[],
};

static MEASURE: Mapping = Mapping {
    name: "measure",
    doc: words("施策", "A measure"),
    keys: &[&[
        required("id", Shape::Scalar(&ID), words("計画内で一意の番号", "Unique in the plan"), "1"),
        required("name", Shape::Scalar(&TEXT), words("施策名", "Its name"), "RPA・AI活用による業務の改善・効率化"),
        optional("group", Shape::Scalar(&TEXT), words("政策の柱", "What it stands under"), "基本方針"),
        optional("owner", Shape::Scalar(&TEXT), words("所管課", "Department in charge"), "IT推進課"),
        optional(
            "published",
            PUBLISHED_LIST,
            words("公表された評語", "Ratings that were published"),
            "[{year: 2024, rating: 達成+}]",
        ),
        required("indicators", INDICATORS, words("指標（事業量）", "Indicators"), "[]"),
    ]],
    one_of: &[],
};

static PUBLISHED: Mapping = Mapping {
    name: "published",
    doc: words("公表された評語", "A rating that was published"),
    keys: &[&[YEAR, required("rating", Shape::Word(RATINGS), words("評語", "The rating"), "達成+")]],
    one_of: &[],
};

const YEAR: Key = required("year", Shape::Scalar(&FISCAL_YEAR), words("年度", "Fiscal year"), "2025");

static INDICATOR: Mapping = Mapping {
    name: "indicator",
    doc: words("指標", "An indicator"),
    keys: &[&[
        required("id", Shape::Scalar(&ID), words("計画内で一意の名前", "Unique in the plan"), "rpa-hours"),
        optional("volume", Shape::Scalar(&TEXT), words("事業量の見出し", "Heading in the plan"), "RPA拡大"),
        required("name", Shape::Scalar(&TEXT), words("指標名", "Its name"), "削減時間"),
        required("kind", Shape::Word(KINDS), words("値の種類", "Kind of value"), "hours"),
        optional("unit", Shape::Scalar(&TEXT), words("単位", "Unit"), "時間"),
        optional(
            "over_years",
            Shape::Word(OVER_YEARS),
            words("最終評価での複数年度の扱い", "How years combine in the final rating"),
            "last",
        ),
        optional(
            "ledger",
            Shape::Word(LEDGER),
            words(
                "削減時間台帳のどの値か。年度に書いた実績はこれに加算",
                "Which figure of the ledger; actuals are added",
            ),
            "rpa",
        ),
        optional("basis", Shape::Word(BASES), words("目標と比べる時間", "Hours held against the target"), "gross"),
        optional("years", VOLUMES, words("年度ごとの計画と実績", "Years"), "[{year: 2025, target: 1600}]"),
    ]],
    one_of: &[],
};

static VOLUME: Mapping = Mapping {
    name: "volume",
    doc: words("年度の計画と実績", "One year's plan and result"),
    keys: &[&[
        YEAR,
        optional(
            "target",
            Shape::Scalar(&TARGET),
            words("計画の数値。調整中は pending", "A number, or pending"),
            "1600",
        ),
        optional("target_note", Shape::Scalar(&TEXT), words("計画の記載", "The plan's own words"), "拡大"),
        optional(
            "actual",
            Shape::Scalar(&ACTUAL),
            words("実績の数値、または done / partial", "A number, or done / partial"),
            "1644",
        ),
        optional("actual_note", Shape::Scalar(&TEXT), words("実績の記載・出典", "The results' own words"), "検討"),
    ]],
    one_of: &[],
};
