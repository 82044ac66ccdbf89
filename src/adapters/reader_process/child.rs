//! The child's side: caps on itself first, then requests from stdin until it is closed.
//!
//! Image, PDF and OCR libraries meet hostile bytes here. Whatever they do, it ends with this process: it holds no
//! file, no key and no connection, and it cannot write one.

use std::io::{self, Write};
use std::panic;
use std::path::Path;

use nix::sys::prctl;
use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};

use super::frame::{self, Blob, LineHeader, ReadAs, Reply, Request};
use crate::model::form::Form;
use crate::model::message::Message;
use crate::model::record::RecordLayout;
use crate::model::value::FieldValue;
use crate::ports::reader::{LinePicture, Original, ReadError, Sheet};
use crate::reading::decode::DecodeError;
use crate::reading::recognise::Engines;
use crate::reading::records::read_rows;
use crate::reading::register::Registered;
use crate::reading::register::blank::Blank;
use crate::reading::sheets::{ReadForm, read_file};

/// Largest request: the file at its cap and a few blanks.
const MOST_REQUEST_BYTES: u64 = 256 << 20;

/// Exit code of a child that could not confine itself (`EX_TEMPFAIL` of sysexits.h).
pub const NOT_CONFINED: u8 = 75;

/// Caps on this process that nothing it does later can lift far enough to hurt.
///
/// # Errors
/// If the system refuses one: then nothing is read.
pub fn confine(memory_bytes: u64) -> nix::Result<()> {
    confine_memory(memory_bytes)?;
    setrlimit(Resource::RLIMIT_FSIZE, 0, 0)?;
    prctl::set_dumpable(false)?;
    Ok(())
}

/// What a foreign program can bear, too: capped memory, no core dump, no more rights than it begins with.
///
/// # Errors
/// If the system refuses one.
pub fn confine_memory(memory_bytes: u64) -> nix::Result<()> {
    setrlimit(Resource::RLIMIT_AS, memory_bytes, memory_bytes)?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    prctl::set_no_new_privs()
}

/// Serves requests until stdin is closed, with the models of a folder.
///
/// # Errors
/// If a pipe breaks: the parent is gone or has lost patience.
pub fn serve(models: &Path) -> io::Result<()> {
    // A panic's text could hold what was read; where it happened is all that helps.
    panic::set_hook(Box::new(|info| {
        if let Some(at) = info.location() {
            let _ = writeln!(io::stderr(), "panic at {}:{}", at.file(), at.line());
        }
    }));
    let (mut requests, mut replies) = (io::stdin().lock(), io::stdout().lock());
    let mut prepared = Prepared::default();
    let mut engines = None;
    while let Some(frame) = frame::read(&mut requests, MOST_REQUEST_BYTES)? {
        let request: Request = frame.header()?;
        let read = match &request.read_as {
            // What needs no model does not wait for them, nor fail without them.
            ReadAs::Rows { layout } => {
                rows(&request, layout, &frame.blobs, &mut replies)?.map(|()| ROW_READER.to_owned())
            }
            ReadAs::Pages { forms, with_lines } => match engines.get_or_insert_with(|| Engines::load(models)) {
                Ok(engines) => {
                    pages(&request, (forms, *with_lines), &frame.blobs, &mut prepared, engines, &mut replies)?
                        .map(|()| engines.fingerprint())
                }
                Err(why) => Err(ReadError::Unavailable(why.clone())),
            },
        };
        let end = match read {
            Ok(reader) => Reply::Done { reader },
            Err(error) => Reply::Failed { error },
        };
        frame::write(&mut replies, &end, &[])?;
    }
    Ok(())
}

/// What reads exports: the program, and no model.
const ROW_READER: &str = concat!("records ", env!("CARGO_PKG_VERSION"));

/// Outer error: the pipe; inner error: the file.
fn rows(
    request: &Request,
    layout: &RecordLayout,
    blobs: &[Blob],
    replies: &mut impl Write,
) -> io::Result<Result<(), ReadError>> {
    let [file] = blobs else { return Err(io::ErrorKind::InvalidData.into()) };
    // Rows are quick: all of them have the time of one page.
    allow_seconds(request.seconds_per_page)?;
    let mut pipe = Ok(());
    let hand_on = |sheet: Sheet| {
        if pipe.is_ok() {
            pipe = send(replies, sheet);
        }
    };
    let read = read_rows(file, layout, hand_on);
    pipe?;
    Ok(read.map_err(failed))
}

