//! The fold: journal records in, ledger entries out. Folding a prefix and then the rest gives what the whole gives.
//!
//! - A live document is credited when it is done: on the Tokyo day of its evidence, or of its settlement if its outcome
//!   was unknown. If the year of the act is over by then, the credit restates that year.
//! - A baseline is taken as it stands when the document is credited. A later statement that says otherwise about that
//!   day adds the difference as a restatement, booked on the day of the statement.
//! - The minutes of *all* documents count, those of failed, rejected and test documents too: a figure that left them
//!   out would flatter.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::baseline::{self, Found, Stated};
use super::entry::{Basis, Category, Entry, Kind, Restated, Withheld, Work};
use crate::model::document::event::{DocumentEvent, Medium, RejectReason, Settlement};
use crate::model::id::{DocumentId, ScenarioName, VersionId};
use crate::model::journal::{Event, Record, ScenarioEvent, Seq, Stream};
use crate::model::target::Environment;
use crate::model::time::{FiscalYear, tokyo_date};

/// A run that found nothing to do: shown, worth nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmptyRun {
    pub date: NaiveDate,
    pub scenario: ScenarioName,
}

/// Everything the reports are made from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    applied: Seq,
    entries: Vec<Entry>,
    empty_runs: Vec<EmptyRun>,
    first_live: BTreeMap<ScenarioName, NaiveDate>,
    first_confirmed: BTreeMap<ScenarioName, NaiveDate>,
    stated: BTreeMap<ScenarioName, Stated>,
    cases: BTreeMap<DocumentId, Case>,
}

/// What the ledger must remember of a document.
#[derive(Debug, Clone, PartialEq)]
struct Case {
    scenario: ScenarioName,
    version: VersionId,
    environment: Environment,
    medium: Medium,
    received: NaiveDate,
    /// Outside work booked so far, in seconds.
    outside: i64,
    acted: Option<NaiveDate>,
    confirmed: Option<NaiveDate>,
    end: Option<End>,
}

/// How a document ended, as far as time is concerned.
#[derive(Debug, Clone, PartialEq)]
struct End {
    about: NaiveDate,
    /// `None`: entered live by the program.
    barred: Option<Withheld>,
    worth: Worth,
}

/// What is booked for a document by its baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Worth {
    /// `None`: credited.
    withheld: Option<Withheld>,
    /// Seconds per category, in the order of [`Category::ALL`].
    seconds: [i64; 2],
    basis: Basis,
    baseline: Option<NaiveDate>,
}

impl Worth {
    fn of(barred: Option<Withheld>, found: Found<'_>) -> Self {
        let (withheld, baseline) = match found {
            Found::Valid(baseline) => (barred, Some(baseline)),
            Found::Expired(baseline) => (barred.or(Some(Withheld::ExpiredBaseline)), Some(baseline)),
            Found::None => (barred.or(Some(Withheld::NoBaseline)), None),
        };
        Self {
            withheld,
            seconds: Category::ALL.map(|category| baseline.map_or(0, |b| baseline::part(b, category))),
            basis: baseline.map_or(Basis::Measured, baseline::basis),
            baseline: baseline.map(|b| b.from),
        }
    }
}

/// When something is booked, and why.
#[derive(Debug, Clone, Copy)]
struct Booking {
    seq: Seq,
    date: NaiveDate,
}

/// What is booked about a document's worth.
#[derive(Debug, Clone, Copy)]
struct Booked {
    about: NaiveDate,
    kind: Kind,
    seconds: [i64; 2],
    documents: i64,
}

