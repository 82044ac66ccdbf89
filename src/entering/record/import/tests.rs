use super::*;
use crate::entering::record::Recording;
use crate::locale::Lang;

fn drafted(text: &str) -> Vec<String> {
    let yaml = Recording::imported(happened(text, None).unwrap()).written(Lang::En).yaml;
    yaml.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect()
}

const EXPECTED: &[&str] = &[
    "sign_in:",
    "  - open: /login",
    "  - fill: {label: 職員番号, value: {account: user}}",
    "  - fill: {label: パスワード, value: {account: password}}",
    "  - click: {button: ログイン}",
    "steps:",
    "  - open: \"?\"",
    "  - click: {link: 登録}",
    "  - fill: {label: 氏名, value: $氏名}",
    "  - fill: {label: 氏名, in: 児童1, value: $児童1氏名}",
    "  - choose: {label: 職業, value: $職業}",
    "  - check: {label: 同意する}",
    "  - upload: {css: \"#scan\"}",
    "  - click: {button: 削除, nth: 2}",
    "    dialog: accept",
    "  - submit:",
    "      click: {button: 登録する}",
    "      confirmed_by: {text: 登録完了}",
    "      on_unknown: ask",
    "  - expect: {text: 登録完了}",
];

#[test]
fn a_recording_of_playwrights_in_typescript_becomes_steps() {
    let recorded = r#"
import { test, expect } from '@playwright/test';

test('test', async ({ page }) => {
  await page.goto('http://portal.test:8080/login?next=1');
  await page.getByRole('textbox', { name: '職員番号' }).click();
  await page.getByRole('textbox', { name: '職員番号' }).fill('rpa01');
  await page.getByRole('textbox', { name: '職員番号' }).press('Tab');
  await page.getByRole('textbox', { name: 'パスワード' }).fill('ひみつ');
  await page.getByRole('button', { name: 'ログイン' }).click();
  await page.getByRole('link', { name: '登録', exact: true }).click();
  await page.getByLabel('氏名').fill('板橋\u3000花子');
  await page.getByRole('group', { name: '児童1' }).getByLabel('氏名').fill('板橋太郎');
  await page.getByLabel('職業').selectOption('会社員');
  await page.locator('iframe').contentFrame().getByLabel('同意する').check();
  await page.locator('#scan').setInputFiles('scan.png');
  page.once('dialog', dialog => {
    console.log(`Dialog message: ${dialog.message()}`);
    dialog.accept().catch(() => {});
  });
  await page.getByRole('button', { name: '削除' }).nth(1).click();
  await page.getByRole('button', { name: '登録する' }).click();
  await expect(page.getByRole('heading', { name: '登録完了' })).toBeVisible();
});
"#;
    assert_eq!(drafted(recorded), EXPECTED);
}

#[test]
fn a_recording_of_playwrights_in_python_becomes_the_same_steps() {
    let recorded = r##"
import re
from playwright.sync_api import Playwright, sync_playwright, expect

def run(playwright: Playwright) -> None:
    browser = playwright.chromium.launch(headless=False)
    context = browser.new_context()
    page = context.new_page()
    page.goto("http://portal.test:8080/login?next=1")
    page.get_by_role("textbox", name="職員番号").click()
    page.get_by_role("textbox", name="職員番号").fill("rpa01")
    page.get_by_role("textbox", name="パスワード").fill("ひみつ")
    page.get_by_role("button", name="ログイン").click()
    page.get_by_role("link", name="登録", exact=True).click()
    page.get_by_label("氏名").fill("板橋\u3000花子")
    page.get_by_role("group", name="児童1").get_by_label("氏名").fill("板橋太郎")
    page.get_by_label("職業").select_option("会社員")
    page.locator("iframe").content_frame.get_by_label("同意する").check()
    page.locator("#scan").set_input_files("scan.png")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="削除").nth(1).click()
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("登録完了")).to_be_visible()

    # ---------------------
    context.close()
    browser.close()
"##;
    assert_eq!(drafted(recorded), EXPECTED);
}

