//! Steps on a web system: the words with which scenarios and targets say what a person would do on its pages.

use super::expression::CONDITION;
use super::flow::ROW;
use super::http::{HTTP_SEARCH, HTTP_STEP, HTTP_SUBMIT};
use super::scalar::{self, Scalar, Schema};
use super::table::{Key, Mapping, Shape, Word, default, optional, required, word, words};

/// A value as one text: with a `$` in it an expression, else it stands for itself.
static VALUE_TEXT: Scalar =
    Scalar { check: |t| scalar::text(t).map(drop), schema: Schema::TextOrNumber, example: "$my_number" };
static PATH_PATTERN: Scalar = Scalar {
    check: |t| scalar::path(t).map(drop),
    schema: Schema::Text { pattern: Some("^/") },
    example: "/entry/confirm",
};

static NTH_OR_ROW: Scalar = Scalar {
    check: |t| if t == ROW { Ok(()) } else { scalar::nth(t).map(drop) },
    schema: Schema::TextOrNumber,
    example: "2",
};

/// One of these names something on the page.
static LOCATOR_KEYS: [Key; 13] = [
    optional("label", TEXT, words("入力欄の見出し（ラベル）", "a control by its label"), "請求者氏名"),
    optional("button", TEXT, words("ボタンの文字", "a button by its text"), "登録する"),
    optional("link", TEXT, words("リンクの文字", "a link by its text"), "新規登録"),
    optional(
        "text",
        TEXT,
        words("画面に表示される文字", "the innermost element that contains this text"),
        "登録が完了しました",
    ),
    optional(
        "place",
        Shape::Scalar(&scalar::FIELD),
        words("入力先（targets/）で名前を付けた部品", "a place that the target names"),
        "登録ボタン",
    ),
    optional("placeholder", TEXT, words("入力欄に薄く表示される文字", "a control by its placeholder"), "例）1750094"),
    optional("role", TEXT, words("ARIA の役割", "an element by its ARIA role"), "alert"),
    optional("name", TEXT, words("role と組で使う、読み上げ名", "accessible name; together with role"), "エラー"),
    optional(
        "css",
        TEXT,
        words("CSS セレクター（ほかに手がないときだけ）", "a CSS selector, as the last resort"),
        "\"#receipt-no\"",
    ),
    optional(
        "in",
        TEXT,
        words("この見出しの部分の中だけを探す", "only within the part that this heading, legend or label names"),
        "児童1",
    ),
    optional("right_of", TEXT, words("この文字のすぐ右にあるもの", "the nearest to the right of this text"), "開始日"),
    optional("below", TEXT, words("この文字のすぐ下にあるもの", "the nearest below this text"), "開始日"),
    optional(
        "nth",
        Shape::Scalar(&NTH_OR_ROW),
        words("当てはまるもののうち何番目か（1から数える）", "of several, the n-th, counted from 1"),
        "2",
    ),
];
const TEXT: Shape = Shape::Scalar(&scalar::TEXT);
const ONE_LOCATOR: &[&[&str]] = &[&["place", "label", "button", "link", "text", "placeholder", "role", "css"]];

pub static LOCATOR: Mapping = Mapping {
    name: "locator",
    doc: words(
        "画面の部品の指定。人に見えるとおりの文字で書く。ちょうど1つに決まらなければ待ち、時間切れで止まる",
        "something on a page, named as people see it; exactly one must match",
    ),
    keys: &[&LOCATOR_KEYS],
    one_of: ONE_LOCATOR,
};
pub const LOCATOR_SHAPE: Shape = Shape::Map(&LOCATOR);

static ACCOUNT: [Word; 2] = [
    word("user", "入力先の利用者ID", "the target account's user name"),
    word("password", "入力先のパスワード", "the target account's password"),
];
static VALUE: Mapping = Mapping {
    name: "value",
    doc: words("入力する値", "the value to enter"),
    keys: &[&[
        optional(
            "text",
            TEXT,
            words("決まった文字。「$」を含んでもよい", "a fixed text, which may hold a `$`"),
            "児童手当",
        ),
        optional("account", Shape::Word(&ACCOUNT), words("入力先のアカウント", "of the target's account"), "user"),
        optional(
            "secret",
            Shape::Scalar(&scalar::SECRET),
            words("秘密情報の名前", "a secret by its name"),
            "portal-pin",
        ),
    ]],
    one_of: &[&["text", "account", "secret"]],
};
pub const VALUE_SHAPE: Shape = Shape::Either(&[Shape::Scalar(&VALUE_TEXT), Shape::Map(&VALUE)]);

