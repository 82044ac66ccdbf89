//! A year of work to account for: two scenarios, forty documents that end in every way a document can, baselines that
//! change and expire. Everything goes through a store, so that no impossible history is accounted for.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use jitan::adapters::memory_store::MemoryStore;
use jitan::cli::report::Known;
use jitan::format;
use jitan::model::calendar::Calendar;
use jitan::model::document::event::{DocumentEvent, FailureClass, Intent, Lease, Medium, RejectReason, Settlement};
use jitan::model::id::{
    Digest, DocumentId, FieldName, FormName, IntakeId, LeaseToken, PlanName, RunId, ScenarioName, TargetName,
    VersionId, Who,
};
use jitan::model::journal::{Event, PlanEvent, Record, ScenarioEvent, Stream};
use jitan::model::message::Message;
use jitan::model::plan::{Plan, Rating};
use jitan::model::report::ScenarioFacts;
use jitan::model::scenario::{Baseline, Evidence, OutsideWork};
use jitan::model::target::Environment;
use jitan::model::time::{FiscalYear, Instant, start_of, tokyo_date};
use jitan::ports::store::{Append, Store};

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A store with a hand that writes into it.
#[derive(Default)]
pub struct Office {
    pub store: MemoryStore,
    versions: HashMap<Stream, u64>,
}

/// How a document ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    Confirmed,
    /// After a person looked at a field for so many seconds.
    Reviewed(u32),
    SettledEntered,
    ByHand,
    Duplicate,
    Rejected,
    Failed,
    Trial,
}

impl Office {
    /// The whole journal.
    pub async fn records(&self) -> Vec<Record> {
        self.store.records(0, usize::MAX).await.unwrap()
    }

    pub async fn write(&mut self, stream: Stream, at: Instant, who: Who, event: Event) {
        let version = self.versions.entry(stream.clone()).or_insert(0);
        let append = Append { stream, expected_version: *version, who, at, events: vec![event] };
        self.store.append(append).await.unwrap_or_else(|refusal| panic!("{refusal}"));
        *version += 1;
    }

    pub async fn deploy(&mut self, scenario: &str, on: &str, environment: Environment) {
        let version = VersionId::from_bytes([1; 16]);
        self.scenario(scenario, on, ScenarioEvent::Deployed { version, environment }).await;
    }

    pub async fn state(&mut self, scenario: &str, on: &str, baselines: Vec<Baseline>, outside: Vec<OutsideWork>) {
        self.scenario(scenario, on, ScenarioEvent::BaselinesStated { baselines, outside }).await;
    }

    pub async fn empty_run(&mut self, scenario: &str, on: &str) {
        let run = RunId::from_bytes([1; 8]);
        self.scenario(scenario, on, ScenarioEvent::RunEnded { run, documents: 0 }).await;
    }

    async fn scenario(&mut self, name: &str, on: &str, event: ScenarioEvent) {
        let stream = Stream::Scenario(ScenarioName::new(name).unwrap());
        self.write(stream, start_of(day(on)), clerk(), Event::Scenario(event)).await;
    }

    pub async fn say(&mut self, plan: &str, on: &str, event: PlanEvent) {
        let stream = Stream::Plan(PlanName::new(plan).unwrap());
        self.write(stream, start_of(day(on)), clerk(), Event::Plan(event)).await;
    }

    /// Sent on one day, its unknown outcome settled at noon of another; the seconds that took.
    pub async fn late_settlement(&mut self, n: u8, sent: &str, settled: &str) -> i64 {
        let stream = Stream::Document(document(n));
        let begin = start_of(day(sent)) + TimeDelta::hours(22);
        for (who, event) in life(TEATE, Ends::SettledEntered, begin) {
            let seconds = if let DocumentEvent::Settled { seconds, .. } = &event { Some(*seconds) } else { None };
            let at = seconds.map_or(begin, |_| start_of(day(settled)) + TimeDelta::hours(12));
            self.write(stream.clone(), at, who, Event::Document(event)).await;
            if let Some(seconds) = seconds {
                return i64::from(seconds);
            }
        }
        0
    }

