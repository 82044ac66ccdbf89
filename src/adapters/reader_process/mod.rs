//! The reader as a process of its own (`jitan reader`), so that whatever a hostile file does to a decoder ends there:
//! capped in memory, time and output, killed when it stalls, and told apart from a file that is merely bad.

pub mod child;
pub mod frame;

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use nix::sys::signal::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::message;
use crate::model::record::RecordLayout;
use crate::ports::reader::{FormWithBlanks, LinePicture, Original, PagePicture, ReadError, Reader, Reading, Sheet};
use crate::reading::decode::Caps;
use crate::reading::records::MOST_BYTES;
use frame::{LineHeader, ReadAs, Reply, Request};

/// How the child is started and what it may use.
#[derive(Debug, Clone)]
pub struct Settings {
    /// This program: the child is the same binary.
    pub program: PathBuf,
    /// Where `ocr-models/` is.
    pub models: PathBuf,
    pub caps: Caps,
    /// Address space of one child.
    pub memory_bytes: u64,
    /// CPU time of one page.
    pub seconds_per_page: u64,
    /// How long the parent waits for the next page before it kills the child.
    pub patience: Duration,
    /// All sheets of one file together.
    pub output_bytes: u64,
    /// Children at work at once.
    pub processes: usize,
    /// Whether sheets come with pictures of their lines, for a second reader.
    pub with_lines: bool,
    /// A child that has read so many pages is replaced: foreign libraries leak.
    pub pages_per_child: u32,
}

impl Settings {
    /// For this machine: one child for each processor.
    pub fn for_program(program: PathBuf) -> Self {
        Self {
            models: models_folder(&program),
            program,
            caps: Caps::default(),
            memory_bytes: 1536 << 20,
            seconds_per_page: 60,
            patience: Duration::from_secs(180),
            output_bytes: 1 << 30,
            processes: std::thread::available_parallelism().map_or(1, usize::from),
            with_lines: false,
            pages_per_child: 200,
        }
    }
}

/// All that a child's libraries are told, besides where Tesseract's data lies. One thread: pictures of single lines are
/// too small to share out, and waiting threads spin, which cost a tenth of the time and counts against the CPU cap. Page
/// after page needs the same large buffers: memory is kept (up to 256 MiB) instead of given back and cleared again.
const ENVIRONMENT: [(&str, &str); 4] = [
    ("OMP_THREAD_LIMIT", "1"),
    ("RTEN_NUM_THREADS", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "33554432"),
    ("MALLOC_TRIM_THRESHOLD_", "268435456"),
];

/// For tools that read in their own process: starts the program anew as a reader's child would be, unless it was already.
///
/// # Errors
/// If it cannot be started anew.
pub fn run_like_a_child() -> io::Result<()> {
    let is_set = |(name, value): &(&str, &str)| std::env::var_os(name).is_some_and(|set| set == *value);
    if ENVIRONMENT.iter().all(is_set) {
        return Ok(());
    }
    let again = std::env::args_os().skip(1);
    Err(std::process::Command::new(std::env::current_exe()?).args(again).envs(ENVIRONMENT).exec())
}

/// The models that belong to a program: in `JITAN_MODELS`, else `ocr-models` beside it or in a folder above it (as
/// after a build), else where packages put them, else in the working folder.
fn models_folder(program: &Path) -> PathBuf {
    const ABOVE: usize = 4;
    let beside = program.ancestors().skip(1).take(ABOVE).map(|folder| folder.join("ocr-models"));
    let packaged = program.ancestors().nth(2).map(|folder| folder.join("share/jitan/ocr-models"));
    let named = std::env::var_os("JITAN_MODELS").map(PathBuf::from);
    let mut places = named.into_iter().chain(beside).chain(packaged);
    places.find(|folder| folder.join("manifest.toml").is_file()).unwrap_or_else(|| "ocr-models".into())
}

/// Reads files in child processes, and keeps the idle ones warm.
pub struct ReaderProcess {
    settings: Settings,
    permits: Semaphore,
    idle: Mutex<Vec<Warm>>,
}

struct Warm {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
    complaints: ChildStderr,
    pages: u32,
}

