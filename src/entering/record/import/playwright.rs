//! What Playwright's code generator writes, for JavaScript, TypeScript or Python. Names that depend on a pattern, or on
//! several filters, are not carried over: the step is left for its author.

use super::chain::{Call, calls, closing};
use super::token::{Kind, Token, tokens};
use super::{ActKind, Done, Foreign};
use crate::model::locator::Locator;

/// The name codegen gives the window it begins in; those that open later have numbers.
const PAGE: &str = "page";

/// A recording's steps, in order.
pub fn steps(program: &str) -> Vec<Foreign> {
    let tokens = tokens(program);
    let mut steps = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let free = at == 0 || tokens[at - 1].kind != Kind::Sign('.');
        at = match &tokens[at].kind {
            Kind::Word(word) if free && word == "expect" && follows(&tokens, at, '(') => {
                let end = closing(&tokens, at + 1);
                let (checks, next) = calls(&tokens, (end + 1).min(tokens.len()));
                steps.extend(looked(&tokens[at + 2..end.max(at + 2)], &checks));
                next.max(at + 1)
            }
            Kind::Word(word) if free && word.starts_with(PAGE) && follows(&tokens, at, '.') => {
                let (chain, next) = calls(&tokens, at + 1);
                steps.extend(acted(word == PAGE, chain));
                next.max(at + 1)
            }
            _ => at + 1,
        };
    }
    steps
}

fn follows(tokens: &[Token], at: usize, sign: char) -> bool {
    tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Sign(sign))
}

fn acted(main: bool, mut chain: Vec<Call<'_>>) -> Option<Foreign> {
    let last = chain.pop()?;
    let line = last.line;
    let locator = || located(&chain);
    let text = || last.text().unwrap_or_default();
    let done = match last.name.as_str() {
        "waitforevent" if last.text() == Some("popup") => Done::OpenedWindow,
        "expectpopup" => Done::OpenedWindow,
        // What is done in other windows is told once, by their opening.
        _ if !main => return None,
        "goto" => Done::Opened { address: last.text()?.to_owned() },
        "click" => Done::acted(ActKind::Click, locator(), ""),
        "fill" | "presssequentially" | "type" => Done::acted(ActKind::Fill, locator(), text()),
        "selectoption" => match last.texts()[..] {
            [_] => Done::acted(ActKind::Choose, locator(), text()),
            _ => Done::unread("selectOption"),
        },
        "check" => Done::acted(ActKind::Check, locator(), ""),
        "uncheck" => Done::Acted { act: ActKind::Check, locator: locator(), text: String::new(), on: false },
        "setinputfiles" => Done::acted(ActKind::Upload, locator(), ""),
        // Going on to the next control says nothing that the next step does not.
        "press" if matches!(last.text(), Some("Tab" | "Shift+Tab")) => return None,
        "once" | "on" if last.text() == Some("dialog") => Done::Answered { accepted: last.says("accept"), next: true },
        name if QUIET.contains(&name) => return None,
        name => Done::unread(name),
    };
    Some(Foreign { line, done })
}

/// What does nothing to the target.
const QUIET: &[&str] = &[
    "waitforevent",
    "waitforurl",
    "waitforloadstate",
    "waitfortimeout",
    "waitfor",
    "close",
    "screenshot",
    "pause",
    "setviewportsize",
    "setdefaulttimeout",
    "once",
    "on",
];

/// `expect(page.getByText('登録完了')).toBeVisible()`: what the person looked for.
fn looked(subject: &[Token], checks: &[Call<'_>]) -> Option<Foreign> {
    let check = checks.last()?;
    if !subject.first()?.kind.is_word(PAGE) {
        return None;
    }
    let (chain, _) = calls(subject, 1);
    let heading = chain.last().filter(|call| call.text() == Some("heading"));
    let locator = match (check.name.as_str(), heading.and_then(|call| call.option("name"))) {
        ("tobevisible", Some(Kind::Text(text))) => Some(Locator::Text(text.clone())),
        ("tobevisible", _) => located(&chain),
        ("tocontaintext" | "tohavetext", _) => check.text().map(|text| Locator::Text(text.to_owned())),
        _ => return Some(Foreign { line: check.line, done: Done::unread(&check.name) }),
    };
    Some(Foreign { line: check.line, done: Done::acted(ActKind::Look, locator, "") })
}

/// One locator of ours for a chain of theirs; `None` if it says more than ours can.
fn located(chain: &[Call<'_>]) -> Option<Locator> {
    // Frames are looked into in any case.
    let in_frame = chain.iter().rposition(|call| matches!(call.name.as_str(), "framelocator" | "contentframe"));
    let mut found: Option<Locator> = None;
    for call in &chain[in_frame.map_or(0, |at| at + 1)..] {
        found = Some(match (call.name.as_str(), found) {
            ("first", Some(what)) => placed(what, None, Some(1))?,
            ("nth", Some(what)) => placed(what, None, Some(call.number()?.checked_add(1)?))?,
            // A part of the page by its heading, and one thing in it.
            (_, Some(Locator::Role { role, name: Some(part) })) if matches!(role.as_str(), "group" | "region") => {
                placed(named(call)?, Some(part), None)?
            }
            (_, None) => named(call)?,
            (_, Some(_)) => return None,
        });
    }
    found
}

fn placed(what: Locator, within: Option<String>, nth: Option<u16>) -> Option<Locator> {
    match what {
        Locator::Placed { what, within, right_of, below, nth: None } => {
            Some(Locator::Placed { what, within, right_of, below, nth })
        }
        Locator::Placed { .. } => None,
        what => Some(Locator::Placed { what: Box::new(what), within, right_of: None, below: None, nth }),
    }
}

fn named(call: &Call<'_>) -> Option<Locator> {
    let text = call.text()?.to_owned();
    Some(match call.name.as_str() {
        "getbylabel" | "getbytitle" | "getbyalttext" => Locator::Label(text),
        "getbyplaceholder" => Locator::Placeholder(text),
        "getbytext" => Locator::Text(text),
        "getbytestid" => Locator::Css(format!("[data-testid={}]", serde_json::Value::from(text))),
        "getbyrole" => {
            let name = match call.option("name") {
                Some(Kind::Text(name)) => Some(name.clone()),
                None => None,
                // A pattern.
                Some(_) => return None,
            };
            match (text.as_str(), name) {
                ("button", Some(name)) => Locator::Button(name),
                ("link", Some(name)) => Locator::Link(name),
                (
                    "textbox" | "searchbox" | "spinbutton" | "combobox" | "checkbox" | "radio" | "listbox",
                    Some(name),
                ) => Locator::Label(name),
                (_, name) => Locator::Role { role: text, name },
            }
        }
        "locator" if is_css(&text) => Locator::Css(text),
        _ => return None,
    })
}

/// Playwright's selectors say more than CSS does.
fn is_css(selector: &str) -> bool {
    let more = [">>", ":has-text(", ":text", ":visible", ":nth-match(", "xpath=", "text=", "internal:", "//", "id="];
    !more.iter().any(|word| selector.contains(word))
}
