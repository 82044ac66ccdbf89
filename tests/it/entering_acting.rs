//! Acting on what pages are made of besides plain text fields.

use std::time::Duration;

use jitan::entering::submit::SubmitEnd;
use jitan::model::locator::Locator;
use jitan::model::step::{Action, ValueSource};

use super::entering_pages::*;

async fn entered(page: &str, actions: Vec<Action>) -> Sent {
    let pages = Pages::serve(page).await;
    let steps = actions.into_iter().chain([submit_by(button("登録する"))]).collect();
    let (end, _) = Case::new(&pages, steps).enter().await.unwrap_or_else(|error| panic!("{page}: {error}"));
    assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{page}: {end:?}");
    pages.sent().pop().unwrap()
}

fn keys(into: Locator, text: &str) -> Action {
    Action::Type { into, value: ValueSource::Literal(text.to_owned()) }
}

#[test]
fn passwords_numbers_dates_times_and_rich_text_take_their_value() {
    story(async {
        for (control, value) in [
            ("<input type=password name=a>", "p@ss 漢字"),
            ("<input type=number name=a>", "120"),
            ("<input type=date name=a>", "2026-04-01"),
            ("<input type=month name=a>", "2026-04"),
            ("<input type=time name=a>", "09:30"),
            ("<input type=search name=a>", "板橋"),
        ] {
            let page = form(&format!("<label>欄 {control}</label>"));
            assert_eq!(entered(&page, vec![fill(label("欄"), value)]).await["a"], value, "{control}");
        }
        let rich = "<form action=/send method=post onsubmit='h.value = r.textContent'><input type=hidden name=a id=h>\
                    <b id=t>備考</b><div id=r contenteditable=true role=textbox aria-labelledby=t style='height:3em'></div>\
                    <button>登録する</button></form>";
        assert_eq!(entered(rich, vec![fill(label("備考"), "一行目 <b>")]).await["a"], "一行目 <b>");
    });
}

#[test]
fn a_value_that_a_native_field_does_not_take_stops_the_document() {
    story(async {
        for (control, value) in [("type=number", "十二"), ("type=date", "2026-02-30"), ("type=date", "令和8年4月1日")]
        {
            let pages = Pages::serve(&form(&format!("<label>欄 <input {control}></label>"))).await;
            let steps = vec![fill(label("欄"), value), submit_by(button("登録する"))];
            let error = Case::new(&pages, steps).prepare().await.err().unwrap();
            assert_eq!(error.kind, jitan::entering::error::ErrorKind::Business, "{control} {value}: {error}");
        }
    });
}

#[test]
fn several_options_are_chosen_exactly() {
    let page = form(
        "<label>備品<select name=a multiple><option>机<option selected>椅子<option>マイク<option>白、黒</select></label>",
    );
    story(async {
        let pages = Pages::serve(&page).await;
        for (value, held) in [("机、マイク", "机、マイク"), ("マイク,机", "机、マイク"), ("白、黒", "白、黒"), ("", "")]
        {
            let case = Case::new(&pages, vec![choose(label("備品"), value), submit_by(button("登録する"))]);
            let (_, prepared) = case.prepare().await.unwrap();
            assert_eq!(prepared.values[&1].expose(), held);
        }
        let case = Case::new(&pages, vec![choose(label("備品"), "机、暗幕"), submit_by(button("登録する"))]);
        assert!(case.prepare().await.err().unwrap().to_string().contains("no option"));
    });
}

/// A drop-down as pages draw it themselves; its options load as they are scrolled.
fn drop_down(box_: &str) -> String {
    format!(
        "<form action=/send method=post><input type=hidden name=a id=h><b id=t>校区</b>{box_}
         <ul id=l role=listbox hidden style='height:60px;width:200px;overflow:auto;margin:0'></ul><button>登録する</button></form>
         <script>
           const opener = document.getElementById('c');
           let loaded = 0;
           const more = () => {{ for (let n = 0; n < 5 && loaded < 40; n += 1) {{
             const option = document.createElement('li');
             option.setAttribute('role', 'option');
             option.textContent = '第' + (loaded += 1) + '小学校';
             option.onclick = () => {{ h.value = option.textContent; l.hidden = true; opener.setAttribute('aria-expanded', 'false');
               if ('value' in opener && opener.localName === 'input') opener.value = option.textContent;
               else opener.textContent = option.textContent; }};
             l.append(option); }} }};
           l.onscroll = () => {{ if (l.scrollTop + l.clientHeight > l.scrollHeight - 10) more(); }};
           opener.onclick = () => {{ l.hidden = !l.hidden; opener.setAttribute('aria-expanded', String(!l.hidden)); if (!loaded) more(); }};
         </script>"
    )
}