impl Ledger {
    /// The ledger of these records, in their order.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut ledger = Self::default();
        records.into_iter().for_each(|record| ledger.apply(record));
        ledger
    }

    /// One more record. A record that was applied before changes nothing.
    pub fn apply(&mut self, record: &Record) {
        if record.seq <= self.applied {
            return;
        }
        self.applied = record.seq;
        let booking = Booking { seq: record.seq, date: tokyo_date(record.at) };
        match (&record.stream, &record.event) {
            (Stream::Document(id), Event::Document(event)) => self.document(*id, booking, event),
            (Stream::Scenario(name), Event::Scenario(event)) => self.scenario(name, booking, event),
            _ => {}
        }
    }

    /// Position up to which the journal is folded.
    pub fn applied(&self) -> Seq {
        self.applied
    }

    /// In the order of the journal.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries that belong to a fiscal year, later corrections of it included.
    pub fn of_year(&self, year: FiscalYear) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.year() == year)
    }

    pub fn empty_runs(&self) -> &[EmptyRun] {
        &self.empty_runs
    }

    /// 作成シナリオ数: scenarios first live in that fiscal year that have a confirmed document.
    pub fn scenarios_made(&self, year: FiscalYear) -> Vec<&ScenarioName> {
        let made = self
            .first_live
            .iter()
            .filter(|(name, day)| year.contains(**day) && self.first_confirmed.contains_key(*name));
        made.map(|(name, _)| name).collect()
    }

    fn scenario(&mut self, name: &ScenarioName, booking: Booking, event: &ScenarioEvent) {
        match event {
            ScenarioEvent::Deployed { environment: Environment::Live, .. } => {
                self.first_live.entry(name.clone()).or_insert(booking.date);
            }
            ScenarioEvent::RunEnded { documents: 0, .. } => {
                self.empty_runs.push(EmptyRun { date: booking.date, scenario: name.clone() });
            }
            ScenarioEvent::BaselinesStated { baselines, outside } => {
                let stated = Stated { baselines: baselines.clone(), outside: outside.clone() };
                self.restate(name, booking, &stated);
                self.stated.insert(name.clone(), stated);
            }
            _ => {}
        }
    }

    fn document(&mut self, id: DocumentId, booking: Booking, event: &DocumentEvent) {
        if let DocumentEvent::Received { scenario, version, environment, medium, .. } = event {
            let outside = self.stated.get(scenario).map_or(0, |stated| stated.outside_seconds(booking.date));
            let case = Case {
                scenario: scenario.clone(),
                version: *version,
                environment: *environment,
                medium: *medium,
                received: booking.date,
                outside,
                acted: None,
                confirmed: None,
                end: None,
            };
            self.receive(id, booking, case);
        }
        let Some(case) = self.cases.get_mut(&id) else { return };
        match event {
            DocumentEvent::Intended { .. } => case.acted = Some(booking.date),
            DocumentEvent::Confirmed { .. } => case.confirmed = Some(booking.date),
            _ => {}
        }
        if let Some((work, seconds)) = spent(event)
            && seconds > 0
        {
            let category = case.charged(work);
            self.entries.push(case.entry(id, booking, category, Kind::Human(work), -i64::from(seconds)));
        }
        if let Some((about, barred)) = case.ended(booking.date, event) {
            self.end(id, booking, about, barred);
        }
    }

    fn receive(&mut self, id: DocumentId, booking: Booking, case: Case) {
        if case.outside > 0 {
            let category = case.charged(Work::Outside);
            let entry = case.entry(id, booking, category, Kind::Human(Work::Outside), -case.outside);
            self.entries.push(Entry { basis: Basis::Estimated, ..entry });
        }
        self.cases.insert(id, case);
    }

    fn end(&mut self, id: DocumentId, booking: Booking, about: NaiveDate, barred: Option<Withheld>) {
        let Some(case) = self.cases.get_mut(&id) else { return };
        if barred.is_none() {
            self.first_confirmed.entry(case.scenario.clone()).or_insert(about);
        }
        let found = self.stated.get(&case.scenario).map_or(Found::None, |stated| stated.baseline(about));
        let worth = Worth::of(barred, found);
        case.end = Some(End { about, barred, worth });
        let kind = match worth.withheld {
            Some(why) => Kind::NotCreditable(why),
            None if FiscalYear::of(about) < FiscalYear::of(booking.date) && case.confirmed.is_none() => {
                Kind::Restatement(Restated::Gross)
            }
            None => Kind::Gross,
        };
        // A document confirmed on 31 March and finished after midnight is booked on the day of its evidence.
        let booking = if kind == Kind::Gross { Booking { date: about, ..booking } } else { booking };
        let booked = Booked { about, kind, seconds: worth.seconds, documents: 1 };
        self.entries.extend(case.book(id, booking, booked, &worth));
    }

    /// Adds what the new statement changes about days that are already booked.
    fn restate(&mut self, name: &ScenarioName, booking: Booking, stated: &Stated) {
        for (id, case) in self.cases.iter_mut().filter(|(_, case)| case.scenario == *name) {
            let outside = stated.outside_seconds(case.received);
            if outside != case.outside {
                let kind = Kind::Restatement(Restated::Outside);
                let entry = case.entry(*id, booking, case.charged(Work::Outside), kind, case.outside - outside);
                self.entries.push(Entry { basis: Basis::Estimated, about: case.received, ..entry });
                case.outside = outside;
            }
            let Some(end) = case.end.clone() else { continue };
            let after = Worth::of(end.barred, stated.baseline(end.about));
            self.entries.extend(case.difference(*id, booking, &end, &after));
            case.end = Some(End { worth: after, ..end });
        }
    }
}

