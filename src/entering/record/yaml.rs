//! Writing a recording down: YAML for a target and a scenario, with comments for who takes it over.

use std::fmt::Write as _;

use super::{Recorded, RecordedAct, Recording, Value};
use crate::locale::Lang;
use crate::message;
use crate::model::locator::Locator;
use crate::model::message::Message;
use crate::model::step::DialogAnswer;
use crate::model::target::RequestPattern;
use crate::model::value::Personal;

/// What a recording comes to: a target's part and a scenario's.
#[derive(Debug)]
pub struct Written {
    pub yaml: String,
    /// Steps whose place nothing named alone.
    pub unnamed: u32,
}

impl Recording {
    /// The recording as YAML for a target and a scenario, with comments in the person's language.
    pub fn written(&self, lang: Lang) -> Written {
        let sign_in = self.sign_in_end();
        let submit = self.submit(sign_in);
        let mut out = Out { yaml: String::new(), unnamed: 0, lang, recording: self };
        out.comment(&message!("entering.record-head"));
        if self.imported {
            out.comment(&message!("entering.import-head"));
        }
        if sign_in > 0 {
            out.comment(&message!("entering.record-target"));
            out.yaml.push_str("sign_in:\n");
            self.steps[..sign_in].iter().for_each(|step| out.step(step));
            out.yaml.push('\n');
        }
        out.writes(submit);
        out.comment(&message!("entering.record-scenario"));
        out.yaml.push_str("steps:\n");
        out.begin(self.steps.get(sign_in));
        for (at, step) in self.steps.iter().enumerate().skip(sign_in) {
            match submit {
                Some(submit) if at == submit => out.submit(step, self.confirmed_by(submit)),
                Some(submit) if at > submit && !matches!(step.act, RecordedAct::Look | RecordedAct::Unread { .. }) => {}
                _ => out.step(step),
            }
        }
        if submit.is_none() {
            out.comment(&message!("entering.record-no-submit"));
        }
        if self.windows > 0 {
            out.comment(&message!("entering.record-windows", count = self.windows));
        }
        Written { yaml: out.yaml, unnamed: out.unnamed }
    }

    /// Steps up to the click that sends the password.
    fn sign_in_end(&self) -> usize {
        let password = |step: &Recorded| step.act == RecordedAct::Fill(Value::Password);
        let Some(filled) = self.steps.iter().rposition(password) else { return 0 };
        let click = self.steps[filled..].iter().position(|step| step.act == RecordedAct::Click);
        click.map_or(filled + 1, |after| filled + after + 1)
    }

    /// The last click that sent something; where that is not known, the last click.
    fn submit(&self, from: usize) -> Option<usize> {
        let sent = |step: &Recorded| step.act == RecordedAct::Click && (self.imported || !step.writes.is_empty());
        self.steps[from..].iter().rposition(sent).map(|at| from + at)
    }

    /// A heading that came with the answer to the last write, and stood on no page before; of an imported recording, the
    /// text that was looked for after the submit.
    fn confirmed_by(&self, submit: usize) -> Option<String> {
        let fit = |text: &str| !self.holds_typed(text) && !has_long_number(text);
        if self.imported {
            let looked = self.steps[submit..].iter().filter(|step| step.act == RecordedAct::Look);
            let mut texts = looked.filter_map(|step| match &step.locator {
                Some(Locator::Text(text)) => Some(text),
                _ => None,
            });
            return texts.rfind(|text| fit(text)).cloned();
        }
        let from = self.last_write?;
        let before: Vec<&str> = self.headings.iter().take(from).flatten().map(Personal::expose).collect();
        let mut after = self.headings.iter().skip(from).flatten().map(Personal::expose);
        after.find(|text| !before.contains(text) && fit(text)).map(str::to_owned)
    }
}

/// A receipt's or a person's.
fn has_long_number(text: &str) -> bool {
    const LONGEST: usize = 4;
    text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() > LONGEST)
}

struct Out<'a> {
    yaml: String,
    unnamed: u32,
    lang: Lang,
    recording: &'a Recording,
}