    /// A whole life, from its receipt at 22:00 on that day, a minute per step.
    pub async fn document(&mut self, n: u8, scenario: &str, on: &str, ends: Ends) {
        let stream = Stream::Document(document(n));
        let begin = start_of(day(on)) + TimeDelta::hours(22);
        for (who, event) in life(scenario, ends, begin) {
            let at = begin + TimeDelta::minutes(self.versions.get(&stream).map_or(0, |v| i64::try_from(*v).unwrap()));
            self.write(stream.clone(), at, who, Event::Document(event)).await;
        }
    }
}

pub fn document(n: u8) -> DocumentId {
    DocumentId { intake: IntakeId::from_bytes([n; 10]), position: 1 }
}

pub fn clerk() -> Who {
    Who::Person("hanako".into())
}

fn life(scenario: &str, ends: Ends, begin: Instant) -> Vec<(Who, DocumentEvent)> {
    let environment = if ends == Ends::Trial { Environment::Test } else { Environment::Live };
    let values = Digest::from_bytes([1; 32]);
    let field = FieldName::new("name").unwrap();
    let reviewed = matches!(ends, Ends::Reviewed(_) | Ends::Rejected);
    let mut steps = vec![
        (
            Who::Jitan,
            DocumentEvent::Received {
                scenario: ScenarioName::new(scenario).unwrap(),
                version: VersionId::from_bytes([1; 16]),
                environment,
                run: None,
                medium: if scenario == DENSHI { Medium::Record } else { Medium::Paper },
            },
        ),
        (
            Who::Jitan,
            DocumentEvent::Read {
                form: FormName::new("r8").unwrap(),
                reader: "tesseract".into(),
                fields: 15,
                doubtful: if reviewed { vec![field.clone()] } else { vec![] },
                values,
            },
        ),
    ];
    let lease = Lease { token: LeaseToken::from_bytes([1; 8]), until: begin + TimeDelta::hours(1) };
    let target = TargetName::new("portal").unwrap();
    let intent = Intent { step: 3, values, lease: lease.token, target, settles_within: None };
    let act = || {
        [
            DocumentEvent::Started { lease, run: None },
            DocumentEvent::Intended { intent: intent.clone() },
            DocumentEvent::Sent { status: Some(200) },
        ]
        .map(|event| (Who::Jitan, event))
    };
    let evidence = [DocumentEvent::Confirmed { evidence: values, receipt: true }, DocumentEvent::Done];
    let evidence = evidence.map(|event| (Who::Jitan, event));
    match ends {
        Ends::Confirmed | Ends::Trial => {
            steps.extend(act());
            steps.extend(evidence);
        }
        Ends::Reviewed(seconds) => {
            let looked =
                DocumentEvent::Reviewed { corrected: vec![], confirmed: vec![field], left: vec![], values, seconds };
            steps.push((clerk(), looked));
            steps.extend(act());
            steps.extend(evidence);
        }
        Ends::SettledEntered => {
            steps.extend(act());
            steps.push((Who::Jitan, DocumentEvent::OutcomeUnknown { why: Message::new("entering.timeout") }));
            steps.push((clerk(), DocumentEvent::Settled { outcome: Settlement::Entered, seconds: 90 }));
        }
        Ends::ByHand => {
            steps.push((clerk(), DocumentEvent::Taken));
            steps.push((clerk(), DocumentEvent::Released { seconds: 40 }));
            steps.push((clerk(), DocumentEvent::Taken));
            steps.push((clerk(), DocumentEvent::FinishedByHand { seconds: 400 }));
        }
        Ends::Duplicate => {
            steps.push((Who::Jitan, DocumentEvent::DuplicateSuspected { of: document(1) }));
            steps.push((clerk(), DocumentEvent::Rejected { why: RejectReason::Duplicate, seconds: 30 }));
        }
        Ends::Rejected => {
            steps.push((clerk(), DocumentEvent::Rejected { why: RejectReason::Incomplete, seconds: 50 }));
        }
        Ends::Failed => {
            let why = Message::new("entering.refused");
            let class = FailureClass::Business;
            steps.push((Who::Jitan, DocumentEvent::Started { lease, run: None }));
            steps.push((Who::Jitan, DocumentEvent::Failed { class, why, retry_at: None }));
        }
    }
    steps
}

