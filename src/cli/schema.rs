//! `jitan schema`: the JSON Schema of each kind of file, for editors, or the same as a page to read.

use std::io::Write as _;

use clap::ValueEnum;

use super::exit::Exit;
use crate::format::{manual, schema};
use crate::locale::Lang;
use crate::message;

#[derive(Debug, clap::Args)]
pub struct SchemaArgs {
    /// scenario, form, records, target or plan; all of them if left out.
    pub kind: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Json,
    /// The reference of every key, in Japanese.
    Markdown,
}

/// # Errors
/// If the result cannot be written.
pub fn run(args: &SchemaArgs, lang: Lang) -> anyhow::Result<Exit> {
    let text = match (args.format, &args.kind) {
        (Format::Markdown, _) => manual::manual(),
        (Format::Json, None) => {
            let all: serde_json::Map<String, serde_json::Value> =
                schema::KINDS.into_iter().map(|kind| (kind.name.to_owned(), schema::schema(kind))).collect();
            format!("{:#}\n", serde_json::Value::from(all))
        }
        (Format::Json, Some(name)) => match schema::kind(name) {
            Some(kind) => schema::text(kind),
            None => {
                let kinds = schema::KINDS.map(|kind| kind.name).join(", ");
                let message = message!("cli.schema.unknown-kind", found = name, kinds = kinds);
                eprintln!("{}", lang.render(&message));
                return Ok(Exit::Usage);
            }
        },
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Ok)
}
