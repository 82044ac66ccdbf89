//! A person clicks through the target once, and gets steps that enter the next document.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use jitan::adapters::chrome::ChromeWindow;
use jitan::adapters::chrome::record::Watched;
use jitan::entering::record::Recording;
use jitan::locale::Lang;
use jitan::model::document::stage::StageKind;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::entering_pages::{Pages, story};
use crate::night::{Night, Settings, made_up, told};
use crate::portal::{PASSWORD, USER};

/// A person: mouse and keys, given to a browser that somebody else watches.
struct Person {
    socket: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    session: String,
    calls: u64,
}

impl Person {
    async fn at(address: &str) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(address).await.unwrap();
        let mut person = Self { socket, session: String::new(), calls: 0 };
        let targets = person.call("Target.getTargets", json!({})).await;
        let page = targets["targetInfos"].as_array().unwrap().iter().find(|target| target["type"] == "page").unwrap();
        let attach = json!({"targetId": page["targetId"], "flatten": true});
        let attached = person.call("Target.attachToTarget", attach).await;
        person.session = attached["sessionId"].as_str().unwrap().to_owned();
        person
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        self.calls += 1;
        let mut call = json!({"id": self.calls, "method": method, "params": params});
        if !self.session.is_empty() {
            call["sessionId"] = self.session.as_str().into();
        }
        self.socket.send(Message::text(call.to_string())).await.unwrap();
        loop {
            let message = self.socket.next().await.unwrap().unwrap();
            let Message::Text(text) = message else { continue };
            let answer: Value = serde_json::from_str(&text).unwrap();
            if answer["id"] == self.calls {
                return answer["result"].clone();
            }
        }
    }

    /// What an expression in the page comes to, once it comes to anything.
    async fn sees(&mut self, expression: &str) -> Value {
        for _ in 0..400 {
            let asked = json!({"expression": expression, "returnByValue": true});
            let found = self.call("Runtime.evaluate", asked).await["result"]["value"].clone();
            if !found.is_null() && found != false {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{expression} never came");
    }

    /// Clicks in the middle of what a selector finds.
    async fn click(&mut self, selector: &str) {
        let selector = serde_json::to_string(selector).unwrap();
        let place = format!(
            "(() => {{ const one = document.querySelector({selector}); if (!one || document.readyState === 'loading') \
             return null; one.scrollIntoView({{block: 'center', behavior: 'instant'}}); \
             const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        );
        let at = self.sees(&place).await;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event).await;
        }
    }

    async fn write(&mut self, selector: &str, text: &str) {
        self.click(selector).await;
        self.call("Input.insertText", json!({"text": text})).await;
    }

    async fn press(&mut self, key: &str, times: usize) {
        for _ in 0..times {
            for kind in ["keyDown", "keyUp"] {
                let code = if key == "ArrowDown" { 40 } else { 9 };
                let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
                self.call("Input.dispatchKeyEvent", event).await;
            }
        }
    }

    /// Waits for a page by its heading.
    async fn reads(&mut self, heading: &str) {
        let wanted = serde_json::to_string(heading).unwrap();
        self.sees(&format!(
            "document.readyState === 'complete' && document.querySelector('h1')?.innerText === {wanted}"
        ))
        .await;
    }
}

/// Watches what a person does at an address.
async fn watched(address: &str, act: impl AsyncFnOnce(&mut Person)) -> Recording {
    let root = nix::unistd::geteuid().is_root();
    let mut watched = Watched::open(None, ChromeWindow::Hidden, root, address).await.unwrap();
    let mut person = Person::at(watched.address()).await;
    act(&mut person).await;
    let mut recording = Recording::default();
    while let Ok(happened) = tokio::time::timeout(Duration::from_millis(800), watched.next()).await {
        recording.add(happened.expect("the window is open"));
    }
    recording
}