#[test]
fn a_recording_of_seleniums_becomes_steps_with_the_best_locator_that_it_knew() {
    let recorded = r##"{"id": "1", "version": "2.0", "name": "portal", "url": "http://portal.test:8080", "tests": [{
      "id": "2", "name": "登録", "commands": [
        {"command": "open", "target": "/login", "targets": [], "value": ""},
        {"command": "setWindowSize", "target": "1200x800", "targets": [], "value": ""},
        {"command": "click", "target": "name=password", "targets": [], "value": ""},
        {"command": "type", "target": "name=user", "targets": [["name=user", "name"], ["css=input", "css:finder"]], "value": "rpa01"},
        {"command": "type", "target": "name=password", "targets": [], "value": "ひみつ"},
        {"command": "click", "target": "css=button", "targets": [["css=button", "css:finder"],
          ["xpath=//button[contains(.,'ログイン')]", "xpath:innerText"]], "value": ""},
        {"command": "click", "target": "linkText=登録", "targets": [], "value": ""},
        {"command": "type", "target": "id=name", "targets": [], "value": "板橋花子"},
        {"command": "sendKeys", "target": "id=name", "targets": [], "value": "${KEY_ENTER}"},
        {"command": "select", "target": "id=job.kind", "targets": [], "value": "label=会社員"},
        {"command": "//click", "target": "id=other", "targets": [], "value": ""},
        {"command": "chooseOkOnNextConfirmation", "target": "", "targets": [], "value": ""},
        {"command": "click", "target": "xpath=//div[3]/button", "targets": [["xpath=//div[3]/button", "xpath:position"]], "value": ""},
        {"command": "assertText", "target": "css=h1", "targets": [], "value": "登録完了"}
    ]}]}"##;
    let expected = [
        "sign_in:",
        "  - open: /login",
        "  - click: {css: \"[name=\\\"password\\\"]\"}",
        "  - fill: {css: \"[name=\\\"user\\\"]\", value: {account: user}}",
        "  - fill: {css: \"[name=\\\"password\\\"]\", value: {account: password}}",
        "  - click: {button: ログイン}",
        "steps:",
        "  - open: \"?\"",
        "  - click: {link: 登録}",
        "  - fill: {css: \"#name\", value: $name}",
        "  - choose: {css: \"[id=\\\"job.kind\\\"]\", value: $jobkind}",
        "  - submit:",
        "      click: {css: \"?\"}",
        "      confirmed_by: {text: 登録完了}",
        "      on_unknown: ask",
        "    dialog: accept",
        "  - expect: {text: 登録完了}",
    ];
    assert_eq!(drafted(recorded), expected);
    let yaml = Recording::imported(happened(recorded, None).unwrap()).written(Lang::En).yaml;
    assert!(yaml.contains("# Line 9 of the recording (sendKeys) has no step here"), "{yaml}");
}

#[test]
fn what_was_typed_is_not_written_even_where_a_later_step_names_it() {
    let recorded = "page.goto('http://a.test/'); page.getByLabel('氏名').fill('板橋花子'); \
                    page.getByRole('link', { name: '板橋花子' }).click(); page.getByText('送る').click();\
                    expect(page.getByText('板橋花子 様を登録しました')).toBeVisible()";
    let yaml = Recording::imported(happened(recorded, None).unwrap()).written(Lang::Ja).yaml;
    assert!(!yaml.contains("花子"), "{yaml}");
    assert!(yaml.contains("confirmed_by: {text: \"?\"}"), "{yaml}");
}

#[test]
fn what_has_no_step_of_ours_is_left_to_the_author_with_its_line() {
    let recorded = "page.goto('/x');\npage.getByRole('button', { name: /登録|送信/ }).click();\n\
                    page.getByText('a').filter({ hasText: 'b' }).click();\npage.mouse.wheel(0, 3);\n\
                    page.getByLabel('品').selectOption(['a', 'b']);\nconst page1Promise = page.waitForEvent('popup');\n\
                    await page1.getByLabel('窓').fill('1');";
    let written = Recording::imported(happened(recorded, None).unwrap()).written(Lang::En);
    assert_eq!(written.unnamed, 4, "{}", written.yaml);
    for line in ["Line 4 of the recording (wheel)", "Line 5 of the recording (selectOption)", "Windows that opened, 1"]
    {
        assert!(written.yaml.contains(line), "{line}:\n{}", written.yaml);
    }
    assert!(!written.yaml.contains("窓,"), "{}", written.yaml);
}

#[test]
fn a_file_that_is_no_recording_or_holds_several_is_said_to_be_so() {
    let code = |text: &str, test| happened(text, test).unwrap_err().code;
    assert_eq!(code("氏名,住所\n板橋花子,板橋\n", None), "entering.import-empty");
    assert_eq!(code("", None), "entering.import-empty");
    assert_eq!(code("{\"a\": 1}", None), "entering.import-unknown");
    let two = r#"{"tests": [{"name": "甲", "commands": []}, {"name": "乙", "commands": [{"command": "open", "target": "/"}]}]}"#;
    assert_eq!(code(two, None), "entering.import-which-test");
    assert_eq!(code(two, Some("丙")), "entering.import-no-such-test");
    assert_eq!(code(two, Some("甲")), "entering.import-empty");
    assert_eq!(happened(two, Some("乙")).unwrap().len(), 1);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_import_fail_otherwise_than_by_saying_so(text in "(page|expect|\\.|\\(|\\)|'|\"|`|\\\\|/|\\{|\\}|:|=|\n|a|click|fill|getByRole|u|1){0,60}") {
        if let Ok(happened) = happened(&text, None) {
            Recording::imported(happened).written(Lang::En);
        }
    }
}
