//! 入力先: `targets/NAME.yaml`.

use std::time::Duration;

use super::act::{self, Names, Part, Scope};
use super::diagnostic::Faults;
use super::fields::Fields;
use super::http::{self, HEADERS};
use super::locator::{LOCATOR_SHAPE, locator};
use super::pack::Pack;
use super::scalar;
use super::steps::{PLACES, PROCEDURES, STEPS};
use super::table::{FileKind, Key, Mapping, Shape, default, optional, required, words};
use super::tree::Node;
use crate::message;
use crate::model::id::TargetName;
use crate::model::target::{Account, Site, Target};

static PASSWORD: Mapping = Mapping {
    name: "password",
    doc: words("パスワードの保管場所。パスワードそのものは書かない", "where the password is kept, never the password"),
    keys: &[&[required(
        "secret",
        Shape::Scalar(&scalar::SECRET),
        words("秘密情報の名前", "name of the secret"),
        "portal-password",
    )]],
    one_of: &[],
};
static ACCOUNT: Mapping = Mapping {
    name: "account",
    doc: words("登録に使うアカウント", "the account that enters the documents"),
    keys: &[&[
        required("user", Shape::TEXT, words("利用者ID", "user name"), "jitan01"),
        required(
            "password",
            Shape::Map(&PASSWORD),
            words("パスワードの保管場所", "where the password is kept"),
            "{secret: portal-password}",
        ),
    ]],
    one_of: &[],
};
static SITE: Mapping = Mapping {
    name: "site",
    doc: words("入力先の環境1つ", "one environment of the target"),
    keys: &[&[
        required(
            "url",
            Shape::Scalar(&scalar::URL),
            words("アドレス", "base address"),
            "https://system.city.example.lg.jp/",
        ),
        optional(
            "hosts",
            Shape::List { of: &Shape::Scalar(&scalar::HOST), min: 1 },
            words("ほかに接続してよいホスト", "further hosts the browser may reach"),
            "[sso.city.example.lg.jp]",
        ),
        optional("account", Shape::Map(&ACCOUNT), words("登録に使うアカウント", "the account"), "{user: jitan01, …}"),
    ]],
    one_of: &[],
};

static KEYS: [Key; 13] = [
    required("title", Shape::TEXT, words("システムの名前", "the system's name"), "児童手当事務システム"),
    optional(
        "test",
        Shape::Map(&SITE),
        words("試験環境。登録しても削減時間に数えない", "test environment; never credited"),
        "{url: …}",
    ),
    optional("live", Shape::Map(&SITE), words("本番環境", "live environment"), "{url: …}"),
    optional(
        "places",
        PLACES,
        words(
            "名前を付けた画面の部品。シナリオは {place: 名前} で使う。画面が変わったら、ここだけ直せばよい",
            "places by name; scenarios say {place: name}, and a changed page is mended here alone",
        ),
        "[{named: 登録ボタン, button: 登録する}]",
    ),
    optional(
        "procedures",
        PROCEDURES,
        words("シナリオが run で共に使う手順", "steps that scenarios share by `run`"),
        "[{name: 申請者を開く, takes: [number], steps: […]}]",
    ),
    optional("sign_in", STEPS, words("サインインの手順", "steps that sign in"), "[{open: /login}, …]"),
    optional(
        "signed_out",
        LOCATOR_SHAPE,
        words("サインインが切れたときにだけ表示されるもの", "seen only when the session is gone"),
        "{text: ログインしてください}",
    ),
    optional(
        "reading_requests",
        Shape::List { of: &Shape::Scalar(&scalar::REQUEST), min: 1 },
        words(
            "登録にならない送信（サインイン・検索・確認画面）。POST はパスだけでもよい。* が使える。WS はウェブソケットの送信。submit のほかで、ここにない送信は止める",
            "requests other than GET that write nothing; POST may be left out, * matches within a part, WS is a message over a web socket. Outside a submit, any other is refused",
        ),
        "[POST /login, POST /search, POST /entry/*/confirm]",
    ),
    optional(
        "api_headers",
        HEADERS,
        words(
            "http の手順の要求すべてに付けるヘッダー。鍵は {secret: 名前} で書く",
            "headers of every request of an `http` step; a key by {secret: NAME}",
        ),
        "[{name: X-Api-Key, value: {secret: api-key}}]",
    ),
    optional(
        "show",
        Shape::List { of: &LOCATOR_SHAPE, min: 1 },
        words(
            "証跡の画像でぼかさない部分。個人の情報を含まないものだけ",
            "left sharp in evidence pictures; nothing personal",
        ),
        "[{css: h1}]",
    ),
    optional(
        "settles_within",
        Shape::DURATION,
        words(
            "登録の要求が、送信後この時間のうちに必ず反映されるか消える。書かないと、照会で「なし」でも職員に確かめる",
            "after this long a request was committed or never will be; without it a person is asked",
        ),
        "2m",
    ),
    default(
        "sessions",
        Shape::Scalar(&scalar::SESSIONS),
        "1",
        words("同時に使う画面の数", "documents entered at once"),
        "1",
    ),
    default(
        "step_timeout",
        Shape::DURATION,
        "30s",
        words("1つの操作で画面を待つ時間", "how long one step waits for its page"),
        "30s",
    ),
];