/// Which key a value of the portal's page is typed under.
async fn fill_in(person: &mut Person, values: &BTreeMap<&'static str, Option<String>>) {
    let choice = |name: &str| values[name].clone().unwrap();
    person.write("#submitted", "令和8年11月20日").await;
    for (name, value) in values {
        let by_hand = ["submitted_y", "submitted_m", "submitted_d", "birth_era", "occupation", "account_type"];
        let Some(value) = value.as_ref().filter(|_| !by_hand.contains(name) && !name.ends_with("_living")) else {
            continue;
        };
        person.write(&format!("#{name}"), value).await;
    }
    // 選択, 大正, 昭和, 平成.
    person.click("[for=kana]").await;
    person.sees("document.getElementById('birth_era').focus() ?? true").await;
    person.press("ArrowDown", 3).await;
    for name in ["occupation", "account_type", "child1_living"] {
        person.click(&format!("input[name={name}][value=\"{}\"]", choice(name))).await;
    }
}

#[test]
fn a_claim_entered_once_by_hand_becomes_a_scenario_that_enters_the_next() {
    let mut night = Night::begin(&Settings { step_timeout: "8s", ..Settings::default() });
    let values = made_up(7);
    let yaml = story(async {
        let recording = watched(&format!("{}/login", night.portal.url()), async |person| {
            person.reads("ログイン").await;
            person.write("input[name=user]", USER).await;
            person.write("input[name=password]", PASSWORD).await;
            person.click("button[type=submit]").await;
            person.reads("メニュー").await;
            person.click("a[href='/claims/new']").await;
            person.reads("認定請求 登録").await;
            fill_in(person, &values).await;
            person.click(".actions button").await;
            person.reads("入力内容の確認").await;
            person.click("form[action='/claims'] button").await;
            person.reads("登録完了").await;
        })
        .await;
        recording.written(Lang::Ja).yaml
    });
    assert_eq!(night.portal.ledger().entries().len(), 1, "the person entered one");
    for (name, value) in values.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        let words_of_the_page = ["平成", "会社員", "普通", "同居"].contains(&value.as_str());
        assert!(value.chars().count() < 3 || words_of_the_page || !yaml.contains(value.as_str()), "{name}:\n{yaml}");
    }
    assert!(!yaml.contains(PASSWORD) && !yaml.contains(USER), "{yaml}");
    for line in [
        "  - fill: {label: 職員番号, value: {account: user}}",
        "  - fill: {label: パスワード, value: {account: password}}",
        "  - open: /menu\n  - click: {link: 認定請求 登録}",
        "  - choose: {label: 児童1 同居の別, value: $児童1同居の別}",
        "  - fill: {label: 請求者氏名, value: $請求者氏名}",
        "  - choose: {label: 生年月日 元号, value: $生年月日元号}",
        "  - choose: {label: 職業, value: $職業}",
        "  - POST /claims/confirm",
        "      click: {button: 登録}",
        "      confirmed_by: {text: 登録完了}",
    ] {
        assert!(yaml.contains(line), "{line} is not in\n{yaml}");
    }
    enters_the_next(&mut night, &yaml);
}

/// Puts the recorded parts where they belong, with the form's own names for the fields, and enters a document by them.
fn enters_the_next(night: &mut Night, yaml: &str) {
    let fields = [
        ("請求年月日", "$submitted | era_date"),
        ("フリガナ", "$kana"),
        ("請求者氏名", "$name"),
        ("生年月日元号", "$birth_era"),
        ("生年月日年", "$birth_y"),
        ("生年月日月", "$birth_m"),
        ("生年月日日", "$birth_d"),
        ("個人番号", "$my_number"),
        ("郵便番号", "$postal"),
        ("住所", "$address"),
        ("電話番号", "$phone"),
        ("職業", "$occupation"),
        ("金融機関", "$bank"),
        ("支店", "$branch"),
        ("預金種別", "$account_type"),
        ("口座番号", "$account_no"),
        ("児童1氏名", "$child1_name"),
        ("児童1生年月日年", "$child1_y"),
        ("児童1生年月日月", "$child1_m"),
        ("児童1生年月日日", "$child1_d"),
        ("児童1同居の別", "$child1_living"),
    ];
    let steps = yaml[yaml.find("steps:\n").unwrap()..].to_owned();
    let steps = fields.iter().fold(steps, |steps, (words, field)| {
        steps.replace(&format!("value: ${words}}}"), &format!("value: {field}}}"))
    });
    let sign_in = &yaml[yaml.find("sign_in:\n").unwrap()..];
    let sign_in = &sign_in[..sign_in.find("\n\n").unwrap() + 1];
    let scenario = night.path("scenarios/jido-teate/scenario.yaml");
    let text = std::fs::read_to_string(&scenario).unwrap();
    let (before, rest) = text.split_once("steps:\n").unwrap();
    let after = &rest[rest.find("# 実行前の点検").unwrap()..];
    std::fs::write(&scenario, format!("{before}{steps}\n{after}")).unwrap();
    let target = night.path("scenarios/targets/portal.yaml");
    let text = std::fs::read_to_string(&target).unwrap();
    let (before, rest) = text.split_once("sign_in:\n").unwrap();
    let after = &rest[rest.find("signed_out:").unwrap()..];
    std::fs::write(&target, format!("{before}{sign_in}\n{after}")).unwrap();
    let deployed = night.jitan(&["deploy", night.path("scenarios/jido-teate").to_str().unwrap()]);
    assert!(deployed.status.success(), "{}\n{yaml}", told(&deployed));
    let before_it = night.portal.ledger().entries().len();
    night.plugged(None, &[night.given(8)]);
    assert_eq!(night.stages(), [StageKind::Done], "{:?}\n{yaml}", night.documents());
    assert_eq!(night.portal.ledger().entries().len(), before_it + 1);
}