fn failed(error: DecodeError) -> ReadError {
    match error {
        DecodeError::Undecodable(why) => ReadError::Undecodable(why),
        DecodeError::OverCap(why) => ReadError::OverCap(why),
    }
}

/// Outer error: the pipe; inner error: the file.
fn pages(
    request: &Request,
    (forms, with_lines): (&[Form], bool),
    blobs: &[Blob],
    prepared: &mut Prepared,
    engines: &mut Engines,
    replies: &mut impl Write,
) -> io::Result<Result<(), ReadError>> {
    let [file, blanks @ ..] = blobs else { return Err(io::ErrorKind::InvalidData.into()) };
    allow_seconds(request.seconds_per_page)?;
    let blanks = match prepared.for_request(forms, blanks) {
        Ok(blanks) => blanks,
        Err(why) => return Ok(Err(ReadError::Unavailable(why))),
    };
    let mut pipe = Ok(());
    let hand_on = |sheet: Sheet| {
        if pipe.is_ok() {
            pipe = send(replies, sheet).and_then(|()| allow_seconds(request.seconds_per_page));
        }
    };
    let mut reader = Timed { engines, seconds: request.seconds_per_page };
    let read = read_file(file, (forms, blanks), request.caps, with_lines, &mut reader, hand_on);
    pipe?;
    Ok(read.map_err(failed))
}

fn send(replies: &mut impl Write, sheet: Sheet) -> io::Result<()> {
    let Sheet { page, outcome, original } = sheet;
    match &original {
        Original::Paper { pages, lines } => {
            let pictures = lines.iter().map(|line| &line.png);
            let pages_of = pages.iter().flat_map(|page| std::iter::once(&page.png).chain(&page.registered));
            let blobs: Vec<&[u8]> = pages_of.chain(pictures).map(|blob| blob.as_slice()).collect();
            let header = |line: &LinePicture| LineHeader {
                field: line.field.clone(),
                content: line.content,
                dots_per_inch: line.dots_per_inch,
            };
            let registered = pages.iter().map(|page| page.registered.is_some()).collect();
            let lines = lines.iter().map(header).collect();
            frame::write(replies, &Reply::Sheet { page, outcome, registered, lines }, &blobs)
        }
        Original::Row { csv } => frame::write(replies, &Reply::Row { number: page, outcome }, &[csv]),
    }
}

/// Lets this process run so many more CPU seconds; then the system ends it.
fn allow_seconds(seconds: u64) -> io::Result<()> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let used = usage.user_time().tv_sec() + usage.system_time().tv_sec();
    let until = u64::try_from(used).unwrap_or(0) + seconds + 1;
    Ok(setrlimit(Resource::RLIMIT_CPU, until, nix::libc::RLIM_INFINITY)?)
}

/// The recognisers, with the time of one page for each page, also of a document that is not whole yet.
struct Timed<'e> {
    engines: &'e mut Engines,
    seconds: u64,
}

impl ReadForm for Timed<'_> {
    fn fields(&mut self, page: &Form, registered: &Registered) -> Vec<FieldValue> {
        // If the system refuses, the page before leaves less time for this one: a cap that holds all the same.
        let _ = allow_seconds(self.seconds);
        self.engines.fields(page, registered)
    }

    fn together(&mut self, form: &Form, fields: &mut Vec<FieldValue>) {
        self.engines.together(form, fields);
    }
}

/// The blanks of the last request, prepared: the next is mostly of the same scenario.
#[derive(Default)]
struct Prepared {
    forms: Vec<Form>,
    files: Vec<Blob>,
    blanks: Vec<Blank>,
}

impl Prepared {
    /// The prepared blanks of exactly these forms' pages, in their order.
    fn for_request(&mut self, forms: &[Form], files: &[Blob]) -> Result<&[Blank], Message> {
        if self.forms != forms || self.files != files {
            *self = Prepared::default();
            let pages = forms.iter().flat_map(|form| (1..=form.page_count()).map(move |page| (form, page)));
            self.blanks = pages
                .zip(files)
                .map(|((form, page), file)| Blank::prepare(form, page, file))
                .collect::<Result<_, _>>()?;
            (self.forms, self.files) = (forms.to_vec(), files.to_vec());
        }
        Ok(&self.blanks)
    }
}
