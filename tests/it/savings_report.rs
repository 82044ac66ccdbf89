//! Reports and the ledger behind them: what people see, and that every figure can be followed down.

use std::collections::BTreeSet;

use jitan::cli::ledger::{self, LedgerArgs};
use jitan::cli::report::{self, By, ReportArgs, ReportFormat};
use jitan::cli::sheet::Format;
use jitan::locale::Lang;
use jitan::model::calendar::Calendar;
use jitan::model::id::DocumentId;
use jitan::model::report::Report;
use jitan::model::savings::ledger::Ledger;
use jitan::model::savings::totals::Totals;
use jitan::model::time::FiscalYear;

use crate::savings_given::{
    Office, TEATE, a_year_of_work, baseline, document, facts, known, measured, recount, scanning, small_plan,
    the_plan_spoken_about,
};

fn args(by: Option<By>, format: ReportFormat, public: bool) -> ReportArgs {
    ReportArgs { year: None, plan: None, by, format, public }
}

async fn printed(office: &Office, args: &ReportArgs, lang: Lang) -> String {
    let (plans, scenarios, calendar) = ([small_plan()], facts(), Calendar::default());
    let mut out = Vec::new();
    let known = known(&plans, &scenarios, &calendar, "2026-11-22");
    report::write(&report::of_records(&office.records().await, known, args), args, lang, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

async fn figures(office: &Office, year: i32, today: &str) -> Report {
    let (plans, scenarios, calendar) = ([small_plan()], facts(), Calendar::default());
    let records = office.records().await;
    let args = ReportArgs { year: Some(FiscalYear(year)), ..args(None, ReportFormat::Table, false) };
    report::of_records(&records, known(&plans, &scenarios, &calendar, today), &args)
}

async fn told_office() -> Office {
    let mut office = a_year_of_work().await;
    the_plan_spoken_about(&mut office).await;
    office
}

#[tokio::test]
async fn the_years_report_in_japanese() {
    let text = printed(&told_office().await, &args(None, ReportFormat::Table, false), Lang::Ja).await;
    insta::assert_snapshot!(text, @r#"
令和8年度（2026年度）の削減時間  2026-11-22 現在

  純削減時間 3.7 時間（計上した帳票 27 件）
  総削減時間 4.6 時間（基準時間は一部推計）
  人の作業時間 0.9 時間（一部推計）
  計上しない時間 1.2 時間（7 件。試行・重複・手入力・基準時間なし）
  うち、あとからの修正による増減 0.3 時間
  作成シナリオ数 2、対象のなかった実行 1 回（計上なし）
  このまま進むと年度末に 5.7 時間（残り 84 開庁日）

業務別（h は時間）
| 業務                | 件数 | 総削減h | 人手h | 純削減h | 計上外h | 根拠     |
|---------------------|------|---------|-------|---------|---------|----------|
| 児童手当 認定請求   |   19 |     3.4 |   0.6 |     2.8 |     0.9 | 実測     |
| 国民健康保険 加入届 |    8 |     1.2 |   0.3 |     0.9 |     0.3 | 推計     |
| 計                  |   27 |     4.6 |   0.9 |     3.7 |     1.2 | 一部推計 |

月別（h は時間）
| 月      | 件数 | 総削減h | 人手h | 純削減h | 計上外h | 根拠     |
|---------|------|---------|-------|---------|---------|----------|
| 2026-04 |    1 |     0.2 |   0.0 |     0.2 |     0.2 | 実測     |
| 2026-05 |    6 |     1.1 |   0.1 |     1.0 |     0.0 | 一部推計 |
| 2026-06 |    4 |     0.7 |   0.2 |     0.5 |     0.4 | 一部推計 |
| 2026-07 |    4 |     0.7 |   0.2 |     0.4 |     0.3 | 一部推計 |
| 2026-08 |    5 |     0.8 |   0.1 |     0.7 |     0.0 | 一部推計 |
| 2026-09 |    4 |     0.7 |   0.2 |     0.5 |     0.3 | 実測     |
| 2026-10 |    2 |     0.3 |   0.0 |     0.3 |     0.0 | 実測     |
| 2026-11 |    1 |     0.1 |   0.0 |     0.1 |     0.0 | 推計     |
| 計      |   27 |     4.6 |   0.9 |     3.7 |     1.2 | 一部推計 |

板橋区DX推進計画2030 前期実施計画
  評語：計画のすべてを達成し全体として上回れば「達成+」、半数を超えて達成なら「達成」、それ以外は「未達成」

11 ツール活用による業務改善・効率化
  未達成（暫定）
| 指標                     | 目標 | 実績 | 台帳(総) | 台帳(純) | 達成率 | 見込 |
|--------------------------|------|------|----------|----------|--------|------|
| 作成シナリオ数           |    2 |    2 |        2 |        2 | 100.0% |    - |
| (シナリオ)               |      |      |          |          |        |      |
| 削減時間 (時間)          |    2 | 4.48 |     2.98 |     2.54 | 224.2% |  6.1 |
| AI-OCR削減時間 (時間)    |    3 |  1.6 |      1.6 |     1.16 |  53.3% |  2.5 |
| ローコードツールの活用   | 取組 | 一部 |        - |        - |      - |    - |

12 業務システムによるペーパーレス化促進
  達成（暫定）（IT推進課が決定。計算では-。理由：会議体の再編により事業量を見直したため）
| 指標                  | 目標   | 実績 | 台帳(総) | 台帳(純) | 達成率 | 見込 |
|-----------------------|--------|------|----------|----------|--------|------|
| 検討会の実施回数 (回) | 調整中 |    - |        - |        - |      - |    - |

  計画にない名前で記録された値があります。計画の id を確かめてください：rpa-horus

純削減時間＝確認できた登録の件数×その日に有効な基準時間−人の作業時間。人の作業時間には、失敗した帳票や差し戻した帳票の分も含みます。内訳は jitan ledger で帳票ごとに確かめられます。
"#);
}

#[tokio::test]
async fn the_years_report_in_english() {
    let text = printed(&told_office().await, &args(None, ReportFormat::Table, false), Lang::En).await;
    insta::assert_snapshot!(text, @r#"
Hours saved in fiscal year 2026 (令和8年度)  as of 2026-11-22

  net saved: 3.7 h (27 documents counted)
  gross: 4.6 h (baselines: partly est.)
  people's time: 0.9 h (partly est.)
  not creditable: 1.2 h (7 documents: trials, duplicates, by hand, no baseline)
  of the net, by later restatement: 0.3 h
  scenarios made: 2; runs that found no document: 1 (worth nothing)
  at this pace 5.7 h by the end of the year (84 office days left)

By work (h: hours)
| work          | docs | gross h | people h | net h | excluded h | basis       |
|---------------|------|---------|----------|-------|------------|-------------|
| 児童手当      |   19 |     3.4 |      0.6 |   2.8 |        0.9 | measured    |
| 認定請求      |      |         |          |       |            |             |
| 国民健康保険  |    8 |     1.2 |      0.3 |   0.9 |        0.3 | estimated   |
| 加入届        |      |         |          |       |            |             |
| total         |   27 |     4.6 |      0.9 |   3.7 |        1.2 | partly est. |

By month (h: hours)
| month   | docs | gross h | people h | net h | excluded h | basis       |
|---------|------|---------|----------|-------|------------|-------------|
| 2026-04 |    1 |     0.2 |      0.0 |   0.2 |        0.2 | measured    |
| 2026-05 |    6 |     1.1 |      0.1 |   1.0 |        0.0 | partly est. |
| 2026-06 |    4 |     0.7 |      0.2 |   0.5 |        0.4 | partly est. |
| 2026-07 |    4 |     0.7 |      0.2 |   0.4 |        0.3 | partly est. |
| 2026-08 |    5 |     0.8 |      0.1 |   0.7 |        0.0 | partly est. |
| 2026-09 |    4 |     0.7 |      0.2 |   0.5 |        0.3 | measured    |
| 2026-10 |    2 |     0.3 |      0.0 |   0.3 |        0.0 | measured    |
| 2026-11 |    1 |     0.1 |      0.0 |   0.1 |        0.0 | estimated   |
| total   |   27 |     4.6 |      0.9 |   3.7 |        1.2 | partly est. |

板橋区DX推進計画2030 前期実施計画
  rating: 達成+ if all that is planned is met and the whole exceeded, 達成 if more than half is met, else 未達成

11 ツール活用による業務改善・効率化
  未達成 (provisional)
| indicator            | target | actual  | gross | net  | achieved | forecast |
|----------------------|--------|---------|-------|------|----------|----------|
| 作成シナリオ数       |      2 |       2 |     2 |    2 |   100.0% |        - |
| (シナリオ)           |        |         |       |      |          |          |
| 削減時間 (時間)      |      2 |    4.48 |  2.98 | 2.54 |   224.2% |      6.1 |
| AI-OCR削減時間       |      3 |     1.6 |   1.6 | 1.16 |    53.3% |      2.5 |
| (時間)               |        |         |       |      |          |          |
| ローコードツールの活 | task   | partial |     - |    - |        - |        - |
| 用                   |        |         |       |      |          |          |

12 業務システムによるペーパーレス化促進
  達成 (provisional) (given by the IT division; computed -; reason: 会議体の再編により事業量を見直したため)
| indicator             | target  | actual | gross | net | achieved | forecast |
|-----------------------|---------|--------|-------|-----|----------|----------|
| 検討会の実施回数 (回) | pending |      - |     - |   - |        - |        - |

  figures were entered under names that the plan lacks; check its ids: rpa-horus

Net = confirmed entries × the baseline valid on that day − people's time, that on failed and returned documents included. `jitan ledger` shows every figure by document.
"#);
}

#[tokio::test]
async fn tables_keep_to_eighty_columns() {
    let office = told_office().await;
    for lang in [Lang::Ja, Lang::En] {
        for by in [By::Scenario, By::Department, By::Month, By::Indicator] {
            let text = printed(&office, &args(Some(by), ReportFormat::Table, false), lang).await;
            for line in text.lines().filter(|line| line.starts_with('|')) {
                assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
            }
        }
    }
}

#[tokio::test]
async fn the_public_table_as_csv() {
    let csv = printed(&a_year_of_work().await, &args(None, ReportFormat::Csv, true), Lang::Ja).await;
    insta::assert_snapshot!(csv, @r#"
業務名,導入前h,導入後h,削減時間h,削減率
児童手当 認定請求,3.3833,0.6069,2.7764,0.8206
国民健康保険 加入届,1.2000,0.2736,0.9264,0.7720
"#);
}

#[tokio::test]
async fn the_page_holds_no_script_fetches_nothing_and_escapes_what_it_shows() {
    let (plans, calendar) = ([small_plan()], Calendar::default());
    let mut scenarios = facts();
    scenarios[0].title = "<script>alert(1)</script>".into();
    let office = told_office().await;
    let records = office.records().await;
    let args = args(None, ReportFormat::Html, false);
    let report = report::of_records(&records, known(&plans, &scenarios, &calendar, "2026-11-22"), &args);
    for lang in [Lang::Ja, Lang::En] {
        let mut out = Vec::new();
        report::write(&report, &args, lang, &mut out).unwrap();
        let html = String::from_utf8(out).unwrap();
        assert!(html.contains("&lt;script&gt;alert(1)"), "the title is shown as text");
        for forbidden in ["<script", "http:", "https:", "src=", "@import", "url("] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }
}

#[tokio::test]
async fn every_figure_of_the_report_is_what_the_ledger_adds_up_to_and_what_a_recount_finds() {
    let office = a_year_of_work().await;
    let records = office.records().await;
    let report = figures(&office, 2026, "2026-11-22").await;
    let ledger = Ledger::of(&records);
    let everything = || LedgerArgs { scenario: None, month: None, year: None, document: None, format: Format::Table };
    let extract = |change: &dyn Fn(&mut LedgerArgs)| {
        let mut args = everything();
        change(&mut args);
        ledger::extract(&ledger, &args).totals
    };
    assert_eq!((report.total.gross.seconds, report.total.human.seconds), recount(&records));
    assert_eq!(extract(&|_| ()), report.total);
    for line in &report.months {
        let month = line.month.format("%Y-%m").to_string();
        assert_eq!(extract(&|args| args.month = Some(month.parse().unwrap())), line.totals, "{month}");
    }
    for line in &report.scenarios {
        assert_eq!(extract(&|args| args.scenario = Some(line.facts.name.clone())), line.totals);
    }
    let documents: BTreeSet<DocumentId> = ledger.entries().iter().map(|entry| entry.document).collect();
    let net: i64 = documents.iter().map(|id| extract(&|args| args.document = Some(*id)).net).sum();
    assert_eq!(net, report.total.net);
}

#[tokio::test]
async fn one_documents_entries_tell_its_whole_account() {
    let office = a_year_of_work().await;
    let args =
        LedgerArgs { scenario: None, month: None, year: None, document: Some(document(50)), format: Format::Table };
    let mut out = Vec::new();
    let ledger = Ledger::of(&office.records().await);
    ledger::write(&ledger::extract(&ledger, &args), args.format, Lang::En, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
Ledger (8 entries, seconds)
| date       | document               | category | kind       | seconds | est. |
|------------|------------------------|----------|------------|---------|------|
| 2026-10-14 | 32323232323232323232-1 | ai-ocr   | outside    |     -30 | est. |
| 2026-10-14 | 32323232323232323232-1 | ai-ocr   | excluded:  |     240 |      |
|            |                        |          | expired    |         |      |
|            |                        |          | baseline   |         |      |
| 2026-10-14 | 32323232323232323232-1 | rpa      | excluded:  |     420 |      |
|            |                        |          | expired    |         |      |
|            |                        |          | baseline   |         |      |
| 2026-10-16 | 32323232323232323232-1 | ai-ocr   | outside    |       5 | est. |
|            |                        |          | restated   |         |      |
| 2026-10-16 | 32323232323232323232-1 | ai-ocr   | excluded:  |    -240 |      |
|            |                        |          | expired    |         |      |
|            |                        |          | baseline   |         |      |
| 2026-10-16 | 32323232323232323232-1 | rpa      | excluded:  |    -420 |      |
|            |                        |          | expired    |         |      |
|            |                        |          | baseline   |         |      |
| 2026-10-16 | 32323232323232323232-1 | ai-ocr   | restated   |     200 |      |
| 2026-10-16 | 32323232323232323232-1 | rpa      | restated   |     400 |      |

  net saved: 0.2 h (1 documents counted)
  gross: 0.2 h (baselines: measured)
  people's time: 0.0 h (estimated)
  not creditable: 0.0 h (0 documents: trials, duplicates, by hand, no baseline)
"#);
}

#[tokio::test]
async fn a_baseline_stated_after_the_year_restates_that_year_and_leaves_the_new_one_alone() {
    let mut office = a_year_of_work().await;
    let before = figures(&office, 2026, "2027-04-01").await;
    let measured_again = baseline("2026-04-01", "2027-03-31", 100, 300, measured(80));
    office.state(TEATE, "2027-05-10", vec![measured_again], vec![scanning(25)]).await;
    let after = figures(&office, 2026, "2027-05-10").await;
    let restated = after.after_close.expect("the year was closed when the statement came");
    assert!(before.after_close.is_none() && restated.net < 0);
    assert_eq!(after.total.net, before.total.net + restated.net);
    assert_eq!(after.total.documents, before.total.documents);
    assert_eq!(after.months, before.months, "what was booked stays as it was");
    assert_eq!(figures(&office, 2027, "2027-05-10").await.total, Totals::default());
}

#[tokio::test]
async fn an_unknown_outcome_settled_after_the_year_is_credited_to_the_year_of_the_act() {
    let mut office = a_year_of_work().await;
    let before = figures(&office, 2026, "2027-03-31").await;
    // Sent on 31 March at 22:04 in Tokyo, settled by a person on 1 April.
    let settled = office.late_settlement(60, "2027-03-31", "2027-04-01").await;
    let after = figures(&office, 2026, "2027-04-01").await;
    let late = after.after_close.expect("the year was over");
    assert_eq!((late.documents, late.gross.seconds), (1, 600));
    assert_eq!(after.total.gross.seconds, before.total.gross.seconds + 600);
    let next = figures(&office, 2027, "2027-04-01").await.total;
    assert_eq!((next.gross.seconds, next.human.seconds), (0, settled), "the minutes fall on the day they were spent");
}

#[test]
fn an_unknown_plan_is_told_with_those_that_exist() {
    let args = ReportArgs { plan: Some("dx-2030".parse().unwrap()), ..args(None, ReportFormat::Table, false) };
    let unknown = args.check_plan(&[small_plan()]).unwrap_err();
    assert_eq!(Lang::En.render(&unknown), "there is no plan `dx-2030`; known: itabashi-dx-2030");
}
