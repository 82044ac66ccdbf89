//! The house stands as its map says: layers use only what stands above them, and everything that is said stands in the
//! catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jitan::locale;

/// The layers in the order of `lib.rs`; a test below holds the two together.
const LAYERS: [&str; 11] =
    ["locale", "model", "format", "ports", "reading", "entering", "engine", "api", "adapters", "daemon", "cli"];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(&root).unwrap().to_path_buf(), text));
            }
        }
    }
    files.sort();
    files
}

/// Source without its test modules and comments: tests may look anywhere, and comments may name anything.
fn code_of(path: &Path, text: &str) -> String {
    if path.file_name().is_some_and(|name| name == "tests.rs") {
        return String::new();
    }
    let production = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    production.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn layer_of(path: &Path) -> Option<usize> {
    let first = path.components().next()?.as_os_str().to_str()?;
    LAYERS.iter().position(|layer| *layer == first.trim_end_matches(".rs"))
}

#[test]
fn the_map_in_lib_names_the_layers_in_their_order() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let named: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")).map(|rest| rest.trim_end_matches(';')).collect();
    assert_eq!(named, LAYERS);
}

#[test]
fn a_module_uses_only_layers_that_stand_above_it() {
    let mut offences = Vec::new();
    for (path, text) in sources() {
        let Some(own) = layer_of(&path) else { continue };
        let code = code_of(&path, &text);
        for used in code.split("crate::").skip(1) {
            let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let Some(layer) = LAYERS.iter().position(|l| *l == name) else { continue };
            let below = layer > own;
            let names_an_adapter = name == "adapters" && !matches!(LAYERS[own], "adapters" | "daemon" | "cli");
            if below || names_an_adapter {
                offences.push(format!("{} uses crate::{name}", path.display()));
            }
        }
    }
    assert_eq!(offences, Vec::<String>::new());
}

/// `(code, argument names)` of every `message!` in a source text.
fn messages(code: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut found = Vec::new();
    for call in code.split("message!(").skip(1) {
        let call = call.trim_start();
        let Some(rest) = call.strip_prefix('"') else { continue };
        let (name, rest) = rest.split_once('"').unwrap();
        let mut names = BTreeSet::new();
        let mut depth = 0_i32;
        let mut in_text = false;
        let mut word = String::new();
        let mut at_start = false;
        let mut before = ' ';
        for c in rest.chars() {
            match c {
                '"' if before != '\\' => in_text = !in_text,
                _ if in_text => {}
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => {
                    depth -= 1;
                    if depth < 0 {
                        break;
                    }
                }
                ',' if depth == 0 => {
                    at_start = true;
                    word.clear();
                }
                '=' if depth == 0 && at_start => {
                    names.insert(word.trim().to_owned());
                    at_start = false;
                }
                c if at_start => word.push(c),
                _ => {}
            }
            before = c;
        }
        found.push((name.to_owned(), names));
    }
    found
}

#[test]
fn every_message_stands_in_the_catalogue_with_the_arguments_it_is_given() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (code, given) in messages(&text) {
            if code == "x" || code.contains('…') || path.ends_with("model/message.rs") {
                continue;
            }
            let Some(texts) = locale::catalogue().get(&code) else {
                wrong.push(format!("{}: {code} is not in the catalogue", path.display()));
                continue;
            };
            let wanted: BTreeSet<String> = locale::placeholders(&texts.en).into_iter().map(str::to_owned).collect();
            if !wanted.is_subset(&given) {
                wrong.push(format!("{}: {code} is given {given:?}, its text needs {wanted:?}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_catalogue_holds_no_words_that_nobody_says() {
    let all: String = sources().into_iter().map(|(_, text)| text).collect();
    let unused: Vec<&String> =
        locale::catalogue().keys().filter(|code| !all.contains(&format!("\"{code}\"")) && !is_help(code)).collect();
    assert_eq!(unused, Vec::<&String>::new());
}

/// Help texts are found by the verb's and the argument's name; each must belong to one that exists.
fn is_help(code: &str) -> bool {
    static KNOWN: std::sync::OnceLock<BTreeMap<String, ()>> = std::sync::OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        use clap::CommandFactory;
        let mut codes = BTreeMap::new();
        collect(&jitan::cli::Cli::command(), "jitan", &mut codes);
        codes
    });
    known.contains_key(code)
}

fn collect(command: &clap::Command, path: &str, codes: &mut BTreeMap<String, ()>) {
    codes.insert(format!("cli.{path}.about"), ());
    for arg in command.get_arguments() {
        codes.insert(format!("cli.{path}.{}", arg.get_id()), ());
    }
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let name = if path == "jitan" { verb.get_name().to_owned() } else { format!("{path}-{}", verb.get_name()) };
        collect(verb, &name, codes);
    }
}

#[test]
fn every_verb_and_every_argument_has_its_help_in_both_languages() {
    use clap::CommandFactory;
    let mut codes = BTreeMap::new();
    collect(&jitan::cli::Cli::command(), "jitan", &mut codes);
    let missing: Vec<&String> = codes.keys().filter(|code| !locale::catalogue().contains_key(*code)).collect();
    assert_eq!(missing, Vec::<&String>::new());
}
