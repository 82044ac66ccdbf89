//! `jitan run --dry-run --trial`: walks a scenario's steps in the target's test environment up to the submit, which it
//! does not click, and lists what the pages sent, for the author to classify.

use crate::adapters::chrome::pool::ChromePool;
use crate::adapters::clock::SystemClock;
use crate::adapters::http::SendOnce;
use crate::adapters::secret_files::SecretFiles;
use crate::cli::connect::Stop;
use crate::cli::exit::Exit;
use crate::cli::sheet::{Cell, Column, Place, Sheet};
use crate::daemon::config::Config;
use crate::engine::values::texts;
use crate::entering::Job;
use crate::entering::error::EnterError;
use crate::entering::no_pages::NoPages;
use crate::entering::prepare::prepare;
use crate::entering::trace::Trail;
use crate::entering::values::Values;
use crate::locale::Lang;
use crate::message;
use crate::model::scenario::Bundle;
use crate::model::target::{Environment, RequestPattern, Target};
use crate::model::value::FieldValue;
use crate::ports::browser::{Browsers, Session};

/// Whether the submit was reached. What the trial saw is printed.
///
/// # Errors
/// If the target has no test environment.
pub async fn run(bundle: &Bundle, fields: &[FieldValue], config: &Config, lang: Lang) -> Result<bool, Stop> {
    let target = &bundle.target;
    let site = target
        .site(Environment::Test)
        .ok_or_else(|| Stop::new(Exit::RunFailed, message!("daemon.no-such-environment", target = target.name)))?;
    let pool = ChromePool::new(config.browser.path.clone(), config.browser.allow_no_sandbox);
    let secrets = SecretFiles::new(config.credentials.clone());
    let values = Values(texts(fields));
    let trail = Trail::begin(&SystemClock);
    let steps = &bundle.scenario.steps;
    let http = SendOnce::new(site.all_hosts());
    let http = http.map_err(|why| Stop::new(Exit::RunFailed, message!("cli.run.no-http", why = why)))?;
    let job = Job { target, site, steps, values: &values, scan: None, secrets: &secrets, http: &http, trail: &trail };
    let mut session: Box<dyn Session> = match bundle.scenario.uses_pages() {
        true => pool
            .for_site(site)
            .session()
            .await
            .map_err(|error| Stop::new(Exit::RunFailed, EnterError::from(error).message().clone()))?,
        false => Box::new(NoPages),
    };
    let reached = walk(session.as_mut(), &job, lang).await;
    let seen = session.writes_seen();
    if !seen.is_empty() {
        println!("{}", table(&seen, lang));
    }
    let refused: Vec<_> = seen.iter().filter(|(_, covered)| !covered).map(|(request, _)| request).collect();
    if !refused.is_empty() {
        println!("{}\n{}", lang.render(&message!("cli.run.trial-add", target = target.name)), lines(target, &refused));
    }
    Ok(reached)
}

async fn walk(session: &mut dyn Session, job: &Job<'_>, lang: Lang) -> bool {
    let prepared = prepare(session, job).await;
    let said = match &prepared {
        Ok(_) => message!("cli.run.trial-reached"),
        Err(error) => message!("cli.run.trial-stopped", why = lang.render(error.message())),
    };
    println!("{}", lang.render(&said));
    prepared.is_ok()
}

fn table(seen: &[(RequestPattern, bool)], lang: Lang) -> String {
    let treated = |request: &RequestPattern, covered: bool| match covered {
        true => message!("cli.run.request-declared"),
        false if request.is_over_socket() => message!("cli.run.request-left"),
        false => message!("cli.run.request-refused"),
    };
    let row = |(request, covered): &(RequestPattern, bool)| {
        vec![Cell::text(request.to_string()), Cell::text(lang.render(&treated(request, *covered)))]
    };
    let headings = [message!("cli.run.request"), message!("cli.run.treated")];
    let columns = headings.map(|head| Column { head: lang.render(&head), place: Place::Both });
    let rows = seen.iter().map(row).collect();
    Sheet { title: String::new(), columns: columns.into(), rows, total: None }.table_for_terminal()
}

/// The target's list as it would stand with these in it.
fn lines(target: &Target, refused: &[&RequestPattern]) -> String {
    let all = target.reading_requests.iter().chain(refused.iter().copied());
    let items: String = all.map(|request| format!("  - {request}\n")).collect();
    format!("reading_requests:\n{items}")
}
