//! A whole file: each page decoded, laid on its form and read by itself, so that one bad sheet fails alone; pages of one
//! document put together.

use std::panic::{AssertUnwindSafe, catch_unwind};

use zeroize::Zeroizing;

use crate::message;
use crate::model::form::{Field, FieldKind, Form};
use crate::model::value::FieldValue;
use crate::ports::reader::{LinePicture, PagePicture, Sheet};

use super::decide;
use super::decode::{Caps, DecodeError, Letter, Pages};
use super::gather::{Gatherer, PageOutcome, PageRead};
use super::page::Gray;
use super::recognise::line::cut_line;
use super::register::blank::Blank;
use super::register::{Registered, register};

/// What is done with a page that lies on its form, and with a whole document.
pub trait ReadForm {
    /// The fields of one page, each by itself; `page` is the form as if that page were all of it.
    fn fields(&mut self, page: &Form, registered: &Registered) -> Vec<FieldValue>;

    /// All fields of a document, held against each other.
    fn together(&mut self, form: &Form, fields: &mut Vec<FieldValue>);
}

/// Reads every page in order and hands each document on as soon as it is whole, with pictures of its lines if
/// `with_lines`. `blanks` are those of every page of the forms.
///
/// # Errors
/// If the file as a whole cannot be decoded, or none of its pages can. After an error nothing handed on counts.
pub fn read_file(
    file: &[u8],
    (forms, blanks): (&[Form], &[Blank]),
    caps: Caps,
    with_lines: bool,
    reader: &mut impl ReadForm,
    mut hand_on: impl FnMut(Sheet),
) -> Result<(), DecodeError> {
    let mut pages = guarded(|| Pages::open(file, caps))?;
    let count = pages.page_count();
    let mut gatherer = Gatherer::new(forms);
    let mut any = false;
    for index in 0..count {
        let Some(page) = guarded(|| pages.next_with_letters().transpose()).transpose() else { break };
        let read = match page {
            Ok((page, letters)) => {
                any = true;
                read_page(index, (page, &letters), blanks, with_lines, reader)
            }
            Err(error @ DecodeError::OverCap(_)) => return Err(error),
            Err(error) if count == 1 => return Err(error),
            Err(_) => undecodable(index),
        };
        let together = |form: &Form, fields: &mut Vec<FieldValue>| reader.together(form, fields);
        gatherer.page(read, together).into_iter().for_each(&mut hand_on);
    }
    gatherer.end().into_iter().for_each(&mut hand_on);
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

fn undecodable(index: u32) -> PageRead {
    let outcome = PageOutcome::Refused { why: message!("reading.page-undecodable"), registration: None };
    let png = Zeroizing::new(Gray::filled(1, 1, 255).to_png());
    PageRead { number: number(index), picture: PagePicture { png, registered: None }, outcome }
}

fn read_page(
    index: u32,
    (page, letters): (Gray, &[Letter]),
    blanks: &[Blank],
    with_lines: bool,
    reader: &mut impl ReadForm,
) -> PageRead {
    let (outcome, registered) = match register(&page, blanks) {
        Ok((which, registered)) => {
            let Blank { form, page, .. } = &blanks[which];
            let mut fields = reader.fields(form, &registered);
            decide::letters::hold(form, &registered.placement, letters, &mut fields);
            let outcome = PageOutcome::Read {
                form: form.name.clone(),
                page: *page,
                registration: registered.quality,
                fields,
                lines: if with_lines { line_pictures(form, &registered) } else { Vec::new() },
            };
            (outcome, Some(Zeroizing::new(for_the_eye(registered.page).to_png())))
        }
        Err(refusal) => (PageOutcome::Refused { why: refusal.why, registration: refusal.registration }, None),
    };
    let turned = match &outcome {
        PageOutcome::Read { registration, .. } => Some(*registration),
        PageOutcome::Refused { registration, .. } => *registration,
    };
    let quarters = turned.map_or(0.0, |r| r.turned_degrees / 90.0).round().rem_euclid(4.0) as u8;
    let page = if quarters == 0 { page } else { page.turned(4 - quarters) };
    let picture = PagePicture { png: Zeroizing::new(page.to_png()), registered };
    PageRead { number: number(index), picture, outcome }
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
