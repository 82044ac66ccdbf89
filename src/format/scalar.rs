//! Typed values: each with how it is parsed, what its mistake says, and what the schema tells an editor.

use std::time::Duration;

use chrono::NaiveDate;

use super::tree::shown;
use crate::message;
use crate::model::era::{BadEraDate, EraDate};
use crate::model::id::{BadId, FieldName, FormName, TargetName};
use crate::model::message::Message;
use crate::model::target::SecretRef;
use crate::model::time::FiscalYear;

/// Why a value cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub message: Message,
    pub hint: Option<Message>,
}

impl Fault {
    pub fn new(message: Message) -> Self {
        Self { message, hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: Message) -> Self {
        self.hint = Some(hint);
        self
    }

    /// With an example of what would be right.
    #[must_use]
    pub fn example(self, example: &str) -> Self {
        self.hint(message!("format.hint-example", example = example))
    }
}

/// A kind of value, for tables.
#[derive(Debug)]
pub struct Scalar {
    pub check: fn(&str) -> Result<(), Fault>,
    pub schema: Schema,
    pub example: &'static str,
}

/// What JSON Schema can say of it.
#[derive(Debug, Clone, Copy)]
pub enum Schema {
    Text {
        /// ECMA 262 regular expression.
        pattern: Option<&'static str>,
    },
    /// A number is fine too: names and dates of digits only.
    TextOrNumber,
    Integer {
        min: i64,
        max: i64,
    },
    Number {
        min: f64,
        max: f64,
    },
    Boolean,
}

const fn matching(pattern: &'static str) -> Schema {
    Schema::Text { pattern: Some(pattern) }
}

pub static TEXT: Scalar =
    Scalar { check: |t| text(t).map(drop), schema: Schema::TextOrNumber, example: "児童手当 認定請求" };
pub static FIELD: Scalar =
    Scalar { check: |t| field_name(t).map(drop), schema: Schema::TextOrNumber, example: "my_number" };
pub static FORM_NAME: Scalar =
    Scalar { check: |t| form_name(t).map(drop), schema: Schema::TextOrNumber, example: "jido-teate-r8" };
pub static TARGET: Scalar =
    Scalar { check: |t| target_name(t).map(drop), schema: Schema::TextOrNumber, example: "portal" };
pub static SECRET: Scalar =
    Scalar { check: |t| secret(t).map(drop), schema: Schema::TextOrNumber, example: "portal-password" };
pub static FILE: Scalar =
    Scalar { check: |t| file_name(t).map(drop), schema: matching("^[^/\\\\].*$"), example: "form.yaml" };
pub static URL: Scalar = Scalar {
    check: |t| base_url(t).map(drop),
    schema: matching("^https?://.+"),
    example: "https://system.city.example.lg.jp/",
};
pub static HOST: Scalar = Scalar {
    check: |t| host(t).map(drop),
    schema: Schema::Text { pattern: None },
    example: "system.city.example.lg.jp",
};
pub static PATH: Scalar = Scalar { check: |t| path(t).map(drop), schema: matching("^/"), example: "/entry" };
pub static DURATION: Scalar =
    Scalar { check: |t| duration(t).map(drop), schema: matching("^([0-9]+[dhms])+$"), example: "1m30s" };
pub static PROBABILITY: Scalar =
    Scalar { check: |t| probability(t).map(drop), schema: matching("^[0-9]+([.][0-9]+)?%$"), example: "0.1%" };
pub static DATE: Scalar = Scalar {
    check: |t| date(t).map(drop),
    schema: matching("^([0-9]{4}-[0-9]{2}-[0-9]{2}|(明治|大正|昭和|平成|令和)([0-9]+|元)年[0-9]+月[0-9]+日)$"),
    example: "2026-04-01",
};
pub static FISCAL_YEAR: Scalar =
    Scalar { check: |t| fiscal_year(t).map(drop), schema: Schema::TextOrNumber, example: "令和8年度" };
pub static BOOLEAN: Scalar = Scalar { check: |t| boolean(t).map(drop), schema: Schema::Boolean, example: "true" };
pub static NUMBER: Scalar =
    Scalar { check: |t| number(t).map(drop), schema: Schema::Number { min: -1e12, max: 1e12 }, example: "12.5" };
pub static MILLIMETRES: Scalar = Scalar {
    check: |t| millimetres(t).map(drop),
    schema: Schema::Number { min: 0.0, max: MAX_MILLIMETRES },
    example: "12.5",
};
pub static FACTOR: Scalar =
    Scalar { check: |t| factor(t).map(drop), schema: Schema::Number { min: 1.0, max: 10.0 }, example: "2" };
pub static COUNT: Scalar =
    Scalar { check: |t| count(t).map(drop), schema: Schema::Integer { min: 1, max: 1_000_000 }, example: "40" };
pub static BOXES: Scalar =
    Scalar { check: |t| boxes(t).map(drop), schema: Schema::Integer { min: 1, max: 100 }, example: "7" };
pub static ATTEMPTS: Scalar =
    Scalar { check: |t| attempts(t).map(drop), schema: Schema::Integer { min: 0, max: 20 }, example: "3" };
pub static SESSIONS: Scalar =
    Scalar { check: |t| sessions(t).map(drop), schema: Schema::Integer { min: 1, max: 20 }, example: "1" };
pub static INDEX: Scalar =
    Scalar { check: |t| index(t).map(drop), schema: Schema::Integer { min: 0, max: 1000 }, example: "3" };

/// A3 in landscape.
const MAX_MILLIMETRES: f64 = 420.0;

/// Longest text: titles and labels are short, and a longer one is a forgotten quote.
const MAX_TEXT_CHARS: usize = 500;

/// A text that is not empty.
///
/// # Errors
/// If it is blank or longer than 500 characters.
pub fn text(text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new(message!("format.empty-text")));
    }
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(Fault::new(message!("format.text-too-long", limit = MAX_TEXT_CHARS)));
    }
    Ok(text.to_owned())
}