pub static TARGET: Mapping =
    Mapping {
        name: "target", doc: words("入力先（登録するシステム）", "a web system"), keys: &[&KEYS], one_of: &[]
    };
pub static KIND: FileKind = FileKind { name: "target", root: &TARGET };

/// How long a step waits if the target does not say.
const DEFAULT_STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// Decodes a checked target.
pub fn decode(name: TargetName, root: &Node, faults: &mut Faults) -> Option<(Target, Pack)> {
    let fields = Fields::of(root);
    let pack = Pack::decode(&name, fields, faults);
    let (test, live) = (fields.map("test").and_then(site), fields.map("live").and_then(site));
    if test.is_none() && live.is_none() {
        let keys = "test, live";
        faults.add(
            root.entries().first().map_or(root.span, |e| e.key_span),
            message!("format.one-key-needed", keys = keys),
        );
    }
    let sign_in = act::decode(fields.items("sign_in"), Part::SignIn, Scope::new(Names::SignIn, Some(&pack)), faults);
    let signed_out = fields.node("signed_out").and_then(|node| locator(node, Some(&pack), faults));
    if !sign_in.is_empty() && signed_out.is_none() {
        let hint = message!("format.hint-example", example = "signed_out: {text: もう一度ログインしてください}");
        faults.add_hinted(fields.span_of("sign_in"), message!("format.sign-in-without-signed-out"), hint);
    }
    let target = Target {
        name,
        title: fields.get("title", scalar::text)?,
        test,
        live,
        sign_in,
        signed_out,
        reading_requests: fields.list("reading_requests", scalar::request),
        api_headers: http::headers(fields, Scope::new(Names::SignIn, Some(&pack)), faults),
        show: fields.items("show").iter().filter_map(|node| locator(node, Some(&pack), faults)).collect(),
        settles_within: fields.get("settles_within", scalar::duration),
        sessions: fields.get("sessions", scalar::sessions).unwrap_or(1),
        step_timeout: fields.get("step_timeout", scalar::duration).unwrap_or(DEFAULT_STEP_TIMEOUT),
    };
    Some((target, pack))
}

fn site(fields: Fields<'_>) -> Option<Site> {
    let url = fields.get("url", scalar::base_url)?;
    let mut hosts: Vec<String> = url.host_str().map(str::to_owned).into_iter().collect();
    for host in fields.list("hosts", scalar::host) {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    Some(Site { url: url.into(), hosts, account: fields.map("account").and_then(account) })
}

fn account(fields: Fields<'_>) -> Option<Account> {
    let password = fields.map("password")?.get("secret", scalar::secret)?;
    Some(Account { user: fields.get("user", scalar::text)?, password })
}