/// What went wrong between the two processes.
enum Broken {
    /// The pipe ended: the child is dead or dying.
    Pipe,
    /// Nothing came for too long.
    Stalled,
    /// More came than allowed.
    TooMuch,
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::FileTooLarge { Broken::TooMuch } else { Broken::Pipe }
    }
}

impl ReaderProcess {
    pub fn new(settings: Settings) -> Self {
        let permits = Semaphore::new(settings.processes.max(1));
        Self { settings, permits, idle: Mutex::new(Vec::new()) }
    }

    fn take_warm(&self) -> Option<Warm> {
        let mut idle = self.idle.lock().expect("no thread panics while it holds this lock");
        while let Some(mut warm) = idle.pop() {
            if matches!(warm.child.try_wait(), Ok(None)) {
                return Some(warm);
            }
        }
        None
    }

    fn keep_warm(&self, warm: Warm) {
        if warm.pages < self.settings.pages_per_child {
            self.idle.lock().expect("no thread panics while it holds this lock").push(warm);
        }
    }

    fn start(&self) -> io::Result<Warm> {
        let mut command = Command::new(&self.settings.program);
        command.arg("reader").arg("--memory-mb").arg((self.settings.memory_bytes >> 20).to_string());
        command.arg("--models").arg(&self.settings.models);
        command.env_clear();
        command.envs(ENVIRONMENT);
        if let Some(folder) = std::env::var_os("TESSDATA_PREFIX") {
            command.env("TESSDATA_PREFIX", folder);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(requests), Some(stdout), Some(complaints)) = pipes else {
            return Err(io::Error::other("no pipes"));
        };
        Ok(Warm { child, requests, replies: BufReader::new(stdout), complaints, pages: 0 })
    }

    /// Outer error: the process; inner error: the file.
    async fn converse(
        &self,
        warm: &mut Warm,
        read_as: ReadAs,
        blobs: &[&[u8]],
    ) -> Result<Result<Reading, ReadError>, Broken> {
        let Settings { caps, seconds_per_page, patience, .. } = self.settings;
        let request = Request { read_as, caps, seconds_per_page };
        timeout(patience, send(&mut warm.requests, &request, blobs)).await.map_err(|_| Broken::Stalled)??;
        let mut left = self.settings.output_bytes;
        let mut sheets = Vec::new();
        loop {
            let next = timeout(patience, frame::read_async(&mut warm.replies, left));
            let mut frame = next.await.map_err(|_| Broken::Stalled)??;
            match frame.header()? {
                Reply::Sheet { page, outcome, registered, lines } => {
                    left = left.saturating_sub(frame.blobs.iter().map(|b| b.len() as u64).sum());
                    let mut blobs = frame.blobs.drain(..);
                    let mut blob = || blobs.next().ok_or(Broken::Pipe);
                    let pages = registered.into_iter().map(|registered| {
                        let png = blob()?;
                        Ok(PagePicture { png, registered: if registered { Some(blob()?) } else { None } })
                    });
                    let pages = pages.collect::<Result<Vec<_>, Broken>>()?;
                    let lines = lines.into_iter().map(|LineHeader { field, content, dots_per_inch }| {
                        Ok(LinePicture { field, content, dots_per_inch, png: blob()? })
                    });
                    let lines = lines.collect::<Result<_, Broken>>()?;
                    warm.pages += u32::try_from(pages.len()).unwrap_or(u32::MAX);
                    sheets.push(Sheet { page, outcome, original: Original::Paper { pages, lines } });
                }
                Reply::Row { number, outcome } => {
                    let csv = frame.blobs.pop().ok_or(Broken::Pipe)?;
                    left = left.saturating_sub(csv.len() as u64);
                    sheets.push(Sheet { page: number, outcome, original: Original::Row { csv } });
                }
                Reply::Done { reader } => return Ok(Ok(Reading { sheets, reader })),
                Reply::Failed { error } => return Ok(Err(error)),
            }
        }
    }