fn bad_id(text: &str, why: &BadId) -> Fault {
    let fault = match why {
        BadId::Empty => Fault::new(message!("format.empty-text")),
        BadId::TooLong { max } => Fault::new(message!("format.text-too-long", limit = max)),
        BadId::Character(_) | BadId::NotHex { .. } => Fault::new(message!("format.bad-name", found = shown(text))),
    };
    fault.hint(message!("format.hint-name"))
}

/// A field's name.
///
/// # Errors
/// If a character may not stand in a name.
pub fn field_name(text: &str) -> Result<FieldName, Fault> {
    FieldName::new(text).map_err(|why| bad_id(text, &why))
}

/// A form's name.
///
/// # Errors
/// If a character may not stand in a name.
pub fn form_name(text: &str) -> Result<FormName, Fault> {
    FormName::new(text).map_err(|why| bad_id(text, &why))
}

/// A target's name.
///
/// # Errors
/// If a character may not stand in a name.
pub fn target_name(text: &str) -> Result<TargetName, Fault> {
    TargetName::new(text).map_err(|why| bad_id(text, &why))
}

/// A secret's name, never the secret.
///
/// # Errors
/// If a character may not stand in a name.
pub fn secret(text: &str) -> Result<SecretRef, Fault> {
    FieldName::new(text).map(|name| SecretRef(name.into())).map_err(|_| {
        // What stands here may be the secret itself: it is not repeated.
        Fault::new(message!("format.bad-secret")).hint(message!("format.hint-secret"))
    })
}

/// A file of the scenario's own folder: a relative path that stays inside.
///
/// # Errors
/// If the path could leave the folder.
pub fn file_name(text: &str) -> Result<String, Fault> {
    let harmless = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':']);
    if text.chars().count() <= 200 && text.split('/').all(harmless) && !text.contains(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(Fault::new(message!("format.path-leaves-folder", found = shown(text))).example("form.yaml"))
    }
}

/// A target's base address.
///
/// # Errors
/// If it is no http(s) URL with a host, or carries a user, a query or a fragment.
pub fn base_url(text: &str) -> Result<url::Url, Fault> {
    let fault = || Fault::new(message!("format.bad-url", found = shown(text))).example(URL.example);
    let url = url::Url::parse(text).map_err(|_| fault())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if plain { Ok(url) } else { Err(fault()) }
}

/// A host name without scheme, port or path.
///
/// # Errors
/// If it is none.
pub fn host(text: &str) -> Result<String, Fault> {
    let fault = || Fault::new(message!("format.bad-host", found = shown(text))).example(HOST.example);
    if text.contains(['/', ':', '@', '?', '#', ' ', '*']) {
        return Err(fault());
    }
    url::Host::parse(text).map(|host| host.to_string()).map_err(|_| fault())
}

/// A path below the target's address; `*` matches within a pattern.
///
/// # Errors
/// If it does not begin with `/`, or could lead to another host.
pub fn path(text: &str) -> Result<String, Fault> {
    let inside =
        text.starts_with('/') && !text.starts_with("//") && !text.contains(['\\', ' ', '#']) && !text.contains("..");
    if inside && text.chars().count() <= 500 {
        Ok(text.to_owned())
    } else {
        Err(Fault::new(message!("format.bad-path", found = shown(text))).example(PATH.example))
    }
}

