//! What Selenium IDE saves (`.side`): JSON with a list of commands for each test.

use serde::Deserialize;

use super::{ActKind, Done, Foreign};
use crate::message;
use crate::model::locator::Locator;
use crate::model::message::Message;

#[derive(Deserialize)]
struct Project {
    #[serde(default)]
    url: String,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    name: String,
    commands: Vec<Command>,
}

#[derive(Deserialize)]
struct Command {
    command: String,
    #[serde(default)]
    target: String,
    /// Every locator that it knew for the target, with its kind.
    #[serde(default)]
    targets: Vec<(String, String)>,
    #[serde(default)]
    value: String,
}

/// A test's commands as steps.
///
/// # Errors
/// What to do if it is no such file, or which tests there are.
pub fn steps(text: &str, test: Option<&str>) -> Result<Vec<Foreign>, Message> {
    let project: Project = serde_json::from_str(text).map_err(|_| message!("entering.import-unknown"))?;
    let names = || project.tests.iter().map(|test| test.name.as_str()).collect::<Vec<_>>().join(", ");
    let chosen = match (test, project.tests.as_slice()) {
        (None, [only]) => only,
        (None, _) => return Err(message!("entering.import-which-test", names = names())),
        (Some(name), tests) => tests
            .iter()
            .find(|test| test.name == name)
            .ok_or_else(|| message!("entering.import-no-such-test", name = name, names = names()))?,
    };
    let steps = chosen.commands.iter().enumerate();
    Ok(steps.filter_map(|(at, command)| Some(Foreign { line: at + 1, done: done(command, &project.url)? })).collect())
}

/// `None` for what does nothing to the target. Commands behind `//` are switched off.
fn done(command: &Command, site: &str) -> Option<Done> {
    let act = |act| Some(Done::acted(act, located(command), &command.value));
    let answered = |accepted, next| Some(Done::Answered { accepted, next });
    match command.command.as_str() {
        name if name.starts_with("//") => None,
        "open" => Some(Done::Opened { address: address(site, &command.target) }),
        "click" => act(ActKind::Click),
        "type" => act(ActKind::Fill),
        "select" => act(ActKind::Choose),
        "check" => act(ActKind::Check),
        "uncheck" => {
            Some(Done::Acted { act: ActKind::Check, locator: located(command), text: String::new(), on: false })
        }
        "assertText" | "verifyText" => Some(Done::acted(ActKind::Look, Some(Locator::Text(command.value.clone())), "")),
        "assertElementPresent" | "verifyElementPresent" | "waitForElementVisible" | "waitForElementPresent" => {
            act(ActKind::Look)
        }
        "chooseOkOnNextConfirmation" => answered(true, true),
        "chooseCancelOnNextConfirmation" => answered(false, true),
        "webdriverChooseOkOnVisibleConfirmation" => answered(true, false),
        "webdriverChooseCancelOnVisibleConfirmation" => answered(false, false),
        "selectWindow" => Some(Done::OpenedWindow),
        // Frames are looked into in any case; the rest is what the mouse passes over on its way.
        "selectFrame" | "setWindowSize" | "mouseOver" | "mouseOut" | "mouseDown" | "mouseUp" | "mouseDownAt"
        | "mouseMoveAt" | "mouseUpAt" | "runScript" | "close" | "pause" | "echo" | "" => None,
        name => Some(Done::unread(name)),
    }
}

fn address(site: &str, target: &str) -> String {
    let joined = url::Url::parse(site).and_then(|site| site.join(target));
    joined.map_or_else(|_| target.to_owned(), Into::into)
}

/// The best that was recorded: what people read, then what the page's makers named.
fn located(command: &Command) -> Option<Locator> {
    let known = command.targets.iter().map(|(locator, _)| locator.as_str());
    let known: Vec<&str> = known.chain([command.target.as_str()]).collect();
    let by = |kind: fn(&str) -> Option<Locator>| known.iter().find_map(|locator| kind(locator));
    by(words).or_else(|| by(named)).or_else(|| by(css))
}

fn words(locator: &str) -> Option<Locator> {
    if let Some(text) = locator.strip_prefix("linkText=") {
        return Some(Locator::Link(text.to_owned()));
    }
    // The shape it writes for an element's own words: xpath=//button[contains(.,'登録')]
    let path = locator.strip_prefix("xpath=").unwrap_or(locator).strip_prefix("//")?;
    let (element, text) = path.strip_suffix("')]")?.split_once("[contains(.,'")?;
    let text = text.to_owned();
    match element {
        "button" => Some(Locator::Button(text)),
        "a" => Some(Locator::Link(text)),
        _ if element.chars().all(|c| c.is_ascii_alphanumeric()) => Some(Locator::Text(text)),
        _ => None,
    }
}

fn named(locator: &str) -> Option<Locator> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    if let Some(id) = locator.strip_prefix("id=") {
        let plain =
            id.starts_with(char::is_alphabetic) && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        return Some(Locator::Css(if plain { format!("#{id}") } else { format!("[id={}]", quoted(id)) }));
    }
    locator.strip_prefix("name=").map(|name| Locator::Css(format!("[name={}]", quoted(name))))
}

fn css(locator: &str) -> Option<Locator> {
    locator.strip_prefix("css=").map(|selector| Locator::Css(selector.to_owned()))
}
