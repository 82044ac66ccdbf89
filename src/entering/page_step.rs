//! A step as the page is told.

use base64::Engine;

use super::Job;
use super::error::{EnterError, ErrorKind};
use super::program::{Act, PageFile, PageStep};
use super::values::Values;
use crate::message;
use crate::model::download::Download;
use crate::model::locator::Locator;
use crate::model::step::{Action, Step};
use crate::model::value::Personal;
use crate::ports::browser::WindowNumber;

impl Job<'_> {
    /// `number` is the step's number in its walk.
    pub(super) fn page_step<'a>(
        &self,
        number: usize,
        step: &'a Step,
        values: &Values,
    ) -> Result<PageStep<'a>, EnterError> {
        let value = |source| self.value_among(source, values);
        let nothing = Personal::default();
        let (act, locator, text) = match &step.action {
            Action::Fill { into, value: source } => (Act::Fill, into, value(source)?),
            Action::Type { into, value: source } => (Act::Keys, into, value(source)?),
            Action::Upload { into } => return self.upload(number, step, into),
            Action::Hover { what } => (Act::Hover, what, nothing),
            Action::Choose { from, value: source } => (Act::Choose, from, value(source)?),
            Action::Check { what, on } => (Act::Check, what, Personal::new(if *on { "on" } else { "off" })),
            Action::Click { what } | Action::Download(Download { click: what, .. }) => (Act::Click, what, nothing),
            Action::Expect { what } => (Act::Expect, what, nothing),
            Action::ExpectOneOf { branches } => {
                let one_of: Vec<&Locator> = branches.iter().map(|branch| &branch.seen).collect();
                let first = *one_of.first().ok_or_else(|| not_in_a_program(step))?;
                return Ok(PageStep { one_of, ..page_step(number, Act::OneOf, first, nothing) });
            }
            Action::Take { from, .. } => (Act::Take, from, nothing),
            Action::Open { .. } | Action::Http(_) | Action::Submit(_) => return Err(not_in_a_program(step)),
        };
        Ok(page_step(number, act, locator, text))
    }

    fn upload<'a>(&self, number: usize, step: &Step, into: &'a Locator) -> Result<PageStep<'a>, EnterError> {
        let no_scan = || EnterError::new(ErrorKind::Business, message!("entering.no-scan", line = step.line));
        let scan = self.scan.ok_or_else(no_scan)?;
        let bytes = Personal::new(base64::engine::general_purpose::STANDARD.encode(&*scan.bytes));
        let text = Personal::new(format!("{} ({})", scan.name, scan.bytes.len()));
        let file = Some(PageFile { name: scan.name.to_owned(), bytes });
        Ok(PageStep { file, ..page_step(number, Act::Upload, into, text) })
    }
}

/// In the main window, until somebody turns to another.
pub(super) fn page_step(number: usize, act: Act, locator: &Locator, text: Personal) -> PageStep<'_> {
    let step = u16::try_from(number).unwrap_or(u16::MAX);
    PageStep { step, act, locator, one_of: Vec::new(), text, file: None, window: WindowNumber::default() }
}

fn not_in_a_program(step: &Step) -> EnterError {
    EnterError::new(ErrorKind::Setup, message!("entering.submit-not-here", line = step.line))
}