impl Out<'_> {
    fn comment(&mut self, message: &Message) {
        for line in self.lang.render(message).lines() {
            let _ = writeln!(self.yaml, "# {line}");
        }
    }

    /// A document's steps begin wherever the one before has left the target: they open the page they begin on.
    fn begin(&mut self, first: Option<&Recorded>) {
        let Some(first) = first.filter(|first| !matches!(first.act, RecordedAct::Open(_))) else { return };
        if first.path.is_empty() {
            self.comment(&message!("entering.import-begin"));
            self.yaml.push_str("  - open: \"?\"\n");
        } else if !has_long_number(&first.path) && !self.recording.holds_typed(&first.path) {
            let _ = writeln!(self.yaml, "  - open: {}", scalar(&first.path));
        }
    }

    fn step(&mut self, step: &Recorded) {
        if let Some(line) = self.line(step) {
            let _ = writeln!(self.yaml, "  - {line}");
            self.dialog(step);
        }
    }

    /// A step as its author would write it; `None`, and told, if it cannot be written.
    fn line(&mut self, step: &Recorded) -> Option<String> {
        Some(match &step.act {
            RecordedAct::Open(path) => format!("open: {}", scalar(path)),
            RecordedAct::Unread { line, command } => {
                self.unnamed += 1;
                self.comment(&message!("entering.import-unread", line = line, command = command));
                return None;
            }
            RecordedAct::Fill(value) => format!("fill: {{{}, value: {}}}", self.place(step)?, written(value)),
            RecordedAct::Choose(value) => format!("choose: {{{}, value: {}}}", self.place(step)?, written(value)),
            RecordedAct::Check(true) => format!("check: {{{}}}", self.place(step)?),
            RecordedAct::Check(false) => format!("check: {{{}, on: false}}", self.place(step)?),
            RecordedAct::Upload => format!("upload: {{{}}}", self.place(step)?),
            RecordedAct::Click => format!("click: {{{}}}", self.place(step)?),
            RecordedAct::Look => format!("expect: {{{}}}", self.place(step)?),
        })
    }

    fn submit(&mut self, step: &Recorded, confirmed_by: Option<String>) {
        let place = self.place(step).unwrap_or_else(|| "css: \"?\"".to_owned());
        let guessed = if self.recording.imported { "entering.import-submit" } else { "entering.record-submit" };
        self.comment(&Message::new(guessed));
        let _ = writeln!(self.yaml, "  - submit:\n      click: {{{place}}}");
        match confirmed_by {
            Some(text) => {
                let _ = writeln!(self.yaml, "      confirmed_by: {{text: {}}}", scalar(&text));
            }
            None => {
                self.comment(&message!("entering.record-no-evidence"));
                self.yaml.push_str("      confirmed_by: {text: \"?\"}\n");
            }
        }
        self.yaml.push_str("      on_unknown: ask\n");
        self.dialog(step);
    }

    fn dialog(&mut self, step: &Recorded) {
        match step.dialog {
            Some(DialogAnswer::Accept) => self.yaml.push_str("    dialog: accept\n"),
            Some(DialogAnswer::Dismiss) => self.yaml.push_str("    dialog: dismiss\n"),
            None => {}
        }
    }

    /// A step's locator; `None`, and told, if nothing names it alone or its words hold what was typed.
    fn place(&mut self, step: &Recorded) -> Option<String> {
        let fit = step.locator.as_ref().filter(|locator| !self.recording.locator_holds_typed(locator));
        if fit.is_none() && step.act != RecordedAct::Look {
            self.unnamed += 1;
            self.comment(&message!("entering.record-unnamed"));
        }
        fit.map(place)
    }

    /// Every request that was seen, for the author to classify; the submit's own stands apart.
    fn writes(&mut self, submit: Option<usize>) {
        let steps = &self.recording.steps;
        let own: Vec<&RequestPattern> = submit.iter().flat_map(|at| &steps[*at].writes).collect();
        let mut others: Vec<&RequestPattern> = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            if Some(at) != submit {
                others.extend(&step.writes);
            }
        }
        others.retain(|request| !own.contains(request));
        others.sort();
        others.dedup();
        if !others.is_empty() {
            self.comment(&message!("entering.record-requests"));
            self.yaml.push_str("reading_requests:\n");
            for request in others {
                let _ = writeln!(self.yaml, "  - {request}");
            }
        }
        for request in own {
            self.comment(&message!("entering.record-own-request", request = request));
        }
        self.yaml.push('\n');
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Field(name) => format!("${name}"),
        Value::User => "{account: user}".to_owned(),
        Value::Password => "{account: password}".to_owned(),
    }
}

fn place(locator: &Locator) -> String {
    let one = |key: &str, text: &str| format!("{key}: {}", scalar(text));
    match locator {
        Locator::Label(text) => one("label", text),
        Locator::Button(text) => one("button", text),
        Locator::Link(text) => one("link", text),
        Locator::Text(text) => one("text", text),
        Locator::Placeholder(text) => one("placeholder", text),
        Locator::Css(selector) => one("css", selector),
        Locator::Role { role, name: None } => one("role", role),
        Locator::Role { role, name: Some(name) } => format!("{}, {}", one("role", role), one("name", name)),
        Locator::Placed { what, within, right_of, below, nth } => {
            let places = [("in", within), ("right_of", right_of), ("below", below)];
            let places = places.into_iter().filter_map(|(key, text)| Some(one(key, text.as_deref()?)));
            let nth = nth.map(|n| format!("nth: {n}"));
            std::iter::once(place(what)).chain(places).chain(nth).collect::<Vec<_>>().join(", ")
        }
    }
}

/// A YAML scalar: plain if nobody could take it for anything else, otherwise quoted as JSON, which YAML reads.
fn scalar(text: &str) -> String {
    let letter = |c: char| c.is_alphabetic() || matches!(c, '/' | '_');
    let plain = text.starts_with(letter)
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '/' | '_' | '-' | '.' | '（' | '）'))
        && !["true", "false", "null", "yes", "no", "on", "off"].contains(&text.to_lowercase().as_str());
    if plain { text.to_owned() } else { serde_json::to_string(text).expect("a text is JSON") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_that_yaml_could_read_otherwise_is_quoted() {
        for text in ["", "no", "8", "- a", "a: b", "a # b", "{a}", "*", "\"a\"", "a\nb", " a", "登録, 削除"] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
        for text in ["登録する", "児童1 氏名", "/claims/new"] {
            assert_eq!(scalar(text), text);
        }
    }
}
