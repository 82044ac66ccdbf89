//! Steps on a web system: the words with which scenarios and targets say what a person would do on its pages.

use super::expression::CONDITION;
use super::flow::{BRANCH, FOR_EACH};
use super::http::HTTP_STEP;
use super::locator::{LOCATOR_KEYS, LOCATOR_SHAPE, ONE_LOCATOR};
use super::scalar::{self, Scalar, Schema};
use super::source::VALUE_SHAPE;
use super::submit::SUBMIT;
use super::table::{Key, Mapping, Shape, Word, default, optional, required, word, words};

static PATH_PATTERN: Scalar = Scalar {
    check: |t| scalar::path(t).map(drop),
    schema: Schema::Text { pattern: Some("^/") },
    example: "/entry/confirm",
};

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
        &[required("into", Shape::NAME, words("値に付ける名前", "name for the value"), "receipt_no")],
    ],
    one_of: ONE_LOCATOR,
};

static ARGUMENT: Mapping = Mapping {
    name: "argument",
    doc: words("手順に渡す値", "a value for a procedure"),
    keys: &[&[required("name", Shape::NAME, words("手順の中での名前", "its name in there"), "number"), ENTRY_VALUE]],
    one_of: &[],
};
static RUN: Mapping = Mapping {
    name: "run",
    doc: words("入力先にまとめた手順の呼び出し", "a call of a procedure of the target"),
    keys: &[&[
        required("procedure", Shape::NAME, words("手順の名前", "the procedure's name"), "申請者を開く"),
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
        required("name", Shape::NAME, words("手順の名前", "its name"), "申請者を開く"),
        optional(
            "takes",
            Shape::List { of: &Shape::NAME, min: 1 },
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
    keys: &[&[required("named", Shape::NAME, words("部品の名前", "its name"), "登録ボタン")], &LOCATOR_KEYS],
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
            required("into", Shape::NAME, words("残すときの名前", "what it is kept as"), "受付票"),
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
pub static STEP_SHAPE: Shape = Shape::Map(&STEP);
pub const STEPS: Shape = Shape::List { of: &STEP_SHAPE, min: 1 };