static ENTRY: Mapping = Mapping {
    name: "entry",
    doc: words("入力欄とその値", "a control and its value"),
    keys: &[&LOCATOR_KEYS, &[ENTRY_VALUE]],
    one_of: ONE_LOCATOR,
};
const ENTRY_VALUE: Key = required(
    "value",
    VALUE_SHAPE,
    words(
        "値。決まった文字、または「$項目名」を使った式（$birth | era_date など）",
        "a fixed text, or an expression of fields such as $birth | era_date",
    ),
    "$my_number",
);
static KEYS: [Word; 2] = [
    word("none", "画面に直接入れる", "put into the page at once"),
    word(
        "real",
        "1文字ずつキーで打つ（ほかの入れ方を受け付けない画面だけ）",
        "typed key by key, for pages that accept nothing else",
    ),
];
static TYPED: Mapping = Mapping {
    name: "typed",
    doc: words("文字の入力欄とその値", "a text field and its value"),
    keys: &[
        &LOCATOR_KEYS,
        &[ENTRY_VALUE, default("keys", Shape::Word(&KEYS), "none", words("入れ方", "how it is put there"), "real")],
    ],
    one_of: ONE_LOCATOR,
};
static SCAN: [Word; 1] = [word("scan", "この帳票のスキャン画像", "the document's own scan")];
static UPLOAD: Mapping = Mapping {
    name: "upload",
    doc: words("ファイルの添付欄", "a file field"),
    keys: &[
        &LOCATOR_KEYS,
        &[default("file", Shape::Word(&SCAN), "scan", words("添付するもの", "what is uploaded"), "scan")],
    ],
    one_of: ONE_LOCATOR,
};
static TICK: Mapping = Mapping {
    name: "tick",
    doc: words("チェック欄", "a tick box"),
    keys: &[
        &LOCATOR_KEYS,
        &[default("on", Shape::Scalar(&scalar::BOOLEAN), "true", words("付けるか外すか", "set or clear"), "false")],
    ],
    one_of: ONE_LOCATOR,
};
static TAKE: Mapping = Mapping {
    name: "take",
    doc: words("画面から読み取る値", "a text taken from the page"),
    keys: &[
        &LOCATOR_KEYS,
        &[required("into", Shape::Scalar(&scalar::FIELD), words("値に付ける名前", "name for the value"), "receipt_no")],
    ],
    one_of: ONE_LOCATOR,
};

static MATCH: Mapping = Mapping {
    name: "match",
    doc: words("検索結果の列と、そこにあるべき値", "a column of the result and what must stand there"),
    keys: &[&[
        required("column", TEXT, words("列の見出し", "the column's heading"), "口座番号"),
        required("value", VALUE_SHAPE, words("あるべき値", "what must stand there"), "$account_no"),
    ]],
    one_of: &[],
};

static PROBE: Mapping = Mapping {
    name: "probe",
    doc: words(
        "照会。登録されたかどうかを、見るだけの操作で入力先に確かめる",
        "asks the target, by looking only, whether the document was entered",
    ),
    keys: &[&[
        optional(
            "steps",
            Shape::List { of: &STEP_SHAPE, min: 1 },
            words(
                "検索画面を開いて検索するまで。absent と rows も必要",
                "steps that search; absent and rows are needed too",
            ),
            "[{open: /search}, …]",
        ),
        optional(
            "http",
            Shape::Map(&HTTP_SEARCH),
            words("画面でなく API で探すとき", "searches by an API instead"),
            "{get: /api/claims, rows: /items}",
        ),
        optional(
            "absent",
            LOCATOR_SHAPE,
            words("該当なしのときに表示されるもの", "seen when nothing was found"),
            "{text: 該当なし}",
        ),
        optional("rows", TEXT, words("検索結果の行（CSS）", "rows of the result (CSS)"), "\"table.result tbody tr\""),
        required(
            "matches",
            Shape::List { of: &Shape::Map(&MATCH), min: 1 },
            words("この帳票の登録だと見分ける列", "columns that tell this document's record"),
            "[{column: 口座番号, value: $account_no}]",
        ),
        optional("receipt", TEXT, words("受付番号の列", "column of the receipt number"), "受付番号"),
        optional("entered_by", TEXT, words("登録者の列", "column of the account"), "登録者"),
        optional("entered_at", TEXT, words("登録日時の列", "column of the time of entry"), "登録日時"),
    ]],
    one_of: &[&["steps", "http"]],
};