/// Longest duration: nothing here waits a year.
const MAX_DURATION: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// `30s`, `5m`, `2h`, `1d12h`: units from large to small, each at most once. A bare number says no unit and is refused.
///
/// # Errors
/// If it is none, zero, or longer than a year.
pub fn duration(text: &str) -> Result<Duration, Fault> {
    let fault = |code: Message| Err(Fault::new(code).example(DURATION.example));
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        let hint = message!("format.hint-unit", seconds = format!("{text}s"), minutes = format!("{text}m"));
        return Err(Fault::new(message!("format.duration-without-unit", found = shown(text))).hint(hint));
    }
    let Some(seconds) = seconds(text) else {
        return fault(message!("format.bad-duration", found = shown(text)));
    };
    match Duration::from_secs(seconds) {
        Duration::ZERO => fault(message!("format.zero-duration")),
        long if long > MAX_DURATION => fault(message!("format.duration-too-long", found = shown(text))),
        duration => Ok(duration),
    }
}

fn seconds(text: &str) -> Option<u64> {
    const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let (_, factor) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.checked_mul(*factor)?)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    (!text.is_empty()).then_some(total)
}

/// A duration as it would be written: `1d12h`, `90s` as `1m30s`.
pub fn show_duration(duration: Duration) -> String {
    let mut rest = duration.as_secs();
    let mut out = String::new();
    for (unit, size) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if rest / size > 0 {
            out.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

/// A chance as a percentage: `0.1%`; more than 0% and less than 100%. Gives 0 to 1.
///
/// # Errors
/// If it is none. A bare number could mean either scale and is refused.
pub fn probability(text: &str) -> Result<f64, Fault> {
    let fault = || Fault::new(message!("format.bad-probability", found = shown(text))).example(PROBABILITY.example);
    let digits = text.strip_suffix('%').filter(|d| d.starts_with(|c: char| c.is_ascii_digit())).ok_or_else(fault)?;
    if digits.len() > 12 || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(fault());
    }
    let percent: f64 = digits.parse().map_err(|_| fault())?;
    if percent > 0.0 && percent < 100.0 { Ok(percent / 100.0) } else { Err(fault()) }
}

/// A day: `2026-04-01` or `令和8年4月1日`.
///
/// # Errors
/// If there is no such day.
pub fn date(text: &str) -> Result<NaiveDate, Fault> {
    let no_such_day = || Fault::new(message!("format.no-such-day", found = shown(text)));
    let shape: Vec<usize> = text.split('-').map(str::len).collect();
    if shape == [4, 2, 2] && text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return text.parse().map_err(|_| no_such_day());
    }
    match text.parse::<EraDate>() {
        Ok(date) => Ok(date.day()),
        Err(BadEraDate::OutsideEra) => Err(Fault::new(message!("format.day-outside-era", found = shown(text)))),
        Err(BadEraDate::NoSuchDay) => Err(no_such_day()),
        Err(BadEraDate::Form) => {
            Err(Fault::new(message!("format.bad-date", found = shown(text))).example("2026-04-01 / 令和8年4月1日"))
        }
    }
}

/// `2026` or `令和8年度`.
///
/// # Errors
/// If it is none.
pub fn fiscal_year(text: &str) -> Result<FiscalYear, Fault> {
    text.parse()
        .map_err(|_| Fault::new(message!("format.bad-fiscal-year", found = shown(text))).example("2026 / 令和8年度"))
}

/// `true` or `false`.
///
/// # Errors
/// For anything else, `yes` and `はい` among it: they mean different things to different YAML readers.
pub fn boolean(text: &str) -> Result<bool, Fault> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Fault::new(message!("format.bad-boolean", found = shown(text)))
            .hint(message!("format.hint-words", words = "true, false"))),
    }
}

/// Any number.
///
/// # Errors
/// If it is none.
pub fn number(text: &str) -> Result<f64, Fault> {
    within(text, -1e12, 1e12)
}

fn millimetres(text: &str) -> Result<f64, Fault> {
    within(text, 0.0, MAX_MILLIMETRES)
}

/// A factor on a waiting time, 1 to 10.
///
/// # Errors
/// If it is outside.
pub fn factor(text: &str) -> Result<f64, Fault> {
    within(text, 1.0, 10.0)
}

fn within(text: &str, min: f64, max: f64) -> Result<f64, Fault> {
    let shape = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    let number = text.parse::<f64>().ok().filter(|_| shape);
    let number =
        number.ok_or_else(|| Fault::new(message!("format.bad-number", found = shown(text))).example("12.5"))?;
    if (min..=max).contains(&number) {
        Ok(number)
    } else {
        Err(Fault::new(message!("format.out-of-range", found = shown(text), min = min, max = max)))
    }
}