#[test]
fn a_drop_down_that_is_no_select_is_opened_scrolled_and_read_back() {
    story(async {
        for opener in [
            "<div id=c role=combobox tabindex=0 aria-expanded=false aria-controls=l aria-labelledby=t>選択</div>",
            "<button type=button id=c aria-haspopup=listbox aria-expanded=false aria-labelledby='t c'>選択</button>",
            "<input id=c role=combobox aria-expanded=false aria-controls=l aria-labelledby=t readonly>",
        ] {
            for value in ["第2小学校", "第33小学校"] {
                assert_eq!(
                    entered(&drop_down(opener), vec![choose(label("校区"), value)]).await["a"],
                    value,
                    "{opener}"
                );
            }
        }
        let opener =
            "<div id=c role=combobox tabindex=0 aria-expanded=false aria-controls=l aria-labelledby=t>選択</div>";
        let pages = Pages::serve(&drop_down(opener)).await;
        let mut case = Case::new(&pages, vec![choose(label("校区"), "第77小学校"), submit_by(button("登録する"))]);
        case.target.step_timeout = Duration::from_secs(4);
        assert!(case.prepare().await.err().unwrap().to_string().contains("no option"));
    });
}

#[test]
fn the_documents_scan_is_uploaded_byte_for_byte() {
    let page =
        "<form action=/send method=post><input type=hidden name=a id=h><label>添付 <input type=file id=f></label>\
        <button id=b disabled>登録する</button></form><script>f.onchange = async () => {
          h.value = f.files[0].name + ':' + new Uint8Array(await f.files[0].arrayBuffer()).join();
          b.disabled = false; }</script>";
    story(async {
        let pages = Pages::serve(page).await;
        let steps = vec![Action::Upload { into: label("添付") }, submit_by(button("登録する"))];
        let case = Case::new(&pages, steps);
        let mut session = session().await;
        let scan = jitan::entering::Scan { name: "scan.png", bytes: vec![0, 255, 13, 10, 137].into() };
        let job = jitan::entering::Job { scan: Some(&scan), ..case.job() };
        let prepared = jitan::entering::prepare::prepare(session.as_mut(), &job).await.unwrap();
        assert_eq!(prepared.values[&1].expose(), "scan.png (5)");
        let end = jitan::entering::submit::submit(session.as_mut(), &job, &prepared, &|_| ()).await;
        assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{end:?}");
        assert_eq!(pages.sent()[0]["a"], "scan.png:0,255,13,10,137");
        let nothing = case.prepare().await.err().unwrap();
        assert!(nothing.to_string().contains("there is none"), "{nothing}");
    });
}

#[test]
fn real_keys_reach_a_page_that_listens_to_nothing_else() {
    let page = form(
        "<label>氏名 <input name=a id=k value=前の値></label><script>
         k.addEventListener('input', (event) => { if (!event.isTrusted) k.value = ''; });
         k.addEventListener('keydown', (event) => { if (!event.isTrusted) event.preventDefault(); });</script>",
    );
    story(async {
        for value in ["Abc-12 ~", "板橋　花子", ""] {
            assert_eq!(entered(&page, vec![keys(label("氏名"), value)]).await["a"], value);
        }
        let pages = Pages::serve(&page).await;
        let without = Case::new(&pages, vec![fill(label("氏名"), "板橋"), submit_by(button("登録する"))]);
        assert!(without.prepare().await.is_err(), "the page takes what is no key");
    });
}

#[test]
fn a_menu_that_shows_itself_under_the_mouse_is_clicked() {
    let page = "<style>.m ul{display:none} .m:hover ul{display:block}</style>\
                <div class=m style='width:200px'><span>申請</span><ul style='margin:0'><li><a href=/next>新規登録</a></li></ul></div>";
    story(async {
        let pages = Pages::serve(page).await.with("next", &form(""));
        let link = || click(Locator::Link("新規登録".into()));
        let hover = Action::Hover { what: text("申請") };
        Case::new(&pages, vec![hover, link(), submit_by(button("登録する"))]).enter().await.unwrap();
        assert_eq!(pages.sent().len(), 1);
        let without = Case::new(&pages, vec![link(), submit_by(button("登録する"))]);
        assert!(without.prepare().await.err().unwrap().to_string().contains("not visible"));
    });
}

#[test]
fn a_list_that_loads_as_it_is_scrolled_is_scrolled() {
    let page = "<div id=d style='height:120px;overflow:auto'></div><script>
        let n = 0;
        const more = () => { for (let i = 0; i < 10 && n < 60; i += 1) {
          const row = document.createElement('p'); n += 1;
          row.innerHTML = '<a href=/next>受付' + n + '</a>'; d.append(row); } };
        d.onscroll = () => { if (d.scrollTop + d.clientHeight > d.scrollHeight - 20) more(); };
        more();</script>";
    story(async {
        let pages = Pages::serve(page).await.with("next", &form(""));
        let mut case = Case::new(&pages, vec![click(Locator::Link("受付57".into())), submit_by(button("登録する"))]);
        case.target.step_timeout = Duration::from_secs(10);
        case.enter().await.unwrap();
        assert_eq!(pages.sent().len(), 1);
    });
}

#[test]
fn a_click_whose_answer_wants_a_window_of_its_own_is_followed_in_this_one() {
    story(async {
        let pages = Pages::serve("<a href=/next target=_blank>開く</a>").await.with("next", &form(""));
        let steps = vec![click(Locator::Link("開く".into())), submit_by(button("登録する"))];
        Case::new(&pages, steps).enter().await.unwrap();
        assert_eq!(pages.sent().len(), 1);
    });
}
