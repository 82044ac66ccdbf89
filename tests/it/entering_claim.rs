//! One claim for the portal, as the steps of a scenario: shared by stories and by the comparison of speed.

use jitan::entering::values::Values;
use jitan::model::expression::{Expression, Purpose};
use jitan::model::id::{FieldName, TargetName};
use jitan::model::locator::Locator;
use jitan::model::step::{Action, Line, Step, ValueSource, Window};
use jitan::model::submit::{ClickSubmit, ColumnMatch, Means, OnUnknown, PageSearch, Probe, Search, Submit};
use jitan::model::target::{Account, SecretRef, Site, Target};
use jitan::model::value::Personal;

/// How a value gets into its control.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Fill,
    Choose,
}

/// Field, label on the entry page, value, way.
pub const CLAIM: [(&str, &str, &str, Way); 21] = [
    ("submitted", "請求年月日", "2026-11-20", Way::Fill),
    ("kana", "フリガナ", "イタバシ　ハナコ", Way::Fill),
    ("name", "請求者氏名", "板橋　花子", Way::Fill),
    ("birth_era", "生年月日 元号", "昭和", Way::Choose),
    ("birth_y", "生年月日 年", "63", Way::Fill),
    ("birth_m", "生年月日 月", "6", Way::Fill),
    ("birth_d", "生年月日 日", "5", Way::Fill),
    ("my_number", "個人番号", "123456789018", Way::Fill),
    ("postal", "郵便番号", "173-8501", Way::Fill),
    ("address", "住所", "板橋区板橋二丁目６６番１号", Way::Fill),
    ("phone", "電話番号", "03-3579-2000", Way::Fill),
    ("occupation", "職業", "会社員", Way::Choose),
    ("bank", "金融機関", "みずほ", Way::Fill),
    ("branch", "支店", "板橋", Way::Fill),
    ("account_type", "預金種別", "普通", Way::Choose),
    ("account_no", "口座番号", "0123456", Way::Fill),
    ("child1_name", "児童1 氏名", "板橋　一郎", Way::Fill),
    ("child1_y", "児童1 生年月日 年", "8", Way::Fill),
    ("child1_m", "児童1 生年月日 月", "4", Way::Fill),
    ("child1_d", "児童1 生年月日 日", "1", Way::Fill),
    ("child1_living", "児童1 同居の別", "同居", Way::Choose),
];

pub fn values() -> Values {
    CLAIM.iter().map(|(name, _, value, _)| (FieldName::new(*name).unwrap(), Some(Personal::new(*value)))).collect()
}

fn value_of(name: &str) -> ValueSource {
    let rewritten = if name == "submitted" { " | era_date" } else { "" };
    ValueSource::Expression(Expression::parse(&format!("${name}{rewritten}"), Purpose::Value).unwrap())
}

pub fn steps() -> Vec<Step> {
    let open = Action::Open { path: "/claims/new".to_owned() };
    let controls = CLAIM.iter().map(|(name, label, _, way)| {
        let (locator, value) = (Locator::Label((*label).to_owned()), value_of(name));
        match way {
            Way::Fill => Action::Fill { into: locator, value },
            Way::Choose => Action::Choose { from: locator, value },
        }
    });
    let confirm = Action::Click { what: Locator::Button("確認画面へ".to_owned()) };
    let heading = Action::Expect { what: Locator::Text("まだ登録されていません。".to_owned()) };
    let all = std::iter::once(open).chain(controls).chain([confirm, heading, Action::Submit(Box::new(submit()))]);
    in_order(all)
}

pub fn submit() -> Submit {
    Submit {
        by: Means::Click(ClickSubmit {
            click: Locator::Button("登録".to_owned()),
            confirmed_by: Locator::Text("登録が完了しました。".to_owned()),
            receipt: Some(Locator::Label("受付番号".to_owned())),
            refused_by: Some(Locator::Css(".errors".to_owned())),
        }),
        probe: Some(probe()),
        on_unknown: OnUnknown::Probe,
        precheck: true,
    }
}

/// Plain steps, one a line.
pub fn in_order(actions: impl IntoIterator<Item = Action>) -> Vec<Step> {
    (1..)
        .zip(actions)
        .map(|(line, action)| Step { line: Line::Own(line), dialog: None, window: Window::Main, when: None, action })
        .collect()
}

pub fn probe() -> Probe {
    let search = Locator::Label("個人番号".to_owned());
    let steps = [
        Action::Open { path: "/search".to_owned() },
        Action::Fill { into: search, value: value_of("my_number") },
        Action::Click { what: Locator::Button("検索".to_owned()) },
    ];
    let matches = |column: &str, field: &str| ColumnMatch { column: column.to_owned(), value: value_of(field) };
    Probe {
        search: Search::Pages(PageSearch {
            steps: in_order(steps),
            absent: Locator::Text("該当する申請はありません。".to_owned()),
            rows: "#results tbody tr".to_owned(),
        }),
        matches: vec![matches("フリガナ", "kana"), matches("口座番号", "account_no")],
        receipt: Some("受付番号".to_owned()),
        entered_by: Some("登録者".to_owned()),
        entered_at: Some("登録日時".to_owned()),
    }
}

pub fn target(step_timeout: std::time::Duration) -> Target {
    let label = |text: &str| Locator::Label(text.to_owned());
    let sign_in = [
        Action::Open { path: "/login".to_owned() },
        Action::Fill { into: label("職員番号"), value: ValueSource::AccountUser },
        Action::Fill { into: label("パスワード"), value: ValueSource::AccountPassword },
        Action::Click { what: Locator::Button("ログイン".to_owned()) },
        Action::Expect { what: Locator::Text("メニュー".to_owned()) },
    ];
    Target {
        name: TargetName::new("portal").unwrap(),
        title: "児童手当事務システム".to_owned(),
        test: None,
        live: None,
        sign_in: in_order(sign_in),
        signed_out: Some(label("パスワード")),
        reading_requests: ["/login", "/search", "/claims/confirm"].map(|p| p.to_owned().into()).to_vec(),
        api_headers: Vec::new(),
        show: vec![
            Locator::Css("h1".to_owned()),
            Locator::Css("#receipt".to_owned()),
            Locator::Css(".done p".to_owned()),
        ],
        settles_within: None,
        sessions: 1,
        step_timeout,
    }
}

pub fn site(url: &str, user: &str, password: &str) -> Site {
    let account = Account { user: user.to_owned(), password: SecretRef(password.to_owned()) };
    Site { url: url.to_owned(), hosts: Vec::new(), account: Some(account) }
}
