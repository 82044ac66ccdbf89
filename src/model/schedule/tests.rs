use chrono::{TimeZone, Timelike, Weekday};
use proptest::prelude::*;

use super::*;

fn schedule(cron: &str, days: FiringDays) -> Schedule {
    Schedule {
        cron: cron.parse().unwrap(),
        days,
        closed: BTreeSet::new(),
        overlap: Overlap::Skip,
        missed: Missed::Once,
        window: None,
    }
}

fn time(text: &str) -> NaiveTime {
    text.parse().unwrap()
}

/// `2026-11-20 22:00` in Tokyo.
fn at(text: &str) -> Instant {
    let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    tokyo().from_local_datetime(&local).unwrap().with_timezone(&Utc)
}

fn shown(verdicts: &[Verdict]) -> Vec<String> {
    verdicts.iter().map(|v| v.due.with_timezone(&tokyo()).format("%m-%d %a %H:%M").to_string()).collect()
}

fn firings(schedule: &Schedule, after: &str, n: usize) -> Vec<String> {
    shown(&next_firings(schedule, &Calendar::default(), at(after), n))
}

#[test]
fn weekdays_count_from_sunday_as_posix_has_it() {
    for (line, day) in [
        ("0 9 * * 0", Weekday::Sun),
        ("0 9 * * 7", Weekday::Sun),
        ("0 9 * * 1", Weekday::Mon),
        ("0 9 * * SAT", Weekday::Sat),
    ] {
        let next = next_firings(&schedule(line, FiringDays::Any), &Calendar::default(), at("2026-11-20 00:00"), 3);
        for verdict in next {
            assert_eq!(chrono::Datelike::weekday(&verdict.due.with_timezone(&tokyo())), day, "{line}");
        }
    }
}

#[test]
fn ranges_steps_and_lists_are_read() {
    let next = |line: &str| firings(&schedule(line, FiringDays::Any), "2026-11-20 08:00", 4);
    assert_eq!(next("*/20 9 * * *"), ["11-20 Fri 09:00", "11-20 Fri 09:20", "11-20 Fri 09:40", "11-21 Sat 09:00"]);
    assert_eq!(next("0 22 * * FRI-SUN"), ["11-20 Fri 22:00", "11-21 Sat 22:00", "11-22 Sun 22:00", "11-27 Fri 22:00"]);
    assert_eq!(
        next("5,35 1-3/2 1 DEC *"),
        ["12-01 Tue 01:05", "12-01 Tue 01:35", "12-01 Tue 03:05", "12-01 Tue 03:35"]
    );
}

#[test]
fn lines_that_mean_nothing_or_two_things_are_refused() {
    let bad = |line: &str| line.parse::<CronLine>().unwrap_err();
    assert_eq!(bad("0 22 * *"), BadCron::FieldCount(4));
    assert_eq!(bad("0 0 22 * * *"), BadCron::FieldCount(6));
    assert_eq!(bad("@daily"), BadCron::FieldCount(1));
    assert_eq!(bad("0 22 1 * MON"), BadCron::BothDays);
    assert_eq!(bad("0 0 31 2,4 *"), BadCron::NeverFires);
    for line in [
        "60 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "5/10 * * * *",
        "*/0 * * * *",
        "5-1 * * * *",
        "a * * * *",
        ", * * * *",
        "1, * * * *",
        "+1 * * * *",
    ] {
        assert!(matches!(bad(line), BadCron::Field { .. }), "{line}");
    }
}

#[test]
fn a_leap_day_schedule_finds_its_years() {
    let next = next_firings(&schedule("0 0 29 2 *", FiringDays::Any), &Calendar::default(), at("2026-11-20 00:00"), 3);
    assert_eq!(
        next.iter().map(|v| v.due.with_timezone(&tokyo()).format("%Y").to_string()).collect::<Vec<_>>(),
        ["2028", "2032", "2036"]
    );
}

#[test]
fn on_office_days_only_weekends_and_holidays_are_left_out() {
    let nightly = schedule("0 22 * * *", FiringDays::Office(Shift::Skip));
    // 21/22 November 2026 are a weekend, the 23rd is 勤労感謝の日.
    assert_eq!(firings(&nightly, "2026-11-20 12:00", 3), ["11-20 Fri 22:00", "11-24 Tue 22:00", "11-25 Wed 22:00"]);
    let all = verdicts(&nightly, &Calendar::default(), at("2026-11-20 12:00"), at("2026-11-24 23:00"));
    let skipped: Vec<_> = all
        .iter()
        .filter_map(|v| match &v.decision {
            Decision::Skip { why } => Some(why.code.as_ref()),
            Decision::Fire => None,
        })
        .collect();
    assert_eq!(skipped, ["format.closed-weekend", "format.closed-weekend", "format.closed-holiday"]);
}