static ON_UNKNOWN: [Word; 2] = [
    word("probe", "照会して確かめる", "ask the target by the probe"),
    word("ask", "すぐに職員に確かめてもらう", "ask a person at once"),
];

static SUBMIT: Mapping = Mapping {
    name: "submit",
    doc: words("登録。1件につき1回だけ行う操作", "the act that enters the document: at most once"),
    keys: &[&[
        optional(
            "click",
            LOCATOR_SHAPE,
            words("登録のボタン。confirmed_by も必要", "the button that enters it; confirmed_by is needed too"),
            "{button: 登録する}",
        ),
        optional(
            "http",
            Shape::Map(&HTTP_SUBMIT),
            words("画面でなく API で登録するとき", "enters it by an API instead"),
            "{post: /api/claims, json: […], confirmed_by: 201}",
        ),
        optional(
            "confirmed_by",
            LOCATOR_SHAPE,
            words("登録できたときにだけ表示されるもの", "seen only when it was entered"),
            "{text: 登録が完了しました}",
        ),
        optional(
            "receipt",
            LOCATOR_SHAPE,
            words("受付番号の表示", "where the receipt number stands"),
            "{css: \"#receipt-no\"}",
        ),
        optional(
            "refused_by",
            LOCATOR_SHAPE,
            words("入力先が受け付けないときの理由の表示", "where the system says why it refuses"),
            "{role: alert}",
        ),
        optional("probe", Shape::Map(&PROBE), words("照会のしかた", "how to ask whether it was entered"), "{…}"),
        default(
            "on_unknown",
            Shape::Word(&ON_UNKNOWN),
            "probe",
            words("登録できたか分からないとき", "when it is not known whether it was entered"),
            "ask",
        ),
        optional(
            "precheck",
            Shape::Scalar(&scalar::BOOLEAN),
            words(
                "登録の前にも照会する（照会があれば既定で行う）",
                "probe before the submit too (by default if there is a probe)",
            ),
            "true",
        ),
    ]],
    one_of: &[&["click", "http"]],
};

static ARGUMENT: Mapping = Mapping {
    name: "argument",
    doc: words("手順に渡す値", "a value for a procedure"),
    keys: &[&[
        required("name", Shape::Scalar(&scalar::FIELD), words("手順の中での名前", "its name in there"), "number"),
        ENTRY_VALUE,
    ]],
    one_of: &[],
};
static RUN: Mapping = Mapping {
    name: "run",
    doc: words("入力先にまとめた手順の呼び出し", "a call of a procedure of the target"),
    keys: &[&[
        required(
            "procedure",
            Shape::Scalar(&scalar::FIELD),
            words("手順の名前", "the procedure's name"),
            "申請者を開く",
        ),
        optional(
            "with",
            Shape::List { of: &Shape::Map(&ARGUMENT), min: 1 },
            words("渡す値", "the values it takes"),
            "[{name: number, value: $my_number}]",
        ),
    ]],
    one_of: &[],
};
static PROCEDURE: Mapping = Mapping {
    name: "procedure",
    doc: words("シナリオが共に使う手順。登録（submit）は書けない", "steps that scenarios share; never a submit"),
    keys: &[&[
        required("name", Shape::Scalar(&scalar::FIELD), words("手順の名前", "its name"), "申請者を開く"),
        optional(
            "takes",
            Shape::List { of: &Shape::Scalar(&scalar::FIELD), min: 1 },
            words("受け取る値の名前。手順の中では $名前 で使う", "names of the values it takes; its steps say $name"),
            "[number]",
        ),
        required("steps", STEPS, words("手順", "its steps"), "[{open: /search}, …]"),
    ]],
    one_of: &[],
};
pub const PROCEDURES: Shape = Shape::List { of: &Shape::Map(&PROCEDURE), min: 1 };
static PLACE: Mapping = Mapping {
    name: "place",
    doc: words("名前を付けた画面の部品", "something on a page, by a name"),
    keys: &[
        &[required("named", Shape::Scalar(&scalar::FIELD), words("部品の名前", "its name"), "登録ボタン")],
        &LOCATOR_KEYS,
    ],
    one_of: ONE_LOCATOR,
};
pub const PLACES: Shape = Shape::List { of: &Shape::Map(&PLACE), min: 1 };

