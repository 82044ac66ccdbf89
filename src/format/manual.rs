//! The reference of every key, in Japanese for the departments, made from the tables.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::expression::FILTER_WORDS;
use super::schema::KINDS;
use super::table::{Key, Mapping, Need, Shape};

/// `docs/keys.md`.
pub fn manual() -> String {
    let mut out = String::from(
        "# 設定ファイルのキー一覧\n\n\
         この一覧は `jitan schema --format markdown` で作る。書き方の流れは scenario.md を見る。\n",
    );
    for kind in KINDS {
        let _ = writeln!(out, "\n## {}（{}）", kind.root.doc.ja, kind.name);
        let mut seen = BTreeSet::new();
        section(kind.root, &mut out, &mut seen);
    }
    filters(&mut out);
    out
}

fn filters(out: &mut String) {
    out.push_str("\n## 式の書き換え\n\n`$項目名 | 書き換え` と書く。空欄は、どの書き換えを通しても空欄のまま。\n");
    out.push_str("\n| 書き換え | 意味 |\n|---|---|\n");
    for word in FILTER_WORDS {
        let _ = writeln!(out, "| `{}` | {} |", word.text, word.doc.ja);
    }
}

fn section(mapping: &'static Mapping, out: &mut String, seen: &mut BTreeSet<&'static str>) {
    if !seen.insert(mapping.name) {
        return;
    }
    if seen.len() > 1 {
        let _ = writeln!(out, "\n### {}\n\n{}", mapping.name, mapping.doc.ja);
    }
    for set in mapping.one_of {
        let _ = writeln!(out, "\n次のうち、ちょうど1つを書く: {}", code_list(set));
    }
    out.push_str("\n| キー | 必要 | 意味 | 書けるもの | 例 |\n|---|---|---|---|---|\n");
    for key in mapping.all() {
        row(key, out);
    }
    for key in mapping.all() {
        if let Some(below) = inner(&key.shape) {
            section(below, out, seen);
        }
    }
}

fn row(key: &Key, out: &mut String) {
    let need = match key.need {
        Need::Required => "○".to_owned(),
        Need::Optional => String::new(),
        Need::Default(default) => format!("既定 `{default}`"),
    };
    let example = key.example.replace('|', "\\|");
    let _ = writeln!(out, "| `{}` | {need} | {} | {} | `{example}` |", key.name, key.doc.ja, allowed(&key.shape));
}

fn allowed(shape: &Shape) -> String {
    match shape {
        Shape::Scalar(_) => String::new(),
        Shape::Word(words) => {
            words.iter().map(|w| format!("`{}` {}", w.text, w.doc.ja)).collect::<Vec<_>>().join("<br>")
        }
        Shape::List { of, .. } => match allowed(of) {
            inner if inner.is_empty() => "一覧".to_owned(),
            inner => format!("{inner} の一覧"),
        },
        Shape::Tuple { names, .. } => format!("[{}]", names.join(", ")),
        Shape::Map(mapping) => mapping.name.to_owned(),
        Shape::Either(shapes) => {
            shapes.iter().map(allowed).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("、または ")
        }
    }
}

fn code_list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join("、")
}

fn inner(shape: &'static Shape) -> Option<&'static Mapping> {
    match shape {
        Shape::Map(mapping) => Some(mapping),
        Shape::List { of, .. } => inner(of),
        Shape::Either(shapes) => shapes.iter().find_map(inner),
        Shape::Scalar(_) | Shape::Word(_) | Shape::Tuple { .. } => None,
    }
}