    /// What a broken conversation means for the file.
    async fn explain(&self, mut warm: Warm, broken: &Broken) -> ReadError {
        let seconds = self.settings.seconds_per_page;
        match broken {
            Broken::Stalled => return ReadError::OverCap(message!("reading.child-time", seconds = seconds)),
            Broken::TooMuch => {
                let megabytes = self.settings.output_bytes >> 20;
                return ReadError::OverCap(message!("reading.child-output", megabytes = megabytes));
            }
            Broken::Pipe => {}
        }
        drop(warm.requests);
        let complaints = last_words(&mut warm.complaints).await;
        let ended = timeout(Duration::from_secs(5), warm.child.wait()).await;
        let Ok(Ok(status)) = ended else {
            return ReadError::Crashed(message!("reading.child-crashed", how = "no exit"));
        };
        let out_of_memory = ["memory allocation of", "bad_alloc", "out of memory"];
        if out_of_memory.iter().any(|words| complaints.contains(words)) {
            let megabytes = self.settings.memory_bytes >> 20;
            return ReadError::OverCap(message!("reading.child-memory", megabytes = megabytes));
        }
        match status.signal().and_then(|number| Signal::try_from(number).ok()) {
            Some(Signal::SIGXCPU) => ReadError::OverCap(message!("reading.child-time", seconds = seconds)),
            Some(signal) => ReadError::Crashed(message!("reading.child-crashed", how = signal.as_str())),
            None => not_by_signal(status),
        }
    }
}

/// The child ended by itself although nobody told it to.
fn not_by_signal(status: ExitStatus) -> ReadError {
    let code = status.code().unwrap_or(-1);
    let how = format!("exit {code}");
    if code == i32::from(child::NOT_CONFINED) {
        return ReadError::Unavailable(message!("reading.child-not-started", why = how));
    }
    ReadError::Crashed(message!("reading.child-crashed", how = how))
}

async fn send(pipe: &mut ChildStdin, request: &Request, blobs: &[&[u8]]) -> io::Result<()> {
    pipe.write_all(&frame::prelude(request, blobs)?).await?;
    for blob in blobs {
        pipe.write_all(blob).await?;
    }
    pipe.flush().await
}

/// What the dying child wrote to stderr: looked at for the reason, never shown, for it could quote the file.
async fn last_words(complaints: &mut ChildStderr) -> String {
    const MOST: u64 = 64 << 10;
    let mut bytes = Vec::new();
    let _ = timeout(Duration::from_secs(2), complaints.take(MOST).read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[async_trait]
impl Reader for ReaderProcess {
    async fn read(&self, file: &[u8], forms: &[FormWithBlanks]) -> Result<Reading, ReadError> {
        // The child would refuse it too, but then it would have travelled.
        if file.len() as u64 > self.settings.caps.bytes {
            let megabytes = self.settings.caps.bytes >> 20;
            return Err(ReadError::OverCap(message!("reading.too-many-bytes", megabytes = megabytes)));
        }
        let with_lines = self.settings.with_lines;
        let read_as = ReadAs::Pages { forms: forms.iter().map(|f| f.form.clone()).collect(), with_lines };
        let blanks = forms.iter().flat_map(|form| &form.blanks).map(Vec::as_slice);
        let blobs: Vec<&[u8]> = std::iter::once(file).chain(blanks).collect();
        self.ask(read_as, &blobs).await
    }

    async fn read_records(&self, file: &[u8], layout: &RecordLayout) -> Result<Reading, ReadError> {
        if file.len() as u64 > MOST_BYTES {
            return Err(ReadError::OverCap(message!("reading.export-too-large", megabytes = MOST_BYTES >> 20)));
        }
        self.ask(ReadAs::Rows { layout: layout.clone() }, &[file]).await
    }
}

impl ReaderProcess {
    /// One request to one child.
    async fn ask(&self, read_as: ReadAs, blobs: &[&[u8]]) -> Result<Reading, ReadError> {
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        let not_started = |e: io::Error| {
            let why = e.kind();
            ReadError::Unavailable(message!("reading.child-not-started", why = why))
        };
        let mut warm = match self.take_warm() {
            Some(warm) => warm,
            None => self.start().map_err(not_started)?,
        };
        match self.converse(&mut warm, read_as, blobs).await {
            Ok(read) => {
                self.keep_warm(warm);
                read
            }
            Err(broken) => Err(self.explain(warm, &broken).await),
        }
    }
}
