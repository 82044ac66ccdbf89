//! Where the page decides: one of several things comes to be seen, and the steps go on by it. What a page shows may be
//! taken and used further on.

use jitan::entering::error::ErrorKind;
use jitan::entering::submit::SubmitEnd;
use jitan::model::expression::{Expression, Purpose};
use jitan::model::id::FieldName;
use jitan::model::locator::Locator;
use jitan::model::step::{Action, Branch, Step, Then, ValueSource};

use super::entering_pages::*;

/// A page that answers a search for a number half a second later.
const SEARCH: &str = "<p><label>番号<input id=n></label><button id=s>検索</button></p><div id=found></div>
<form action=/send method=post hidden id=f><label>番号<input name=number></label><label>氏名<input name=name></label>
<label>区分<input name=kind></label><p><button>登録する</button></p></form><script>
s.onclick = () => setTimeout(() => {
  const says = { 1: '該当者はいません', 2: '登録済みです', 3: 'この番号は使えません 3番', 4: '該当者はいません。登録済みです' };
  found.innerHTML = says[n.value] ? `<p>${says[n.value]}</p>` : '';
  f.hidden = !['1', '2'].includes(n.value);
}, 500);</script>";

fn branch(seen: Locator, actions: Vec<Action>) -> Branch {
    Branch { seen, then: Then::Steps(steps(actions)) }
}

fn searching(number: &str) -> Vec<Action> {
    let branches = vec![
        branch(text("該当者はいません"), vec![fill(label("区分"), "新規"), fill(label("氏名"), "板橋")]),
        branch(text("登録済みです"), vec![fill(label("区分"), "変更")]),
        Branch { seen: text("この番号は使えません"), then: Then::Refused },
    ];
    vec![
        fill(label("番号"), number),
        click(button("検索")),
        Action::ExpectOneOf { branches },
        fill(Locator::Css("[name=number]".to_owned()), number),
        submit_by(button("登録する")),
    ]
}

#[test]
fn the_steps_go_on_by_what_the_page_shows() {
    story(async {
        for (number, name, kind) in [("1", "板橋", "新規"), ("2", "", "変更")] {
            let pages = Pages::serve(SEARCH).await;
            let (end, _) = Case::new(&pages, searching(number)).enter().await.unwrap();
            assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{end:?}");
            let sent = &pages.sent()[0];
            assert_eq!([&sent["number"], &sent["name"], &sent["kind"]], [number, name, kind]);
        }
    });
}

#[test]
fn what_a_branch_entered_is_read_back_before_the_submit() {
    let undone = SEARCH.replace(
        "</script>",
        "f.addEventListener('input', (e) => { if (e.target.name === 'number') f.kind.value = ''; });</script>",
    );
    story(async {
        let pages = Pages::serve(&undone).await;
        let error = Case::new(&pages, searching("1")).enter().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Business, "{error}");
        assert_eq!(error.message().code, "entering.read-back-differs");
        assert!(pages.sent().is_empty());
    });
}

#[test]
fn a_page_that_refuses_stops_the_document_with_its_words() {
    story(async {
        let pages = Pages::serve(SEARCH).await;
        let error = Case::new(&pages, searching("3")).enter().await.unwrap_err();
        assert_eq!(
            (error.kind, error.message().code.as_ref()),
            (ErrorKind::Business, "entering.refused-before-submit")
        );
        assert_eq!(error.said.unwrap().expose(), "この番号は使えません 3番");
        assert!(pages.sent().is_empty());
    });
}

#[test]
fn two_at_once_or_none_stop_the_document() {
    story(async {
        for (number, code) in [("4", "entering.several-shown"), ("5", "entering.absent")] {
            let pages = Pages::serve(SEARCH).await;
            let error = Case::new(&pages, searching(number)).enter().await.unwrap_err();
            assert_eq!((error.kind, error.message().code.as_ref()), (ErrorKind::ScreenChanged, code), "{error}");
            assert!(error.to_string().contains("text: 登録済みです"), "every choice is named: {error}");
            assert!(pages.sent().is_empty());
        }
    });
}

fn value(source: &str) -> ValueSource {
    ValueSource::Expression(Expression::parse(source, Purpose::Value).unwrap())
}

fn take(name: &str, from: Locator) -> Action {
    Action::Take { name: FieldName::new(name).unwrap(), from }
}

#[test]
fn a_text_that_one_page_shows_is_entered_on_the_next() {
    let next = form("<label>整理番号<input name=number></label><label>区分<input name=kind></label>");
    let actions = |when: &str| {
        let conditional = fill(label("区分"), "継続");
        let all = vec![
            Action::Open { path: "/page".to_owned() },
            take("case_number", css("#case")),
            click(Locator::Link("次へ".to_owned())),
            Action::Fill { into: label("整理番号"), value: value("\"R8-\" ~ ($case_number | no_hyphens)") },
            conditional,
            submit_by(button("登録する")),
        ];
        let mut all = steps(all);
        all[4].when = Some(Expression::parse(when, Purpose::Condition).unwrap());
        all
    };
    story(async {
        for (when, kind) in [("$case_number == \"00-12\"", "継続"), ("$case_number == \"00-13\"", "")] {
            let pages =
                Pages::serve("<p>番号 <b id=case>00-12</b></p><a href=/next>次へ</a>").await.with("next", &next);
            let case = Case { steps: actions(when), ..Case::new(&pages, Vec::new()) };
            let (end, _) = case.enter().await.unwrap();
            assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{end:?}");
            let sent = &pages.sent()[0];
            assert_eq!([&sent["number"], &sent["kind"]], ["R8-0012", kind]);
        }
    });
}

#[test]
fn a_branch_may_hold_branches() {
    let page = "<p>甲</p><p>丙</p>".to_owned() + &form("<label>a<input name=a></label>");
    let inner = Action::ExpectOneOf {
        branches: vec![
            branch(text("乙"), vec![fill(label("a"), "乙")]),
            branch(text("丙"), vec![fill(label("a"), "丙")]),
        ],
    };
    let outer = vec![branch(text("甲"), vec![inner]), branch(text("丁"), Vec::new())];
    let actions = vec![Action::ExpectOneOf { branches: outer }, submit_by(button("登録する"))];
    story(async {
        let pages = Pages::serve(&page).await;
        Case::new(&pages, actions).enter().await.unwrap();
        assert_eq!(pages.sent()[0]["a"], "丙");
    });
}

#[test]
fn a_password_in_a_branch_of_the_sign_in_is_sent_once() {
    let page = "<p id=asks>パスワードを入れてください</p><form action=/send method=post><label>パスワード<input type=password name=p></label><button>ログイン</button></form>";
    let password = Action::Fill { into: label("パスワード"), value: ValueSource::AccountPassword };
    let sign_in: Vec<Step> = steps([
        Action::Open { path: "/page".to_owned() },
        Action::ExpectOneOf {
            branches: vec![
                branch(text("ようこそ"), Vec::new()),
                branch(text("パスワードを入れて"), vec![password, click(button("ログイン"))]),
            ],
        },
        Action::Expect { what: text("ようこそ") },
    ]);
    story(async {
        let pages = Pages::serve(page).await.answering(200, page, std::time::Duration::ZERO);
        let mut case = Case::new(&pages, vec![submit_by(button("登録する"))]);
        case.target.sign_in = sign_in;
        case.target.reading_requests = vec!["/send".to_owned().into()];
        let error = case.prepare().await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::SignInRefused, "{error}");
        assert_eq!(pages.sent().len(), 1, "a wrong password is not sent again");
    });
}
