//! The clerk of the demonstration: checks what waits for review against the truth of the sample scans, over the same
//! socket that `jitan review` uses. `demo_clerk SOCKET TRUTH.yaml`
//!
//! Only documents whose read personal number stands in the truth are checked; the others are left waiting.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use jitan::api::client::{Client, Socket};
use jitan::api::types::{DocumentQuery, ReviewSheet};
use jitan::engine::person::{Sitting, Verdict};
use jitan::model::id::FieldName;
use jitan::model::value::{Content, Personal};

type Truth = BTreeMap<String, BTreeMap<String, String>>;

/// How long the clerk of the demonstration is said to look at a field, seconds.
const SECONDS_A_FIELD: u32 = 4;

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let [_, socket, truth] = args.as_slice() else { return ExitCode::from(2) };
    let truth: Truth = serde_saphyr::from_str(&std::fs::read_to_string(truth).expect("the truth")).expect("YAML");
    let client = Client::new(Socket::new(Path::new(socket)).expect("a socket"));
    let waiting = DocumentQuery { scenario: None, stages: Some("review".to_owned()) };
    for document in client.documents(&waiting).await.expect("the daemon answers") {
        let sheet = client.review_sheet(document.id).await.expect("a review sheet");
        let Some(right) = truth.values().find(|right| is_this(&sheet, right)) else { continue };
        let verdicts = verdicts(&sheet, right);
        let seconds = SECONDS_A_FIELD * u32::try_from(verdicts.len()).unwrap_or(u32::MAX);
        let sitting = Sitting { seen_version: document.version, verdicts, seconds };
        match client.review(document.id, &sitting).await {
            Ok(after) => println!("{}: {}", document.id, after.stage.kind().word()),
            Err(refusal) => println!("{}: {}", document.id, refusal.message),
        }
    }
    ExitCode::SUCCESS
}

fn is_this(sheet: &ReviewSheet, right: &BTreeMap<String, String>) -> bool {
    let read = sheet.fields.iter().find(|f| f.value.field.as_str() == "my_number");
    let read = read.and_then(|f| f.value.content.written());
    read.is_some() && read.map(Personal::expose) == right.get("my_number").map(String::as_str)
}

fn verdicts(sheet: &ReviewSheet, right: &BTreeMap<String, String>) -> BTreeMap<FieldName, Verdict> {
    let settle = |text: Option<&String>| match text {
        Some(text) => Content::Written(Personal::new(text.as_str())),
        None => Content::Blank,
    };
    sheet
        .fields
        .iter()
        .filter(|field| field.doubtful)
        .map(|field| {
            let content = settle(right.get(field.value.field.as_str()));
            (field.value.field.clone(), Verdict::Corrected { content })
        })
        .collect()
}