pub fn baseline(from: &str, until: &str, reading: u64, entering: u64, evidence: Evidence) -> Baseline {
    Baseline {
        from: day(from),
        until: day(until),
        reading: Duration::from_secs(reading),
        entering: Duration::from_secs(entering),
        evidence,
    }
}

pub fn measured(cases: u32) -> Evidence {
    Evidence::Measured { on: day("2026-03-10"), cases }
}

pub fn scanning(seconds: u64) -> OutsideWork {
    OutsideWork { from: day("2026-04-01"), per_document: Duration::from_secs(seconds), what: "スキャン".into() }
}

pub const TEATE: &str = "jido-teate";
/// Its documents are rows of an export.
pub const DENSHI: &str = "teate-denshi";
pub const KOKUHO: &str = "kokuho-kanyu";

/// April to 20 November 2026.
pub async fn a_year_of_work() -> Office {
    let mut office = Office::default();
    office.deploy(TEATE, "2026-04-06", Environment::Test).await;
    office.document(1, TEATE, "2026-04-07", Ends::Trial).await;
    // Live before anybody has said how long it took: the first document is worth nothing until then.
    office.deploy(TEATE, "2026-04-08", Environment::Live).await;
    office.document(2, TEATE, "2026-04-08", Ends::Confirmed).await;
    let first = baseline("2026-04-01", "2026-09-30", 240, 420, measured(40));
    office.state(TEATE, "2026-04-10", vec![first.clone()], vec![scanning(30)]).await;
    office.deploy(KOKUHO, "2026-05-11", Environment::Live).await;
    let guess = Evidence::Estimated { why: "担当者への聞き取り".into() };
    let kokuho = baseline("2026-05-01", "2027-03-31", 180, 360, guess);
    office.state(KOKUHO, "2026-05-11", vec![kokuho], vec![scanning(20)]).await;
    // Never used: not a scenario made.
    office.deploy("juminhyo", "2026-06-01", Environment::Live).await;
    let ends = [
        Ends::Confirmed,
        Ends::Reviewed(35),
        Ends::Confirmed,
        Ends::SettledEntered,
        Ends::Confirmed,
        Ends::Failed,
        Ends::Reviewed(80),
        Ends::ByHand,
        Ends::Confirmed,
        Ends::Duplicate,
        Ends::Rejected,
    ];
    let months = ["05-20", "06-17", "07-15", "08-19", "09-16"];
    for n in 0..35_u8 {
        let on = format!("2026-{}", months[usize::from(n) / 7]);
        let scenario = if n % 3 == 2 { KOKUHO } else { TEATE };
        office.document(10 + n, scenario, &on, ends[usize::from(n) % ends.len()]).await;
    }
    // The first baseline has run out, and a new measurement is stated only on 16 October, from 1 September on.
    office.document(50, TEATE, "2026-10-14", Ends::Confirmed).await;
    let second = baseline("2026-09-01", "2027-03-31", 200, 400, measured(60));
    office.state(TEATE, "2026-10-16", vec![first, second], vec![scanning(25)]).await;
    office.document(51, TEATE, "2026-10-21", Ends::Confirmed).await;
    office.document(52, KOKUHO, "2026-11-18", Ends::Reviewed(20)).await;
    office.empty_run(KOKUHO, "2026-11-19").await;
    office
}

/// What the IT division said about the plan meanwhile.
pub async fn the_plan_spoken_about(office: &mut Office) {
    let plan = "itabashi-dx-2030";
    let year = FiscalYear(2026);
    for (indicator, value) in [("rpa-scenarios", 2.0), ("rpa-hours", 2.0), ("ai-ocr-hours", 3.0)] {
        let source = "DX推進本部 令和8年7月".to_owned();
        let event = PlanEvent::TargetSet { indicator: indicator.into(), year, value, source };
        office.say(plan, "2026-07-10", event).await;
    }
    let other = PlanEvent::ActualEntered {
        indicator: "rpa-hours".into(),
        year,
        value: 1.5,
        on: day("2026-10-31"),
        source: "他のRPAツール".into(),
    };
    office.say(plan, "2026-11-02", other).await;
    let unknown = PlanEvent::TargetSet { indicator: "rpa-horus".into(), year, value: 5.0, source: "-".into() };
    office.say(plan, "2026-11-02", unknown).await;
    let rated = PlanEvent::RatingOverridden {
        measure: "12".into(),
        year,
        rating: Rating::Met,
        reason: "会議体の再編により事業量を見直したため".into(),
    };
    office.say(plan, "2026-11-02", rated).await;
}

