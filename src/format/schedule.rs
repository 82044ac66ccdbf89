//! The `schedule:` of a scenario.

use chrono::NaiveTime;

use super::check::list;
use super::diagnostic::Faults;
use super::fields::Fields;
use super::scalar::{self, Fault, Scalar, Schema};
use super::table::{Key, Mapping, Shape, Word, default, optional, required, word, words};
use super::tree::shown;
use crate::message;
use crate::model::schedule::{BadCron, CronField, CronLine, FiringDays, Missed, Overlap, Schedule, Shift, Window};

static CRON: Scalar = Scalar {
    check: |t| cron(t).map(drop),
    schema: Schema::Text { pattern: Some("^\\s*\\S+(\\s+\\S+){4}\\s*$") },
    example: "\"0 22 * * *\"",
};
static WINDOW: Scalar = Scalar {
    check: |t| window(t).map(drop),
    schema: Schema::Text { pattern: Some("^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$") },
    example: "22:00-06:00",
};
static TIMEZONES: [Word; 1] = [word("Asia/Tokyo", "日本標準時", "Japan Standard Time")];
static DAYS: [Word; 2] = [
    word(
        "office",
        "開庁日だけ（土日・祝日・12/29〜1/3 を除く）",
        "office days only (no weekends, holidays, 12/29 to 1/3)",
    ),
    word("any", "毎日", "every day"),
];
static SHIFTS: [Word; 3] = [
    word("skip", "実行しない", "do not fire"),
    word("previous", "直前の開庁日に移す", "move to the office day before"),
    word("next", "直後の開庁日に移す", "move to the next office day"),
];
static OVERLAPS: [Word; 2] = [
    word("skip", "前の実行が続いていれば見送る", "leave it out while the one before still runs"),
    word("queue", "前の実行が終わるのを待つ", "wait for the one before"),
];
static MISSED: [Word; 3] = [
    word("skip", "見送る", "leave them out"),
    word("once", "まとめて1回実行する", "fire once for all of them"),
    word("all", "回数分実行する", "fire once for each"),
];

static KEYS: [Key; 8] = [
    required(
        "cron",
        Shape::Scalar(&CRON),
        words(
            "いつ実行するか。crontab の5項目（分 時 日 月 曜日）。曜日は 0 と 7 が日曜",
            "when to fire: five crontab fields (minute hour day month weekday; 0 and 7 are Sunday)",
        ),
        "\"0 22 * * *\"",
    ),
    default("timezone", Shape::Word(&TIMEZONES), "Asia/Tokyo", words("時間帯", "time zone"), "Asia/Tokyo"),
    default("days", Shape::Word(&DAYS), "office", words("実行する日", "days on which it may fire"), "office"),
    default(
        "shift",
        Shape::Word(&SHIFTS),
        "skip",
        words("閉庁日に当たったときの扱い", "what happens to a firing on a closed day"),
        "next",
    ),
    optional(
        "closed",
        Shape::List { of: &Shape::DATE, min: 1 },
        words("このシナリオだけの閉庁日", "closing days of this scenario alone"),
        "[2026-11-24]",
    ),
    optional(
        "window",
        Shape::Scalar(&WINDOW),
        words(
            "登録を始めてよい時間帯。日をまたぐときは、0時を過ぎても前の日の業務として扱う",
            "hours in which a submit may start; over midnight it belongs to the day it began",
        ),
        "22:00-06:00",
    ),
    default(
        "overlap",
        Shape::Word(&OVERLAPS),
        "skip",
        words("実行が重なったとき", "while the firing before still runs"),
        "queue",
    ),
    default(
        "missed",
        Shape::Word(&MISSED),
        "once",
        words("止まっていた間に過ぎた予定の扱い", "firings that passed while the daemon was off"),
        "once",
    ),
];

pub static SCHEDULE: Mapping = Mapping {
    name: "schedule",
    doc: words("自動で実行する日時", "when the scenario fires by itself"),
    keys: &[&KEYS],
    one_of: &[],
};

/// Decodes a checked `schedule:`.
pub fn decode(fields: Fields<'_>, faults: &mut Faults) -> Option<Schedule> {
    let word = |key: &str| fields.node(key).and_then(|node| node.scalar());
    let shift = match word("shift") {
        Some("previous") => Shift::Previous,
        Some("next") => Shift::Next,
        _ => Shift::Skip,
    };
    let days = if word("days") == Some("any") { FiringDays::Any } else { FiringDays::Office(shift) };
    if days == FiringDays::Any && fields.node("shift").is_some() {
        faults.add(fields.span_of("shift"), message!("format.shift-without-office-days"));
    }
    let cron = fields.get("cron", cron)?;
    let window = fields.get("window", window);
    if let Some(window) = window {
        let outside = cron
            .times()
            .filter_map(|(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0))
            .find(|t| !window.contains(*t));
        if let Some(time) = outside {
            let message = message!("format.fires-outside-window", time = time.format("%H:%M"));
            faults.add(fields.span_of("cron"), message);
        }
    }
    Some(Schedule {
        cron,
        days,
        closed: fields.list("closed", scalar::date).into_iter().collect(),
        overlap: if word("overlap") == Some("queue") { Overlap::Queue } else { Overlap::Skip },
        missed: match word("missed") {
            Some("skip") => Missed::Skip,
            Some("all") => Missed::All,
            _ => Missed::Once,
        },
        window,
    })
}

fn cron(text: &str) -> Result<CronLine, Fault> {
    text.parse().map_err(|bad| match bad {
        BadCron::FieldCount(found) => {
            Fault::new(message!("format.cron-field-count", found = found)).hint(message!("format.hint-cron"))
        }
        BadCron::Field { field, part } => {
            let (code, allowed) = match field {
                CronField::Minute => (message!("format.cron-minute", found = shown(&part)), "0-59"),
                CronField::Hour => (message!("format.cron-hour", found = shown(&part)), "0-23"),
                CronField::Day => (message!("format.cron-day", found = shown(&part)), "1-31"),
                CronField::Month => (message!("format.cron-month", found = shown(&part)), "1-12, JAN-DEC"),
                CronField::Weekday => (message!("format.cron-weekday", found = shown(&part)), "0-7, SUN-SAT"),
            };
            Fault::new(code).hint(message!("format.hint-words", words = list(["*", "*/n", allowed].into_iter())))
        }
        BadCron::BothDays => Fault::new(message!("format.cron-both-days")).hint(message!("format.hint-cron-both-days")),
        BadCron::NeverFires => Fault::new(message!("format.cron-never-fires")),
    })
}

fn window(text: &str) -> Result<Window, Fault> {
    let fault = || Fault::new(message!("format.bad-window", found = shown(text))).example(WINDOW.example);
    let time = |part: &str| (part.len() == 5).then(|| NaiveTime::parse_from_str(part, "%H:%M").ok()).flatten();
    let (from, until) = text.split_once('-').ok_or_else(fault)?;
    match (time(from), time(until)) {
        (Some(from), Some(until)) if from != until => Ok(Window { from, until }),
        _ => Err(fault()),
    }
}
