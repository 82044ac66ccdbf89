//! The message catalogue: `locales/*.yaml`, each code with its Japanese and its English text.
//! Placeholders are `{name}`; both languages must use the same ones (a test holds them to it).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The language a person sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    Ja,
    En,
}

/// Each area's texts, compiled in: a binary that cannot find its words cannot report that either.
const AREAS: &[(&str, &str)] = &[
    ("cli", include_str!("../locales/cli.yaml")),
    ("daemon", include_str!("../locales/daemon.yaml")),
    ("entering", include_str!("../locales/entering.yaml")),
    ("format", include_str!("../locales/format.yaml")),
    ("model", include_str!("../locales/model.yaml")),
    ("reading", include_str!("../locales/reading.yaml")),
    ("savings", include_str!("../locales/savings.yaml")),
    ("store", include_str!("../locales/store.yaml")),
];

/// One message's two texts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    pub ja: String,
    pub en: String,
}

impl Lang {
    /// English if LC_ALL, LC_MESSAGES or LANG (first one set wins) begins with `en`, else Japanese.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| var(name).filter(|v| !v.is_empty()));
        match set {
            Some(value) if value.starts_with("en") => Lang::En,
            _ => Lang::Ja,
        }
    }

    /// The text of a code in this language, its placeholders filled. A code the catalogue lacks shows itself and its
    /// arguments: a gap in the words must not hide what happened.
    pub fn text(self, code: &str, args: &BTreeMap<Cow<'static, str>, String>) -> String {
        match catalogue().get(code) {
            Some(texts) => {
                let text = match self {
                    Lang::Ja => &texts.ja,
                    Lang::En => &texts.en,
                };
                substitute(text, args)
            }
            None => format!("{code} {args:?}"),
        }
    }
}

/// Every code with its texts.
pub fn catalogue() -> &'static BTreeMap<String, Texts> {
    static CATALOGUE: OnceLock<BTreeMap<String, Texts>> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let mut all = BTreeMap::new();
        for (area, text) in AREAS {
            let texts: BTreeMap<String, Texts> = serde_saphyr::from_str(text)
                .unwrap_or_else(|e| panic!("locales/{area}.yaml, compiled in, is broken: {e}"));
            all.extend(texts);
        }
        all
    })
}

/// One pass over the template, so that an argument holding `{…}` is never substituted again.
fn substitute(template: &str, args: &BTreeMap<Cow<'static, str>, String>) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        match after.find('}') {
            Some(close) => {
                let name = &after[..close];
                match args.get(name) {
                    Some(value) => out.push_str(value),
                    None => out.push_str(&rest[open..open + close + 2]),
                }
                rest = &after[close + 1..];
            }
            None => {
                out.push_str(&rest[open..]);
                rest = "";
            }
        }
    }
    out.push_str(rest);
    out
}

/// The placeholders of a text, in order of first use; other braces (an example of YAML) are text.
pub fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for part in text.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_that_looks_like_a_placeholder_stays_as_it_is() {
        let args = BTreeMap::from([("a".into(), "{b}".to_owned()), ("b".into(), "never".to_owned())]);
        assert_eq!(substitute("<{a}>", &args), "<{b}>");
    }

    #[test]
    fn both_languages_use_the_same_arguments() {
        for (code, texts) in catalogue() {
            let (mut ja, mut en) = (placeholders(&texts.ja), placeholders(&texts.en));
            ja.sort_unstable();
            en.sort_unstable();
            assert_eq!(ja, en, "{code}");
        }
    }

    #[test]
    fn japanese_is_the_default_and_english_needs_an_english_locale() {
        let lang = |value: &str| Lang::from_env(|name| (name == "LANG").then(|| value.to_owned()));
        assert_eq!(lang("en_GB.UTF-8"), Lang::En);
        assert_eq!(lang("C.UTF-8"), Lang::Ja);
        assert_eq!(Lang::from_env(|_| None), Lang::Ja);
    }
}
