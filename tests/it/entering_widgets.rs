//! What script libraries draw in the place of native controls: drop-downs that keep only what is typed in their field,
//! calendars that stay open, fields that are drawn anew at every key, messages that come without another page.

use std::time::Duration;

use jitan::entering::error::ErrorKind;
use jitan::entering::probe::probe;
use jitan::entering::submit::SubmitEnd;
use jitan::model::step::{Action, ValueSource};
use jitan::model::submit::{ColumnMatch, PageSearch, Probe, Search};

use super::entering_pages::*;

/// What the page sent after these steps.
fn sent_after(page: &str, actions: Vec<Action>) -> Sent {
    story(async {
        let pages = Pages::serve(page).await;
        let steps = actions.into_iter().chain([submit_by(button("登録する"))]).collect();
        let (end, _) = Case::new(&pages, steps).enter().await.unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{page}: {end:?}");
        pages.sent().pop().unwrap()
    })
}

#[test]
fn a_label_that_points_nowhere_names_the_control_it_stands_with() {
    let page = form(
        "<div><div><label for=gone>氏名</label></div><div><input name=a></div></div>\
         <div><label>住所</label><span><input name=b></span></div>",
    );
    let sent = sent_after(&page, vec![fill(label("氏名"), "板橋"), fill(label("住所"), "赤塚")]);
    assert_eq!((sent["a"].as_str(), sent["b"].as_str()), ("板橋", "赤塚"));
    story(async {
        // Two of them and two controls: nothing tells which belongs to which.
        let pages = Pages::serve(&form("<div><label>姓</label><label>名</label><input><input></div>")).await;
        let case = Case::new(&pages, vec![fill(label("姓"), "板橋"), submit_by(button("登録する"))]);
        let error = case.prepare().await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::ScreenChanged, "{error}");
    });
}

/// A drop-down whose field holds only what is typed, and which draws only the options that its window shows.
const SEARCHABLE: &str = "<form action=/send method=post><input type=hidden name=a id=h>
    <div><label for=gone>校区</label><div id=box style='position:relative;width:220px'>
      <div><span id=hint>選択してください</span><b id=chosen></b>
        <input id=c role=combobox aria-expanded=false aria-haspopup=true aria-describedby=hint style='width:100%'></div></div></div>
    <button>登録する</button></form><script>
    const ROW = 20, ALL = 200, SHOWN = 5;
    c.onmousedown = () => {
      if (c.getAttribute('aria-expanded') === 'true') return;
      c.setAttribute('aria-expanded', 'true'); c.setAttribute('aria-controls', 'l');
      const list = document.createElement('div'); list.id = 'l'; list.setAttribute('role', 'listbox');
      list.innerHTML = `<div id=s style='height:${SHOWN * ROW}px;overflow:auto'><div id=rows style='position:relative;height:${ALL * ROW}px'></div></div>`;
      box.append(list);
      const draw = () => {
        const first = Math.floor(s.scrollTop / ROW);
        rows.replaceChildren(...Array.from({length: Math.min(SHOWN + 1, ALL - first)}, (_, n) => {
          const option = document.createElement('div'); option.setAttribute('role', 'option');
          option.style.cssText = `position:absolute;width:100%;height:${ROW}px;top:${(first + n) * ROW}px`;
          option.textContent = `第${first + n + 1}小学校`;
          option.onclick = () => { h.value = chosen.textContent = option.textContent; hint.textContent = '';
            c.setAttribute('aria-expanded', 'false'); c.removeAttribute('aria-controls'); list.remove(); };
          return option; }));
      };
      s.onscroll = draw; draw();
    };</script>";

#[test]
fn a_drop_down_that_draws_only_what_it_shows_is_scrolled_and_read_from_around_its_field() {
    for value in ["第3小学校", "第98小学校"] {
        assert_eq!(sent_after(SEARCHABLE, vec![choose(label("校区"), value)])["a"], value);
    }
}

/// One whose list is known by nothing but that it comes as it is opened, late, beside another list that stands all the time.
const LATE: &str = "<form action=/send method=post><input type=hidden name=a id=h>
    <div role=listbox aria-label=暦><div role=option>1</div><div role=option>2</div></div>
    <div><label>校区</label><div id=box><b id=chosen></b><input id=c role=combobox aria-expanded=false></div></div>
    <button>登録する</button></form><script>
    c.onmousedown = () => {
      c.setAttribute('aria-expanded', 'true');
      setTimeout(() => {
        const list = document.createElement('div'); list.setAttribute('role', 'listbox');
        list.innerHTML = '<div role=option>第1小学校</div><div role=option>第2小学校</div>';
        for (const option of list.children) option.onclick = () => {
          h.value = chosen.textContent = option.textContent; c.setAttribute('aria-expanded', 'false'); list.remove(); };
        box.append(list);
      }, 300);
    };</script>";

#[test]
fn a_list_that_stands_beside_a_drop_down_is_not_its_own() {
    assert_eq!(sent_after(LATE, vec![choose(label("校区"), "第2小学校")])["a"], "第2小学校");
}

#[test]
fn a_drop_down_that_stands_open_already_is_still_the_one_control_of_its_label() {
    let open = SEARCHABLE.replace("</script>", "c.onmousedown();</script>");
    assert_eq!(sent_after(&open, vec![choose(label("校区"), "第3小学校")])["a"], "第3小学校");
}