/// What Playwright's code generator writes for one claim on the portal.
fn generated(address: &str) -> String {
    let values = made_up(7);
    let value = |name: &str| values[name].clone().unwrap_or_default();
    let mut lines = format!("await page.goto('{address}/login');\n");
    let mut line = |call: String| lines.push_str(&format!("  await page.{call};\n"));
    let fill = |label: &str, text: &str| format!("getByRole('textbox', {{ name: '{label}' }}).fill('{text}')");
    let click = |role: &str, name: &str| format!("getByRole('{role}', {{ name: '{name}' }}).click()");
    let choose = |label: &str, text: &str| format!("getByLabel('{label}').selectOption('{text}')");
    line(fill("職員番号", USER));
    line(fill("パスワード", PASSWORD));
    line(click("button", "ログイン"));
    line("goto('/claims/new')".to_owned());
    line(click("textbox", "請求年月日"));
    line(fill("請求年月日", "令和8年11月20日"));
    for (label, name) in [("フリガナ", "kana"), ("請求者氏名", "name")] {
        line(fill(label, &value(name)));
    }
    line(choose("生年月日 元号", &value("birth_era")));
    for (label, name) in [
        ("生年月日 年", "birth_y"),
        ("生年月日 月", "birth_m"),
        ("生年月日 日", "birth_d"),
        ("個人番号", "my_number"),
        ("郵便番号", "postal"),
        ("住所", "address"),
        ("電話番号", "phone"),
        ("金融機関", "bank"),
        ("支店", "branch"),
        ("口座番号", "account_no"),
        ("児童1 氏名", "child1_name"),
        ("児童1 生年月日 年", "child1_y"),
        ("児童1 生年月日 月", "child1_m"),
        ("児童1 生年月日 日", "child1_d"),
    ] {
        line(fill(label, &value(name)));
    }
    for name in ["occupation", "account_type", "child1_living"] {
        line(format!("getByRole('radio', {{ name: '{}' }}).check()", value(name)));
    }
    line(click("button", "確認画面へ"));
    line(click("button", "登録"));
    format!(
        "import {{ test, expect }} from '@playwright/test';\n\ntest('test', async ({{ page }}) => {{\n  {lines}  \
         await expect(page.getByRole('heading', {{ name: '登録完了' }})).toBeVisible();\n}});\n"
    )
}