/// A plan of one measure, small enough to be seen whole.
pub fn small_plan() -> Plan {
    let text = "\
title: 板橋区DX推進計画2030 前期実施計画
years: [2026, 2027, 2028]
rating_rule: exceeds-all-met
final_rating: 2028
measures:
  - id: 11
    name: ツール活用による業務改善・効率化
    owner: IT推進課
    indicators:
      - {id: rpa-scenarios, name: 作成シナリオ数, kind: count, unit: シナリオ, ledger: scenarios, years: [{year: 2026, target: pending}]}
      - {id: rpa-hours, name: 削減時間, kind: hours, unit: 時間, ledger: rpa, basis: gross, years: [{year: 2026, target: pending}]}
      - {id: ai-ocr-hours, name: AI-OCR削減時間, kind: hours, unit: 時間, ledger: ai-ocr, basis: gross, years: [{year: 2026, target: pending}]}
      - {id: low-code, name: ローコードツールの活用, kind: task, years: [{year: 2026, actual: partial}]}
  - id: 12
    name: 業務システムによるペーパーレス化促進
    indicators:
      - {id: meetings, name: 検討会の実施回数, kind: count, unit: 回, years: [{year: 2026, target: pending}]}
";
    let name = PlanName::new("itabashi-dx-2030").unwrap();
    format::plan::plan(name, "plan.yaml", text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

pub fn facts() -> Vec<ScenarioFacts> {
    let facts = |name: &str, title: &str, department: &str| ScenarioFacts {
        name: ScenarioName::new(name).unwrap(),
        title: title.into(),
        department: department.into(),
    };
    vec![facts(TEATE, "児童手当 認定請求", "子育て支援課"), facts(KOKUHO, "国民健康保険 加入届", "国保年金課")]
}

pub fn known<'a>(plans: &'a [Plan], scenarios: &'a [ScenarioFacts], calendar: &'a Calendar, today: &str) -> Known<'a> {
    Known { plans, scenarios, calendar, today: day(today) }
}

/// Counts again from the records, by other means than the ledger's.
pub fn recount(records: &[Record]) -> (i64, i64) {
    let mut stated: BTreeMap<&ScenarioName, (&Vec<Baseline>, &Vec<OutsideWork>)> = BTreeMap::new();
    let mut lives: BTreeMap<DocumentId, Vec<(&Record, &DocumentEvent)>> = BTreeMap::new();
    for record in records {
        match (&record.stream, &record.event) {
            (Stream::Scenario(name), Event::Scenario(ScenarioEvent::BaselinesStated { baselines, outside })) => {
                stated.insert(name, (baselines, outside));
            }
            (Stream::Document(id), Event::Document(event)) => lives.entry(*id).or_default().push((record, event)),
            _ => {}
        }
    }
    let (mut gross, mut human) = (0, 0);
    for life in lives.values() {
        let DocumentEvent::Received { scenario, environment, .. } = life[0].1 else { panic!("born otherwise") };
        let none = (&Vec::new(), &Vec::new());
        let (baselines, outside) = stated.get(scenario).unwrap_or(&none);
        let outside = outside.iter().filter(|w| w.from <= tokyo_date(life[0].0.at));
        human += outside.map(|w| w.per_document.as_secs()).sum::<u64>();
        for (record, event) in life {
            let seconds = serde_json::to_value(event).unwrap()["seconds"].as_u64().unwrap_or(0);
            human += seconds;
            let evidence = matches!(
                event,
                DocumentEvent::Confirmed { .. } | DocumentEvent::Settled { outcome: Settlement::Entered, .. }
            );
            if evidence && *environment == Environment::Live {
                let on = tokyo_date(record.at);
                let valid = baselines.iter().rev().find(|b| b.from <= on && on <= b.until);
                gross += valid.map_or(0, |b| (b.reading + b.entering).as_secs());
            }
        }
    }
    (gross.try_into().unwrap(), human.try_into().unwrap())
}