#[test]
fn a_tick_box_that_only_screen_readers_see_is_ticked_by_its_label() {
    let drawn = |style: &str| {
        form(&format!(
            "<p style='position:relative'><input type=checkbox id=c name=a style='position:absolute;{style}'>\
             <i style='position:absolute;z-index:1;width:16px;height:16px;background:#ccc'></i>\
             <label for=c style='margin-left:24px'>同意</label></p>"
        ))
    };
    let tick = || vec![Action::Check { what: label("同意"), on: true }];
    for style in ["width:1px;height:1px;margin:0", "clip:rect(0px,0px,0px,0px)", "opacity:0"] {
        assert_eq!(sent_after(&drawn(style), tick())["a"], "on", "{style}");
    }
}

/// A field that opens a calendar over the next control; it closes when something else is pressed.
const CALENDAR: &str = "<form action=/send method=post>
    <div><label>申請日<input name=a id=d autocomplete=off></label>
      <div id=cal hidden role=dialog style='position:absolute;z-index:9;width:400px;height:200px;background:#eee'>2026年4月</div></div>
    <div><label><input type=checkbox name=b>同意する</label></div><button>登録する</button></form><script>
    d.onfocus = () => { cal.hidden = false; };
    d.onchange = () => { d.value = d.value.replaceAll('-', '/'); };
    document.addEventListener('mousedown', (event) => { if (!cal.contains(event.target) && event.target !== d) cal.hidden = true; });
    </script>";

#[test]
fn a_calendar_left_open_over_the_next_control_is_closed_by_pressing_beside_it() {
    let tick = Action::Check { what: label("同意する"), on: true };
    let sent = sent_after(CALENDAR, vec![fill(label("申請日"), "2026-04-01"), tick]);
    assert_eq!((sent["a"].as_str(), sent["b"].as_str()), ("2026/04/01", "on"));
}

#[test]
fn a_day_that_the_field_writes_its_own_way_is_the_same_day_and_another_is_not() {
    story(async {
        for (shown, same) in [
            ("2026/04/01", true),
            ("2026年4月1日", true),
            ("2026.4.1", true),
            ("2026/01/04", false),
            ("04/01/2026", false),
        ] {
            let page = form(&format!("<label>申請日<input name=a onchange=\"value = '{shown}'\"></label>"));
            let pages = Pages::serve(&page).await;
            let case = Case::new(&pages, vec![fill(label("申請日"), "2026-04-01"), submit_by(button("登録する"))]);
            assert_eq!(case.prepare().await.is_ok(), same, "{shown}");
        }
    });
}

#[test]
fn a_field_drawn_anew_at_every_input_keeps_what_was_entered() {
    let page = form(
        "<div id=at></div><script>
         let held = '';
         const draw = () => {
           at.innerHTML = '<label>氏名<input name=a></label>';
           const field = at.querySelector('input');
           field.value = held;
           field.addEventListener('input', (event) => { held = event.target.value; draw(); });
         };
         draw();</script>",
    );
    assert_eq!(sent_after(&page, vec![fill(label("氏名"), "髙橋　一郎")])["a"], "髙橋　一郎");
}

#[test]
fn a_message_that_comes_and_goes_without_another_page_confirms() {
    let page = "<label>氏名<input id=a></label><button onclick='go()'>登録する</button><div id=toasts></div><script>
        async function go() {
          const sent = await fetch('/send', {method: 'POST', body: new URLSearchParams({a: a.value})});
          const toast = document.createElement('div');
          toast.innerHTML = await sent.text();
          toasts.append(toast);
          a.value = '';
          setTimeout(() => toast.remove(), 700);
        }</script>";
    assert_eq!(sent_after(page, vec![fill(label("氏名"), "板橋")])["a"], "板橋");
}

#[test]
fn a_probe_waits_for_the_list_that_scripts_fetch() {
    let search = "<button onclick=find()>検索</button><p id=none>該当なし</p><table><tr><th>受付番号</th></tr><tbody id=rows></tbody></table>
        <script>fetch('/page');
        async function find() {
          await new Promise((later) => setTimeout(later, 200));
          rows.innerHTML = await (await fetch('/send')).text();
          none.remove();
        }</script>";
    story(async {
        let pages =
            Pages::serve(search).await.answering(200, "<tr class=r><td>000012</td></tr>", Duration::from_millis(900));
        let mut case = Case::new(&pages, vec![click(button("検索"))]);
        case.target.step_timeout = Duration::from_secs(5);
        let probed = Probe {
            search: Search::Pages(PageSearch {
                steps: case.steps.clone(),
                absent: text("該当なし"),
                rows: "#rows tr".to_owned(),
            }),
            matches: vec![],
            receipt: Some("受付番号".to_owned()),
            entered_by: None,
            entered_at: None,
        };
        let found = probe(session().await.as_mut(), &case.job(), &probed).await.unwrap();
        assert_eq!(found.len(), 1);
    });
}

#[test]
fn a_probe_reads_columns_whose_head_is_of_plain_cells() {
    let listed = "<table><thead><tr><td></td><td>受付番号</td><td>氏名</td></tr></thead>\
        <tbody><tr><td><input type=checkbox></td><td>000012</td><td>髙橋</td></tr></tbody></table>";
    story(async {
        let pages = Pages::serve(listed).await;
        let case = Case::new(&pages, vec![]);
        let column = |name: &str, text: &str| ColumnMatch {
            column: name.to_owned(),
            value: ValueSource::Literal(text.to_owned()),
        };
        let probed = Probe {
            search: Search::Pages(PageSearch {
                steps: case.steps.clone(),
                absent: text("該当なし"),
                rows: "tbody tr".to_owned(),
            }),
            matches: vec![column("受付番号", "000012"), column("氏名", "髙橋")],
            receipt: Some("受付番号".to_owned()),
            entered_by: None,
            entered_at: None,
        };
        let found = probe(session().await.as_mut(), &case.job(), &probed).await.unwrap();
        assert_eq!((found.len(), found[0].matches, found[0].receipt.as_deref()), (1, true, Some("000012")));
    });
}
