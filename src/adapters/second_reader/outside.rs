//! The outside program and the conversation with it: one line of JSON for each picture, one line of JSON back.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::model::form::LineContent;
use crate::ports::reader::LinePicture;
use crate::reading::decide::second::SecondLine;

/// The longest answer to one picture, in bytes.
const MOST_ANSWER: u64 = 64 << 10;
/// What the program may know of this machine's environment.
const ENVIRONMENT: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];

/// How the program is started and what it may use.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// This program: it confines itself, then becomes the other.
    pub jitan: PathBuf,
    /// The program and its arguments; no shell is in between.
    pub command: Vec<String>,
    /// How long one picture may take; the first may take ten times as long, for models to load.
    pub patience: Duration,
    /// Address space of the program.
    pub memory_bytes: u64,
}

/// To the program.
#[derive(Serialize)]
struct Question<'a> {
    content: LineContent,
    dots_per_inch: u32,
    /// 8-bit grey PNG, base64.
    png: &'a str,
}

/// From the program.
#[derive(Deserialize)]
struct Answer {
    lines: Vec<AnsweredLine>,
}

#[derive(Deserialize)]
struct AnsweredLine {
    text: String,
    #[serde(default)]
    confidence: f64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error("the program could not be started: {0}")]
    NotStarted(io::ErrorKind),
    #[error("the program ended or closed its pipe")]
    Ended,
    #[error("no answer within {0:?}")]
    Late(Duration),
    #[error("an answer that is no line of the agreed JSON, or too long a one")]
    Unreadable,
}

/// The program, running or not.
pub struct Outside {
    settings: Settings,
    /// Names the program as it was when it was last started.
    fingerprint: String,
    running: Option<Running>,
}

struct Running {
    /// Ends with this value.
    _child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    has_answered: bool,
}

impl Outside {
    pub fn new(settings: Settings) -> Self {
        Self { fingerprint: fingerprint(&settings.command), settings, running: None }
    }

    /// Names the program, so that readings tell which one had its say.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What the program reads in a picture. After any failure it is ended, and started anew for the next.
    ///
    /// # Errors
    /// If there is no answer that counts.
    pub async fn ask(&mut self, line: &LinePicture) -> Result<Vec<SecondLine>, Unanswered> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.start().map_err(|error| Unanswered::NotStarted(error.kind()))?,
        };
        let patience = self.settings.patience * if running.has_answered { 1 } else { 10 };
        let lines = timeout(patience, running.converse(line)).await.map_err(|_| Unanswered::Late(patience))??;
        running.has_answered = true;
        self.running = Some(running);
        Ok(lines)
    }

    fn start(&mut self) -> io::Result<Running> {
        self.fingerprint = fingerprint(&self.settings.command);
        let mut command = Command::new(&self.settings.jitan);
        command.arg("confined").arg("--memory-mb").arg((self.settings.memory_bytes >> 20).to_string()).arg("--");
        command.args(&self.settings.command);
        command.env_clear();
        command.envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        // What it complains of could quote what it reads: nobody listens.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("no pipes"));
        };
        Ok(Running { _child: child, questions, answers: BufReader::new(answers), has_answered: false })
    }
}

/// Its file's name and the beginning of its digest. Interpreters are named first; what they run comes behind.
fn fingerprint(command: &[String]) -> String {
    let files = command.iter().filter_map(|part| std::fs::read(part).ok());
    let digest = files.fold(Sha256::new(), Sha256::chain_update).finalize();
    let name = command.last().map_or("", |part| part.rsplit('/').next().unwrap_or(part));
    format!("{name}:{}", &hex::encode(digest)[..12])
}

impl Running {
    async fn converse(&mut self, line: &LinePicture) -> Result<Vec<SecondLine>, Unanswered> {
        let png = zeroize::Zeroizing::new(STANDARD.encode(&*line.png));
        let question = Question { content: line.content, dots_per_inch: line.dots_per_inch, png: &png };
        let mut text = serde_json::to_vec(&question).map_err(|_| Unanswered::Unreadable)?;
        text.push(b'\n');
        let sent = async {
            self.questions.write_all(&text).await?;
            self.questions.flush().await
        };
        sent.await.map_err(|_| Unanswered::Ended)?;
        let mut answer = Vec::new();
        let read = (&mut self.answers).take(MOST_ANSWER).read_until(b'\n', &mut answer).await;
        match read {
            Ok(1..) if answer.ends_with(b"\n") => {}
            Ok(0) | Err(_) => return Err(Unanswered::Ended),
            Ok(_) => return Err(Unanswered::Unreadable),
        }
        let answer: Answer = serde_json::from_slice(&answer).map_err(|_| Unanswered::Unreadable)?;
        let line = |line: AnsweredLine| SecondLine { text: line.text, confidence: line.confidence };
        Ok(answer.lines.into_iter().map(line).collect())
    }
}