static DIALOG: [Word; 2] =
    [word("accept", "「OK」で答える", "OK"), word("dismiss", "「キャンセル」で答える", "Cancel")];

static WINDOW: [Word; 1] = [word(
    "opened",
    "画面が開いたウィンドウで、まだ開いているもの",
    "a window that a page opened and that still stands",
)];

static BRANCH: Mapping = Mapping {
    name: "branch",
    doc: words(
        "画面に表示されるもののうちの1つと、その先の手順",
        "one of the things a page may show, and the steps it leads to",
    ),
    keys: &[
        &LOCATOR_KEYS,
        &[
            optional(
                "then",
                Shape::List { of: &STEP_SHAPE, min: 1 },
                words(
                    "これが表示されたときだけ行う手順（書かなければ、そのまま次へ進む）。登録（submit）は書けない",
                    "steps taken if this is seen; without them it goes on. Never a submit",
                ),
                "[{click: {button: 新規登録}}]",
            ),
            optional(
                "refuses",
                Shape::Scalar(&scalar::BOOLEAN),
                words(
                    "入力先がこの帳票を受け付けない表示。帳票を止め、表示された文を残す",
                    "the target does not take this document: it stops, and what is shown is kept",
                ),
                "true",
            ),
        ],
    ],
    one_of: ONE_LOCATOR,
};
static FOR_EACH: Mapping = Mapping {
    name: "for_each",
    doc: words(
        "帳票の表の行ごとに繰り返す手順。手順の中の <row> は行の番号（1から）になる",
        "steps for every row of a form's table; `<row>` in them becomes the row's number, from 1",
    ),
    keys: &[&[
        required("rows", Shape::Scalar(&scalar::ROWS), words("行の数", "how many rows"), "3"),
        required(
            "steps",
            Shape::List { of: &STEP_SHAPE, min: 1 },
            words("1行分の手順", "the steps of one row"),
            "[{fill: {label: 氏名, in: 児童<row>, value: $child<row>_name}}]",
        ),
    ]],
    one_of: &[],
};

static FILE_KINDS: [Word; 5] = [
    word("pdf", "PDF", "a PDF"),
    word("csv", "CSV などの文字のファイル", "CSV or other text"),
    word("xlsx", "Excel のブック", "an Excel workbook"),
    word("zip", "ZIP", "a ZIP archive"),
    word("png", "PNG の画像", "a PNG picture"),
];
static DOWNLOAD: Mapping = Mapping {
    name: "download",
    doc: words(
        "ファイルを渡すボタンやリンクを押し、受け取って帳票に残す",
        "clicks what offers a file and keeps it with the document",
    ),
    keys: &[
        &LOCATOR_KEYS,
        &[
            required("into", Shape::Scalar(&scalar::FIELD), words("残すときの名前", "what it is kept as"), "受付票"),
            required(
                "type",
                Shape::Word(&FILE_KINDS),
                words("ファイルの種類。中身がこれでなければ止まる", "its kind; another stops the document"),
                "pdf",
            ),
            default(
                "most_mb",
                Shape::Scalar(&scalar::MEGABYTES),
                "10",
                words("受け取る大きさの上限（MB）", "the largest that is taken, in MB"),
                "10",
            ),
        ],
    ],
    one_of: ONE_LOCATOR,
};