#[test]
fn what_playwright_recorded_becomes_a_scenario_that_enters_the_next() {
    let mut night = Night::begin(&Settings { step_timeout: "8s", ..Settings::default() });
    let file = night.path("recorded.spec.ts");
    std::fs::write(&file, generated(night.portal.url())).unwrap();
    let imported = night.jitan(&["record", "--from", file.to_str().unwrap()]);
    assert!(imported.status.success(), "{}", told(&imported));
    let mut yaml = String::from_utf8(imported.stdout).unwrap();
    let values = made_up(7);
    for name in ["name", "kana", "my_number", "postal", "address", "phone", "account_no", "child1_name"] {
        assert!(!yaml.contains(values[name].as_deref().unwrap()), "{name}:\n{yaml}");
    }
    assert!(!yaml.contains(PASSWORD) && !yaml.contains(USER), "{yaml}");
    // Which of several buttons was ticked is all that was written down; which field it stands for, its author knows.
    for (name, label) in [("occupation", "職業"), ("account_type", "預金種別"), ("child1_living", "児童1 同居の別")]
    {
        let ticked = format!("  - check: {{label: {}}}", values[name].as_deref().unwrap());
        assert!(yaml.contains(&ticked), "{ticked}:\n{yaml}");
        yaml = yaml.replace(&ticked, &format!("  - choose: {{label: {label}, value: ${name}}}"));
    }
    enters_the_next(&mut night, &yaml);
}

#[test]
fn locators_are_the_words_that_people_see_and_name_one_thing_only() {
    let page = "<h2>児童1</h2><p><label>氏名<input name=n1></label></p><h2>児童2</h2><p><label>氏名<input name=n2></label></p>
        <table><tr><th>電話</th><td><input name=tel></td></tr></table><input name=q placeholder='町名を入力'>
        <input id=bare1 name=b1><input class=x><div><button type=button>削除</button><button type=button>削除</button></div>";
    let yaml = story(async {
        let pages = Pages::serve(page).await;
        let recording = watched(&format!("{}/page", pages.address), async |person| {
            person.sees("document.readyState === 'complete'").await;
            for (selector, text) in [
                ("[name=n1]", "あ"),
                ("[name=n2]", "い"),
                ("[name=tel]", "03"),
                ("[name=q]", "う"),
                ("[name=b1]", "え"),
                (".x", "お"),
            ] {
                person.write(selector, text).await;
            }
            person.click("div button:last-of-type").await;
        })
        .await;
        recording.written(Lang::En).yaml
    });
    for line in [
        "  - open: /page",
        "  - fill: {label: 氏名, in: 児童1, value: $氏名}",
        "  - fill: {label: 氏名, in: 児童2, value: $氏名_2}",
        "  - fill: {label: 電話, value: $電話}",
        "  - fill: {placeholder: 町名を入力, value: $町名を入力}",
        "  - fill: {css: \"#bare1\", value: $field}",
        "  - click: {button: 削除, nth: 2}",
    ] {
        assert!(yaml.contains(line), "{line} is not in\n{yaml}");
    }
}

#[test]
fn a_dialog_is_answered_by_the_person_and_its_answer_is_kept_with_its_step() {
    let page =
        "<form action=/send method=post onsubmit=\"return confirm('登録しますか')\"><label>氏名<input name=a></label>
        <button>登録する</button></form>";
    let yaml = story(async {
        let pages = Pages::serve(page).await;
        let recording = watched(&format!("{}/page", pages.address), async |person| {
            person.sees("document.readyState === 'complete'").await;
            person.call("Page.enable", json!({})).await;
            person.write("[name=a]", "板橋花子").await;
            // The click is not over while its dialog is open.
            let answer = async |person: &mut Person| {
                for _ in 0..100 {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    let answered = person.call("Page.handleJavaScriptDialog", json!({"accept": true})).await;
                    if answered.is_object() {
                        return;
                    }
                }
            };
            person.click_without_waiting("button").await;
            answer(person).await;
            person.reads("受付完了").await;
        })
        .await;
        assert_eq!(pages.sent().len(), 1);
        recording.written(Lang::En).yaml
    });
    assert!(yaml.contains("confirmed_by: {text: 受付完了}\n      on_unknown: ask\n    dialog: accept"), "{yaml}");
}

impl Person {
    /// Hands a click over, whose page may not answer for it yet.
    async fn click_without_waiting(&mut self, selector: &str) {
        let place = format!(
            "(() => {{ const box = document.querySelector('{selector}').getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        );
        let at = self.sees(&place).await;
        for kind in ["mousePressed", "mouseReleased"] {
            self.calls += 1;
            let params = json!({"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1});
            let call = json!({"id": self.calls, "method": "Input.dispatchMouseEvent", "params": params, "sessionId": self.session});
            self.socket.send(Message::text(call.to_string())).await.unwrap();
        }
    }
}
