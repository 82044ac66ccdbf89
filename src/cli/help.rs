//! Help texts in the person's language: each verb's `about` and each argument's help stand in the catalogue as
//! `cli.<verb>.about` and `cli.<verb>.<argument>`; what the catalogue lacks keeps its English doc comment.

use clap::Command;

use crate::locale::{Lang, catalogue};

/// Replaces every help text that the catalogue has in this language.
pub fn localise(command: Command, lang: Lang) -> Command {
    let mut command = translate(command, "jitan", lang);
    let verbs: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for verb in verbs {
        command = command.mut_subcommand(&verb, |sub| translate_deep(sub, &verb, lang));
    }
    command
}

fn translate_deep(command: Command, path: &str, lang: Lang) -> Command {
    let mut command = translate(command, path, lang);
    let verbs: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for verb in verbs {
        command = command.mut_subcommand(&verb, |sub| translate_deep(sub, &format!("{path}-{verb}"), lang));
    }
    command
}

fn translate(command: Command, path: &str, lang: Lang) -> Command {
    let mut command = match text(&format!("cli.{path}.about"), lang) {
        Some(about) => command.about(about),
        None => command,
    };
    let args: Vec<String> = command.get_arguments().map(|a| a.get_id().to_string()).collect();
    for arg in args {
        if let Some(help) = text(&format!("cli.{path}.{arg}"), lang) {
            command = command.mut_arg(&arg, |a| a.help(help));
        }
    }
    command
}

fn text(code: &str, lang: Lang) -> Option<&'static str> {
    catalogue().get(code).map(|texts| match lang {
        Lang::Ja => texts.ja.as_str(),
        Lang::En => texts.en.as_str(),
    })
}