static STEP_KEYS: [Key; 18] = [
    optional(
        "open",
        Shape::Scalar(&PATH_PATTERN),
        words("画面を開く（入力先のアドレスからのパス）", "goes to a path of the target"),
        "/entry",
    ),
    optional("fill", Shape::Map(&TYPED), words("文字を入力する", "types into a field"), "{label: 氏名, value: $name}"),
    optional(
        "choose",
        Shape::Map(&ENTRY),
        words(
            "選択肢を選ぶ（プルダウン・一覧・ラジオボタン）。複数は「、」で区切る",
            "chooses an option by its text; several are separated by `、`",
        ),
        "{label: 職業, value: $occupation}",
    ),
    optional(
        "upload",
        Shape::Map(&UPLOAD),
        words("ファイルを添付する", "puts a file into a file field"),
        "{label: 添付書類}",
    ),
    optional(
        "hover",
        LOCATOR_SHAPE,
        words("マウスを重ねる（重ねると出るメニューなど）", "moves the mouse over what shows more then"),
        "{text: 申請}",
    ),
    optional("check", Shape::Map(&TICK), words("チェックを付ける・外す", "sets a tick box"), "{label: 同意する}"),
    optional(
        "click",
        LOCATOR_SHAPE,
        words("押す（登録にならない操作だけ）", "clicks what enters nothing"),
        "{button: 確認画面へ}",
    ),
    optional(
        "expect",
        LOCATOR_SHAPE,
        words("表示されるまで待つ", "waits until this is seen"),
        "{text: 入力内容の確認}",
    ),
    optional(
        "expect_one_of",
        Shape::List { of: &Shape::Map(&BRANCH), min: 2 },
        words(
            "どれか1つが表示されるまで待ち、表示されたものに応じて進む",
            "waits until one of these is seen, and goes on by it",
        ),
        "[{text: 該当なし, then: […]}, {text: 登録済み, refuses: true}]",
    ),
    optional("take", Shape::Map(&TAKE), words("画面から読み取る", "reads a text"), "{into: receipt_no, css: \"#no\"}"),
    optional(
        "download",
        Shape::Map(&DOWNLOAD),
        words("ファイルを受け取る", "takes a file that the page offers"),
        "{link: 受付票, into: 受付票, type: pdf}",
    ),
    optional(
        "http",
        Shape::Map(&HTTP_STEP),
        words("API に尋ねて、答えを読み取る", "asks an API and takes from its answer"),
        "{get: /api/residents, query: […], take: […]}",
    ),
    optional(
        "run",
        Shape::Map(&RUN),
        words("入力先（targets/）にまとめた手順を行う", "takes the steps of a procedure of the target"),
        "{procedure: 申請者を開く, with: […]}",
    ),
    optional(
        "for_each",
        Shape::Map(&FOR_EACH),
        words("帳票の表の行ごとに繰り返す", "repeats steps for every row of a form's table"),
        "{rows: 3, steps: […]}",
    ),
    optional("submit", Shape::Map(&SUBMIT), words("登録する", "enters the document"), "{click: …}"),
    optional(
        "when",
        Shape::Scalar(&CONDITION),
        words(
            "この条件に当てはまる帳票だけが行う手順にする。登録（submit）には書けない",
            "only documents of which this holds take the step; never the submit",
        ),
        "$child2_name != \"\"",
    ),
    optional(
        "dialog",
        Shape::Word(&DIALOG),
        words(
            "この手順で出る小窓（確認など）への答え。書かないと、小窓が出たら「キャンセル」で閉じて帳票を止める",
            "answer to a native dialog that opens at this step; without it a dialog is dismissed and stops the document",
        ),
        "accept",
    ),
    optional(
        "window",
        Shape::Word(&WINDOW),
        words(
            "画面が開いた別のウィンドウで行う（まだ開いているうち、最後に開いたもの）。書かない手順は、元のウィンドウで行う",
            "acts in a window that a page opened (the last one that still stands); without it a step acts in the main one",
        ),
        "opened",
    ),
];

pub static STEP: Mapping = Mapping {
    name: "step",
    doc: words("画面での操作を1つ", "one act on the target"),
    keys: &[&STEP_KEYS],
    one_of: &[&[
        "open",
        "fill",
        "choose",
        "upload",
        "hover",
        "check",
        "click",
        "expect",
        "expect_one_of",
        "take",
        "download",
        "http",
        "run",
        "for_each",
        "submit",
    ]],
};
// Statics, not constants: a step may hold a submit, whose probe holds steps.
static STEP_SHAPE: Shape = Shape::Map(&STEP);
pub const STEPS: Shape = Shape::List { of: &STEP_SHAPE, min: 1 };