#[test]
fn after_midnight_the_business_date_before_decides() {
    let mut night = schedule("0 2 * * *", FiringDays::Office(Shift::Skip));
    night.window = Some(Window { from: time("22:00:00"), until: time("06:00:00") });
    // Saturday 02:00 belongs to Friday; Tuesday 02:00 to Monday, a holiday.
    assert_eq!(firings(&night, "2026-11-20 12:00", 2), ["11-21 Sat 02:00", "11-25 Wed 02:00"]);
}

#[test]
fn a_firing_moves_to_the_neighbouring_office_day() {
    let monthly = |shift| schedule("0 9 1 * *", FiringDays::Office(shift));
    // 1 January is closed until the 4th.
    assert_eq!(firings(&monthly(Shift::Next), "2026-12-15 00:00", 1), ["01-04 Mon 09:00"]);
    assert_eq!(firings(&monthly(Shift::Previous), "2026-12-15 00:00", 1), ["12-28 Mon 09:00"]);
}

#[test]
fn of_several_moved_to_one_instant_one_fires() {
    let weekend = schedule("0 9 * * SAT,SUN", FiringDays::Office(Shift::Next));
    assert_eq!(firings(&weekend, "2026-11-12 00:00", 2), ["11-16 Mon 09:00", "11-24 Tue 09:00"]);
    let daily = schedule("0 9 * * *", FiringDays::Office(Shift::Previous));
    assert_eq!(firings(&daily, "2026-11-20 00:00", 2), ["11-20 Fri 09:00", "11-24 Tue 09:00"]);
}

#[test]
fn a_window_over_midnight_holds_both_ends_of_the_night() {
    let window = Window { from: time("22:00:00"), until: time("06:00:00") };
    for (clock, inside) in [("21:59:59", false), ("22:00:00", true), ("05:59:59", true), ("06:00:00", false)] {
        assert_eq!(window.contains(time(clock)), inside, "{clock}");
    }
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let lines = prop::sample::select(vec![
        "0 22 * * *",
        "30 1 * * *",
        "0 9,21 1,15 * *",
        "0 12 * * SAT,SUN",
        "0 */6 * * 1-5",
        "0 0 29 2 *",
    ]);
    let days = prop::sample::select(vec![
        FiringDays::Any,
        FiringDays::Office(Shift::Skip),
        FiringDays::Office(Shift::Previous),
        FiringDays::Office(Shift::Next),
    ]);
    (lines, days, any::<bool>()).prop_map(|(line, days, night)| {
        let mut schedule = schedule(line, days);
        schedule.window = night.then(|| Window { from: time("22:00:00"), until: time("06:00:00") });
        schedule
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn however_time_is_cut_every_planned_instant_gets_one_verdict(
        schedule in any_schedule(),
        start in 0i64..4_000,
        cuts in prop::collection::vec(1i64..200 * 24, 1..8),
    ) {
        let calendar = Calendar::default();
        let from = at("2020-01-01 00:00") + Duration::days(start);
        let mut edges = vec![from];
        for hours in cuts {
            edges.push(edges[edges.len() - 1] + Duration::hours(hours));
        }
        let whole = verdicts(&schedule, &calendar, from, edges[edges.len() - 1]);
        let parts: Vec<Verdict> =
            edges.windows(2).flat_map(|edge| verdicts(&schedule, &calendar, edge[0], edge[1])).collect();
        prop_assert_eq!(&whole, &parts);
        let planned: BTreeSet<Instant> = whole.iter().map(|v| v.planned).collect();
        prop_assert_eq!(planned.len(), whole.len());
        let fired: Vec<&Verdict> = whole.iter().filter(|v| v.decision == Decision::Fire).collect();
        let instants: BTreeSet<Instant> = fired.iter().map(|v| v.due).collect();
        prop_assert_eq!(instants.len(), fired.len());
        for verdict in &fired {
            let day = schedule.business_date(verdict.due);
            prop_assert!(schedule.days == FiringDays::Any || calendar.is_office_day(day));
            prop_assert_eq!(verdict.due.minute(), verdict.planned.minute());
        }
        let next = next_firings(&schedule, &calendar, from, fired.len());
        prop_assert!(next.iter().zip(&fired).all(|(a, b)| a == *b));
    }

    #[test]
    fn no_text_panics(text in "[-*/0-9A-Za-z, ]{0,24}") {
        if let Ok(line) = text.parse::<CronLine>() {
            let _ = line.schedule();
            prop_assert_eq!(line.to_string().parse::<CronLine>(), Ok(line));
        }
    }
}
