//! A whole file: each page decoded, laid on its form and read by itself, so that one bad sheet fails alone.

use std::panic::{AssertUnwindSafe, catch_unwind};

use zeroize::Zeroizing;

use crate::message;
use crate::model::form::{Field, FieldKind, Form};
use crate::model::value::FieldValue;
use crate::ports::reader::{LinePicture, Original, Sheet, SheetOutcome};

use super::decode::{Caps, DecodeError, Pages};
use super::page::Gray;
use super::recognise::line::cut_line;
use super::register::blank::Blank;
use super::register::{Registered, register};

/// Reads every page in order and hands each sheet on as soon as it is read, with pictures of its lines if `with_lines`.
///
/// # Errors
/// If the file as a whole cannot be decoded, or none of its pages can. After an error nothing handed on counts.
pub fn read_file(
    file: &[u8],
    blanks: &[Blank],
    caps: Caps,
    with_lines: bool,
    mut read_fields: impl FnMut(&Form, &Registered) -> Vec<FieldValue>,
    mut hand_on: impl FnMut(Sheet),
) -> Result<(), DecodeError> {
    let mut pages = guarded(|| Pages::open(file, caps))?;
    let count = pages.page_count();
    let mut any = false;
    for index in 0..count {
        let Some(page) = guarded(|| pages.next().transpose()).transpose() else { break };
        match page {
            Ok(page) => {
                any = true;
                hand_on(read_page(index, page, blanks, with_lines, &mut read_fields));
            }
            Err(error @ DecodeError::OverCap(_)) => return Err(error),
            Err(error) if count == 1 => return Err(error),
            Err(_) => hand_on(undecodable(index)),
        }
    }
    if any { Ok(()) } else { Err(DecodeError::Undecodable(message!("reading.no-page-decodable"))) }
}

/// A decoder that panics on a hostile file has found it broken.
fn guarded<T>(decode: impl FnOnce() -> Result<T, DecodeError>) -> Result<T, DecodeError> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(DecodeError::Undecodable(message!("reading.broken-inside"))))
}

/// Page numbers on paper begin at 1.
fn number(index: u32) -> u16 {
    u16::try_from(index + 1).unwrap_or(u16::MAX)
}

fn undecodable(index: u32) -> Sheet {
    let outcome = SheetOutcome::Refused { why: message!("reading.page-undecodable"), registration: None };
    let nothing = Gray::filled(1, 1, 255);
    let png = Zeroizing::new(nothing.to_png());
    let original = Original::Page { png, registered: None, lines: Vec::new() };
    Sheet { page: number(index), outcome, original }
}

fn read_page(
    index: u32,
    page: Gray,
    blanks: &[Blank],
    with_lines: bool,
    read_fields: &mut impl FnMut(&Form, &Registered) -> Vec<FieldValue>,
) -> Sheet {
    let mut lines = Vec::new();
    let (outcome, registered) = match register(&page, blanks) {
        Ok((which, registered)) => {
            let form = &blanks[which].form;
            let fields = read_fields(form, &registered);
            if with_lines {
                lines = line_pictures(form, &registered);
            }
            let registration = Some(registered.quality);
            let outcome = SheetOutcome::Read { form: form.name.clone(), registration, fields };
            (outcome, Some(Zeroizing::new(for_the_eye(registered.page).to_png())))
        }
        Err(refusal) => (SheetOutcome::Refused { why: refusal.why, registration: refusal.registration }, None),
    };
    let turned = match &outcome {
        SheetOutcome::Read { registration, .. } | SheetOutcome::Refused { registration, .. } => *registration,
    };
    let quarters = turned.map_or(0.0, |r| r.turned_degrees / 90.0).round().rem_euclid(4.0) as u8;
    let page = if quarters == 0 { page } else { page.turned(4 - quarters) };
    let original = Original::Page { png: Zeroizing::new(page.to_png()), registered, lines };
    Sheet { page: number(index), outcome, original }
}

/// The writing in every line that has any.
fn line_pictures(form: &Form, registered: &Registered) -> Vec<LinePicture> {
    let picture = |field: &Field| {
        let FieldKind::Line { rect, content, .. } = &field.kind else { return None };
        Some(LinePicture {
            field: field.name.clone(),
            content: *content,
            png: Zeroizing::new(cut_line(*rect, registered)?.picture().to_png()),
            dots_per_inch: (registered.dots_per_mm * 25.4).round() as u32,
        })
    };
    form.fields.iter().filter_map(picture).collect()
}

/// Thirty-two levels of grey are all an eye needs, and pack to a third.
fn for_the_eye(mut page: Gray) -> Gray {
    page.pixels.iter_mut().for_each(|v| *v = (*v & 0xf8) | (*v >> 5));
    page
}
