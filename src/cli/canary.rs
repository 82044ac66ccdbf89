//! `jitan canary`: looks every live scenario's pages over before the batch, read-only, and says whose screen changed.

use clap::Args;

use super::connect::{Desk, Stop};
use super::exit::Exit;
use super::sheet::Format;
use crate::api::types::CanaryRequest;
use crate::engine::canary::{Consequence, Looked, Outcome};
use crate::entering::canary::{Finding, Verdict};
use crate::locale::Lang;
use crate::message;
use crate::model::id::ScenarioName;
use crate::model::message::Message;

#[derive(Debug, Args)]
pub struct CanaryArgs {
    /// Deployed scenarios; none: all live ones.
    pub scenarios: Vec<ScenarioName>,
    /// Holds the scenarios whose screen changed, until a later look finds everything in its place or a mended version is
    /// deployed.
    #[arg(long)]
    pub hold: bool,
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

/// # Errors
/// [`Stop`] with what to say.
pub async fn run(args: &CanaryArgs, desk: &Desk) -> Result<Exit, Stop> {
    let request = CanaryRequest { scenarios: args.scenarios.clone(), hold: args.hold };
    let looked = desk.client.canary(&request).await?;
    match args.format {
        Format::Json => {
            println!("{}", serde_json::to_string_pretty(&looked).expect("findings are plain data"));
        }
        Format::Csv => print!("{}", csv(&looked, desk.lang)),
        Format::Table => print!("{}", told(&looked, desk.lang)),
    }
    let in_place = |one: &Looked| matches!(one.outcome, Outcome::Passed | Outcome::NotChecked { .. });
    Ok(if looked.iter().all(in_place) { Exit::Ok } else { Exit::RunFailed })
}

fn told(looked: &[Looked], lang: Lang) -> String {
    if looked.is_empty() {
        return lang.render(&message!("cli.canary.none")) + "\n";
    }
    looked.iter().map(|one| scenario(one, lang)).collect::<Vec<_>>().join("\n")
}

fn scenario(one: &Looked, lang: Lang) -> String {
    let say = |message: &Message| lang.render(message);
    let mut lines = vec![say(&outcome(one))];
    lines.push(format!("  {} {} ({})", one.department, one.title, one.scenario));
    match &one.outcome {
        Outcome::NotLetIn { why } | Outcome::NotReachable { why } | Outcome::NotChecked { why } => {
            lines.push(format!("  {}", say(why)));
        }
        Outcome::Passed | Outcome::Changed => {}
    }
    for finding in &one.findings {
        let Verdict::Changed { why, near } = &finding.verdict else { continue };
        lines.push(format!("  {}: {}", at(one, finding), say(why)));
        if let Some(near) = near {
            lines.push(format!("    {}", say(&message!("cli.canary.near"))));
            lines.extend(near.expose().lines().map(|line| format!("      {line}")));
        }
    }
    lines.extend(not_checked(one, lang));
    match one.consequence {
        Consequence::Held => lines.push(format!("  {}", say(&message!("cli.canary.held")))),
        Consequence::StaysHeld => lines.push(format!("  {}", say(&message!("cli.canary.stays-held")))),
        Consequence::Released => lines.push(format!("  {}", say(&message!("cli.canary.released")))),
        Consequence::None => {}
    }
    lines.join("\n") + "\n"
}

fn outcome(one: &Looked) -> Message {
    let name = &one.scenario;
    match &one.outcome {
        Outcome::Passed => {
            let checked = one.findings.iter().filter(|finding| finding.verdict == Verdict::Stands).count();
            let left = one.findings.len() - checked;
            message!("cli.canary.passed", scenario = name, checked = checked, left = left)
        }
        Outcome::Changed => {
            let changed = one.findings.iter().filter(|f| matches!(f.verdict, Verdict::Changed { .. })).count();
            message!("cli.canary.changed", scenario = name, count = changed)
        }
        Outcome::NotLetIn { .. } => message!("cli.canary.not-let-in", scenario = name),
        Outcome::NotReachable { .. } => message!("cli.canary.not-reachable", scenario = name),
        Outcome::NotChecked { .. } => message!("cli.canary.not-checked", scenario = name),
    }
}

/// What was not checked, by reason: each reason once, with its lines.
fn not_checked(one: &Looked, lang: Lang) -> Vec<String> {
    let mut by_reason: Vec<(&Message, Vec<String>)> = Vec::new();
    for finding in &one.findings {
        let Verdict::NotChecked { why } = &finding.verdict else { continue };
        let told = format!("{} {}", at(one, finding), finding.locator);
        match by_reason.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, lines)) => lines.push(told),
            None => by_reason.push((why, vec![told])),
        }
    }
    by_reason
        .into_iter()
        .flat_map(|(why, lines)| {
            std::iter::once(format!("  {}", lang.render(why)))
                .chain(lines.into_iter().map(|line| format!("    {line}")))
        })
        .collect()
}

/// `jido-teate/scenario.yaml:43`.
fn at(one: &Looked, finding: &Finding) -> String {
    format!("{}:{}", finding.file(&one.scenario, &one.target), finding.line)
}

fn csv(looked: &[Looked], lang: Lang) -> String {
    use super::sheet::{Cell, Column, Place, Sheet};
    let column = |head: Message| Column { head: lang.render(&head), place: Place::Both };
    let word = |verdict: &Verdict| match verdict {
        Verdict::Stands => "stands",
        Verdict::Changed { .. } => "changed",
        Verdict::NotChecked { .. } => "not-checked",
    };
    let why = |verdict: &Verdict| match verdict {
        Verdict::Stands => String::new(),
        Verdict::Changed { why, .. } | Verdict::NotChecked { why } => lang.render(why),
    };
    let rows = looked.iter().flat_map(|one| {
        one.findings.iter().map(move |finding| {
            let cells = [
                one.scenario.to_string(),
                one.department.clone(),
                at(one, finding),
                finding.locator.clone(),
                word(&finding.verdict).to_owned(),
                why(&finding.verdict),
            ];
            cells.into_iter().map(Cell::text).collect()
        })
    });
    let columns = [
        message!("cli.head.scenario"),
        message!("cli.canary.department"),
        message!("cli.canary.place"),
        message!("cli.trace.what"),
        message!("cli.trace.outcome"),
        message!("cli.head.reason"),
    ];
    Sheet { title: String::new(), columns: columns.map(column).into(), rows: rows.collect(), total: None }.csv_text()
}