impl Case {
    /// On whose account people's time goes. Work on what was read is charged to `ai-ocr`; where nothing was read from
    /// paper nothing is credited there either, and the minutes stand against the entering that they made possible.
    fn charged(&self, work: Work) -> Category {
        match (work, self.medium) {
            (Work::Review | Work::Outside, Medium::Paper) => Category::AiOcr,
            (Work::Review | Work::Outside, Medium::Record) | (Work::Resolve | Work::Repair, _) => Category::Rpa,
        }
    }

    /// The day and the bar if this event ends the document in a way that the ledger knows.
    fn ended(&self, today: NaiveDate, event: &DocumentEvent) -> Option<(NaiveDate, Option<Withheld>)> {
        let entered = (self.environment == Environment::Test).then_some(Withheld::Test);
        match event {
            DocumentEvent::Done => Some((self.confirmed.unwrap_or(today), entered)),
            DocumentEvent::Settled { outcome: Settlement::Entered, .. } => {
                let acted = self.acted.unwrap_or(today);
                let closed = FiscalYear::of(acted) < FiscalYear::of(today);
                Some((if closed { acted } else { today }, entered))
            }
            DocumentEvent::Settled { outcome: Settlement::ByHand, .. } | DocumentEvent::FinishedByHand { .. } => {
                Some((today, Some(Withheld::ByHand)))
            }
            DocumentEvent::Rejected { why: RejectReason::Duplicate, .. } => Some((today, Some(Withheld::Duplicate))),
            _ => None,
        }
    }

    fn entry(&self, id: DocumentId, booking: Booking, category: Category, kind: Kind, seconds: i64) -> Entry {
        Entry {
            seq: booking.seq,
            date: booking.date,
            about: booking.date,
            document: id,
            scenario: self.scenario.clone(),
            version: self.version,
            environment: self.environment,
            category,
            kind,
            documents: 0,
            seconds,
            basis: Basis::Measured,
            baseline: None,
        }
    }

    /// One entry per category. Where a document begins or ceases to be counted there is an entry even if it is worth
    /// nothing: it must be possible to find it.
    fn book(&self, id: DocumentId, booking: Booking, booked: Booked, worth: &Worth) -> Vec<Entry> {
        let entry = |category, seconds| Entry {
            about: booked.about,
            basis: worth.basis,
            baseline: worth.baseline,
            ..self.entry(id, booking, category, booked.kind, seconds)
        };
        let by_category = Category::ALL.into_iter().zip(booked.seconds).filter(|(_, seconds)| *seconds != 0);
        let mut entries: Vec<Entry> = by_category.map(|(category, seconds)| entry(category, seconds)).collect();
        if entries.is_empty() && booked.documents != 0 {
            entries.push(entry(Category::Rpa, 0));
        }
        if let Some(first) = entries.first_mut() {
            first.documents = booked.documents;
        }
        entries
    }

    /// What changes when a document is worth something else than was booked.
    fn difference(&self, id: DocumentId, booking: Booking, end: &End, after: &Worth) -> Vec<Entry> {
        let before = &end.worth;
        let kind =
            |withheld: Option<Withheld>| withheld.map_or(Kind::Restatement(Restated::Gross), Kind::NotCreditable);
        let booked =
            |withheld, seconds, documents| Booked { about: end.about, kind: kind(withheld), seconds, documents };
        if before.withheld == after.withheld && before.basis == after.basis {
            let seconds = [after.seconds[0] - before.seconds[0], after.seconds[1] - before.seconds[1]];
            return self.book(id, booking, booked(after.withheld, seconds, 0), after);
        }
        // Taken back whole and booked anew, so that the marks of measured and estimated stay true.
        let moved = i64::from(before.withheld != after.withheld);
        let mut entries = self.book(id, booking, booked(before.withheld, before.seconds.map(|s| -s), -moved), before);
        entries.extend(self.book(id, booking, booked(after.withheld, after.seconds, moved), after));
        entries
    }
}

/// The time that a person spent, and on what.
fn spent(event: &DocumentEvent) -> Option<(Work, u32)> {
    match event {
        DocumentEvent::Reviewed { seconds, .. }
        | DocumentEvent::Rejected { seconds, .. }
        | DocumentEvent::DuplicateCleared { seconds } => Some((Work::Review, *seconds)),
        DocumentEvent::Settled { seconds, .. } => Some((Work::Resolve, *seconds)),
        DocumentEvent::Released { seconds } | DocumentEvent::FinishedByHand { seconds } => {
            Some((Work::Repair, *seconds))
        }
        _ => None,
    }
}
