//! 照会: asks the target whether it has a record. It looks only; what its answer allows to conclude is the model's.

use chrono::{DateTime, NaiveDateTime, Utc};
use unicode_normalization::UnicodeNormalization;

use super::Job;
use super::error::{EnterError, ErrorKind};
use super::http::rows;
use super::prepare::{sign_in_and_walk, submit_step};
use super::program::{PAGE, Request, ResultsAnswer, parse};
use super::trace::{Did, Outcome, Place};
use super::walk::{GRACE, millis};
use crate::message;
use crate::model::document::settle::FoundRecord;
use crate::model::step::Line;
use crate::model::submit::{HttpSearch, PageSearch, Probe, Search};
use crate::model::time::{Instant, tokyo};
use crate::model::value::Personal;
use crate::ports::browser::Session;

/// Searches the target. An empty list means that the words for "nothing found" were seen; a page with neither rows nor
/// those words is an error.
///
/// # Errors
/// With a masked picture; nothing was learnt.
pub async fn probe(session: &mut dyn Session, job: &Job<'_>, probe: &Probe) -> Result<Vec<FoundRecord>, EnterError> {
    match search(session, job, probe).await {
        Ok(found) => Ok(found),
        Err(error) => Err(error.pictured(session, job).await),
    }
}

async fn search(session: &mut dyn Session, job: &Job<'_>, probe: &Probe) -> Result<Vec<FoundRecord>, EnterError> {
    match &probe.search {
        Search::Pages(search) => {
            sign_in_and_walk(session, job, (Place::Probe, &search.steps), 0..search.steps.len(), None).await?;
            results(session, job, probe, search).await
        }
        Search::Http(search) => answer(job, probe, search).await,
    }
}

/// What an API's answer lists.
pub(super) async fn answer(job: &Job<'_>, probe: &Probe, search: &HttpSearch) -> Result<Vec<FoundRecord>, EnterError> {
    let columns = Columns::of(probe);
    let asked = rows(job, &search.request, (&search.rows, &columns.names), &submit_line(job)).await?;
    columns.records(job, probe, &asked)
}

/// Where the submit stands, and so its search.
pub(super) fn submit_line(job: &Job<'_>) -> Line {
    submit_step(job).map_or_else(|_| Line::default(), |(at, _)| job.steps[at].line.clone())
}

/// What stands on the page after a search.
pub(super) async fn results(
    session: &mut dyn Session,
    job: &Job<'_>,
    probe: &Probe,
    search: &PageSearch,
) -> Result<Vec<FoundRecord>, EnterError> {
    let line = search.steps.last().map_or_else(Line::default, |step| step.line.clone());
    let columns = Columns::of(probe);
    let limit = job.target.step_timeout;
    let request = Request::Results {
        rows: &search.rows,
        columns: columns.names.clone(),
        absent: &search.absent,
        limit: millis(limit),
    };
    let request = request.to_value()?;
    for _ in 0..2 {
        // A list that scripts fetch still shows what was searched for before.
        session.quiet(limit).await;
        let ran = session.run(PAGE, &request, limit.saturating_mul(2) + GRACE, &|| ()).await?;
        let Some(answer) = ran.answer else {
            session.next_document(limit).await?;
            continue;
        };
        let answer: ResultsAnswer = parse(answer)?;
        if let Some(failed) = answer.failed {
            return Err(failed.explain(&line, &super::error::words(&search.absent), answer.status));
        }
        return columns.records(job, probe, &answer.rows);
    }
    Err(EnterError::new(ErrorKind::System, message!("entering.keeps-reloading")))
}

/// The columns a probe reads, in the order they are asked for: those that must match, then the others.
struct Columns<'a> {
    names: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(probe: &'a Probe) -> Self {
        let others = [&probe.receipt, &probe.entered_by, &probe.entered_at];
        let names = probe.matches.iter().map(|m| m.column.as_str());
        Self { names: names.chain(others.into_iter().flatten().map(String::as_str)).collect() }
    }

    fn cell<'r>(&self, row: &'r [Option<Personal>], column: &str) -> Result<&'r str, EnterError> {
        let at = self.names.iter().position(|name| *name == column);
        let cell = at.and_then(|at| row.get(at)).and_then(Option::as_ref);
        cell.map(Personal::expose).ok_or_else(|| {
            EnterError::new(ErrorKind::ScreenChanged, message!("entering.no-such-column", column = column))
        })
    }

    fn records(
        &self,
        job: &Job<'_>,
        probe: &Probe,
        rows: &[Vec<Option<Personal>>],
    ) -> Result<Vec<FoundRecord>, EnterError> {
        let found: Vec<_> = rows.iter().map(|row| self.record(job, probe, row)).collect::<Result<_, _>>()?;
        let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        let matching = found.iter().filter(|record: &&FoundRecord| record.matches).count();
        job.trail.note(Did::Found { rows: count(found.len()), matching: count(matching) }, Outcome::Done);
        Ok(found)
    }

    fn record(&self, job: &Job<'_>, probe: &Probe, row: &[Option<Personal>]) -> Result<FoundRecord, EnterError> {
        let mut matches = true;
        for column in &probe.matches {
            let wanted = job.value(&column.value)?;
            matches &= even(self.cell(row, &column.column)?) == even(wanted.expose());
        }
        let optional = |column: &Option<String>| column.as_deref().map(|name| self.cell(row, name)).transpose();
        let ours = job.site.account.as_ref().map(|account| even(&account.user));
        let by = optional(&probe.entered_by)?;
        Ok(FoundRecord {
            matches,
            by_our_account: by.zip(ours).map(|(by, ours)| even(by) == ours),
            entered_at: optional(&probe.entered_at)?.map(entry_time).transpose()?,
            receipt: optional(&probe.receipt)?.filter(|text| !text.is_empty()).map(str::to_owned),
        })
    }
}

/// Texts are compared without differences of width and spacing, as the page's programs do.
fn even(text: &str) -> String {
    let text: String = text.nfkc().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// RFC 3339, or a Tokyo wall-clock time. A column that holds anything else cannot vouch for a record.
fn entry_time(text: &str) -> Result<Instant, EnterError> {
    const WALL_CLOCK: [&str; 4] = ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"];
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.with_timezone(&Utc));
    }
    let local = WALL_CLOCK.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let instant = local.and_then(|local| local.and_local_timezone(tokyo()).single());
    instant
        .map(|at| at.with_timezone(&Utc))
        .ok_or_else(|| EnterError::new(ErrorKind::ScreenChanged, message!("entering.not-a-time")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_times_are_tokyo_times_unless_they_say_otherwise() {
        let noon = entry_time("2026-11-20T03:00:00Z").unwrap();
        assert_eq!(entry_time("2026-11-20 12:00:00").unwrap(), noon);
        assert_eq!(entry_time("2026/11/20 12:00").unwrap(), noon);
        assert_eq!(entry_time("令和8年").unwrap_err().kind, ErrorKind::ScreenChanged);
    }

    #[test]
    fn width_and_spacing_make_no_difference() {
        assert_eq!(even("板橋　花子 "), even("板橋 花子"));
        assert_eq!(even("１７３"), "173");
    }
}