/// A count of cases, 1 to 1,000,000.
///
/// # Errors
/// If it is outside.
pub fn count(text: &str) -> Result<u32, Fault> {
    whole(text, 1, 1_000_000)
}

/// How many boxes a row has, 1 to 100.
///
/// # Errors
/// If it is outside.
pub fn boxes(text: &str) -> Result<u32, Fault> {
    whole(text, 1, 100)
}

/// How often to try again, 0 to 20.
///
/// # Errors
/// If it is outside.
pub fn attempts(text: &str) -> Result<u32, Fault> {
    whole(text, 0, 20)
}

/// How many sessions at once, 1 to 20.
///
/// # Errors
/// If it is outside.
pub fn sessions(text: &str) -> Result<u8, Fault> {
    whole(text, 1, 20).map(|n| u8::try_from(n).unwrap_or(u8::MAX))
}

/// A character's place, from 0.
///
/// # Errors
/// If it is above 1000.
pub fn index(text: &str) -> Result<usize, Fault> {
    whole(text, 0, 1000).map(|n| n as usize)
}

fn whole(text: &str, min: u32, max: u32) -> Result<u32, Fault> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = if digits { text.parse::<u64>().unwrap_or(u64::MAX) } else { u64::MAX };
    if !digits {
        return Err(
            Fault::new(message!("format.bad-whole-number", found = shown(text))).example(&min.max(1).to_string())
        );
    }
    match u32::try_from(number) {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(Fault::new(message!("format.out-of-range", found = shown(text), min = min, max = max))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
        result.unwrap_err().message.code.into_owned()
    }

    #[test]
    fn durations_need_their_units() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("1d12h"), Ok(Duration::from_secs(36 * 3600)));
        assert_eq!(code(duration("30")), "format.duration-without-unit");
        for bad in ["", "s", "5 m", "1h1d", "1m1m", "5min", "-5m", "５m", "99999999999999999999s", "1.5h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert_eq!(code(duration("0s")), "format.zero-duration");
        assert_eq!(code(duration("400d")), "format.duration-too-long");
    }

    #[test]
    fn a_chance_is_a_percentage_between_the_ends() {
        assert_eq!(probability("1%"), Ok(0.01));
        assert!((probability("0.1%").unwrap() - 0.001).abs() < 1e-12);
        for bad in ["0.001", "0%", "100%", "-1%", "1e-3%", "%", "1 %", "NaN%", "1.2.3%"] {
            assert_eq!(code(probability(bad)), "format.bad-probability", "{bad}");
        }
    }

    #[test]
    fn days_are_read_in_both_calendars_and_must_exist() {
        assert_eq!(date("2026-04-01"), date("令和8年4月1日"));
        assert_eq!(code(date("2026-02-29")), "format.no-such-day");
        assert_eq!(code(date("令和1年4月1日")), "format.day-outside-era");
        assert_eq!(code(date("2026/04/01")), "format.bad-date");
        assert_eq!(code(date("2026-4-1")), "format.bad-date");
    }

    #[test]
    fn no_file_name_leads_out_of_the_folder() {
        assert!(file_name("blanks/form.png").is_ok());
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", ".hidden", "a\\b", "c:x", "./x", "a/"] {
            assert!(file_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_cannot_name_another_host() {
        assert!(path("/entry?kind=new").is_ok());
        for bad in ["entry", "//evil.example/", "/\\evil", "/a/../b", ""] {
            assert!(path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_base_url_carries_no_password() {
        assert!(base_url("https://system.city.example.lg.jp/app/").is_ok());
        for bad in ["ftp://x/", "https://", "https://u:p@x/", "https://x/?a=b", "file:///etc", "javascript:alert(1)"] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_may_be_a_password_is_not_repeated() {
        let fault = secret("p@ss w0rd!").unwrap_err();
        assert!(!format!("{fault:?}").contains("w0rd"));
    }

    proptest! {
        #[test]
        fn every_duration_survives_its_text_form(seconds in 1u64..=366 * 86_400) {
            let whole = Duration::from_secs(seconds);
            prop_assert_eq!(duration(&show_duration(whole)), Ok(whole));
        }

        #[test]
        fn no_text_panics(text in ".{0,30}") {
            let _ = (duration(&text), probability(&text), date(&text), base_url(&text), host(&text), path(&text));
            let _ = (count(&text), number(&text), file_name(&text), fiscal_year(&text), boolean(&text));
        }
    }
}
