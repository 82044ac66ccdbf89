//! Finding things where they stand: in frames and shadow trees, by the names a person sees, by their place on the page.

use jitan::entering::error::ErrorKind;
use jitan::model::locator::Locator;
use jitan::model::step::Action;

use super::entering_pages::*;

/// What each control of the page's form held when it was sent.
fn sent_after(page: &str, actions: Vec<Action>) -> Sent {
    story(async {
        let pages = Pages::serve(page).await;
        let steps = actions.into_iter().chain([submit_by(button("登録する"))]).collect();
        let (end, _) = Case::new(&pages, steps).enter().await.unwrap();
        pages.sent().pop().unwrap_or_else(|| panic!("{page}: {end:?}"))
    })
}

#[derive(Clone, Copy, Default)]
struct At {
    within: Option<&'static str>,
    right_of: Option<&'static str>,
    below: Option<&'static str>,
    nth: Option<u16>,
}

fn placed(what: Locator, at: At) -> Locator {
    let [within, right_of, below] = [at.within, at.right_of, at.below].map(|text| text.map(str::to_owned));
    Locator::Placed { what: Box::new(what), within, right_of, below, nth: at.nth }
}

#[test]
fn controls_are_found_and_sent_in_frames_of_frames() {
    story(async {
        let inner = form("<label>氏名<input name=a></label>");
        let pages = Pages::serve("<h1>外側</h1><iframe src=/middle width=800 height=400></iframe>").await;
        let pages = pages.with("middle", "<iframe src=/inner width=700 height=300></iframe>").with("inner", &inner);
        let steps = vec![fill(label("氏名"), "板橋"), submit_by(button("登録する"))];
        let (end, _) = Case::new(&pages, steps).enter().await.unwrap();
        assert!(matches!(end, jitan::entering::submit::SubmitEnd::Confirmed { .. }), "{end:?}");
        assert_eq!(pages.sent()[0]["a"], "板橋");
    });
}

#[test]
fn what_a_frame_of_another_site_sends_stands_before_the_gate_too() {
    story(async {
        let sends = "<script>fetch('/send', {method: 'POST', body: '1'}).catch(() => 0).finally(() => parent.postMessage('tried', '*'))</script>";
        let elsewhere = Pages::serve(sends).await;
        let other_site = elsewhere.address.replace("127.0.0.1", "localhost");
        let frame = format!(
            "<iframe src={other_site}/page></iframe><p id=out></p><script>onmessage = () => out.textContent = '試行済み'</script>{}",
            form("")
        );
        let pages = Pages::serve(&frame).await;
        let steps = vec![Action::Expect { what: text("試行済み") }, submit_by(button("登録する"))];
        let refused = Case::new(&pages, steps).prepare().await.err().unwrap();
        assert_eq!(refused.kind, ErrorKind::UndeclaredWrite, "{refused}");
        assert!(elsewhere.sent().is_empty());
    });
}

#[test]
fn a_step_after_a_click_in_a_frame_waits_for_the_frames_next_page() {
    story(async {
        let pages = Pages::serve("<iframe src=/first width=800 height=400></iframe>").await;
        let pages = pages.with("first", "<label>氏名<input></label><a href=/second>次へ</a>");
        let pages = pages.with("second", &form("<label>氏名<input name=a></label>"));
        let steps =
            vec![click(Locator::Link("次へ".into())), fill(label("氏名"), "板橋"), submit_by(button("登録する"))];
        Case::new(&pages, steps).enter().await.unwrap();
        assert_eq!(pages.sent()[0]["a"], "板橋");
    });
}

#[test]
fn a_control_in_a_frame_that_something_covers_is_not_clicked() {
    let page = "<iframe src=/inner style='position:absolute;left:0;top:0' width=600 height=300></iframe>\
                <div style='position:absolute;left:0;top:0;width:600px;height:300px;background:#fff'>お待ちください</div>";
    story(async {
        let pages = Pages::serve(page).await.with("inner", &form(""));
        let error =
            Case::new(&pages, vec![click(button("登録する")), submit_by(button("-"))]).prepare().await.err().unwrap();
        assert!(error.to_string().contains("on top of it"), "{error}");
    });
}

#[test]
fn open_shadow_trees_are_looked_into() {
    let page = "<form action=/send method=post id=f><input type=hidden name=a id=h></form><x-entry></x-entry><script>
         customElements.define('x-entry', class extends HTMLElement { connectedCallback() {
           const outer = this.attachShadow({mode: 'open'});
           outer.innerHTML = '<div id=host></div>';
           const inner = outer.getElementById('host').attachShadow({mode: 'open'});
           inner.innerHTML = '<label>氏名<input></label><button>登録する</button>';
           inner.querySelector('button').onclick = () => { h.value = inner.querySelector('input').value; f.submit() };
         } })</script>";
    assert_eq!(sent_after(page, vec![fill(label("氏名"), "板橋")])["a"], "板橋");
}

#[test]
fn a_control_without_a_label_goes_by_what_stands_for_one() {
    for control in [
        "<input name=a aria-label=氏名>",
        "<b id=t>氏名</b><input name=a aria-labelledby=t>",
        "<input name=a title=氏名>",
        "<input name=a placeholder=氏名>",
        "<table><tr><th>氏名</th><td><input name=a></td></tr></table>",
        "<table><thead><tr><th>番号</th><th>氏名</th></tr></thead><tr><td>1</td><td><input name=a></td></tr></table>",
    ] {
        assert_eq!(sent_after(&form(control), vec![fill(label("氏名"), "板橋")])["a"], "板橋", "{control}");
    }
    // A real label comes before a hint of the same words.
    let both = form("<input name=b placeholder=氏名><label>氏名<input name=a></label>");
    assert_eq!(sent_after(&both, vec![fill(label("氏名"), "板橋")])["a"], "板橋");
}

#[test]
fn a_button_that_is_a_picture_goes_by_the_pictures_words() {
    let page =
        "<form action=/send method=post><button><img src=data:, alt=登録する width=90 height=30></button></form>";
    sent_after(page, vec![]);
}

#[test]
fn in_looks_only_within_the_part_that_a_heading_names() {
    let two = |one: &str, other: &str| form(&format!("{one}{other}"));
    let pages = [
        two(
            "<fieldset><legend>児童1</legend><label>氏名<input name=a></label></fieldset>",
            "<fieldset><legend>児童2</legend><label>氏名<input name=b></label></fieldset>",
        ),
        two(
            "<h3>児童1</h3><label>氏名<input name=a></label>",
            "<h3>児童2</h3><div><label>氏名<input name=b></label></div>",
        ),
        two(
            "<section aria-label=児童1><label>氏名<input name=a></label></section>",
            "<section aria-label=児童2><label>氏名<input name=b></label></section>",
        ),
        form(
            "<table><tr><th></th><th>氏名</th></tr><tr><th>児童1</th><td><input name=a></td></tr>\
              <tr><th>児童2</th><td><input name=b></td></tr></table>",
        ),
        form(
            "<dl><dt>児童1</dt><dd><label>氏名<input name=a></label></dd>\
              <dt>児童2</dt><dd><label>氏名<input name=b></label></dd></dl>",
        ),
        two(
            "<details open><summary>児童1</summary><label>氏名<input name=a></label></details>",
            "<details open><summary>児童2</summary><label>氏名<input name=b></label></details>",
        ),
        form(
            "<table><tr><th rowspan=2>児童1</th><th>氏名</th><td><input name=a></td></tr><tr><th>続柄</th><td><input></td></tr>\
              <tr><th rowspan=2>児童2</th><th>氏名</th><td><input name=b></td></tr><tr><th>続柄</th><td><input></td></tr></table>",
        ),
    ];
    for page in pages {
        for (child, a, b) in [("児童1", "花子", ""), ("児童2", "", "花子")] {
            let own = placed(label("氏名"), At { within: Some(child), ..At::default() });
            let sent = sent_after(&page, vec![fill(own, "花子")]);
            assert_eq!((sent["a"].as_str(), sent["b"].as_str()), (a, b), "{page}");
        }
    }
}

#[test]
fn of_several_headings_in_a_row_each_names_what_stands_behind_it() {
    let page =
        form("<table><tr><th>世帯主</th><td><input name=a></td><th>配偶者</th><td><input name=b></td></tr></table>");
    for (heading, name) in [("世帯主", "a"), ("配偶者", "b")] {
        let only = placed(css("input"), At { within: Some(heading), ..At::default() });
        assert_eq!(sent_after(&page, vec![fill(only, "x")])[name], "x");
    }
}

#[test]
fn the_nth_the_nearest_on_the_right_and_the_nearest_below_are_found() {
    let grid = form(
        "<div style='display:grid;grid-template-columns:120px 200px 200px'>\
        <span>開始</span><input name=a><input name=b><span>終了</span><input name=c><input name=d></div>",
    );
    let text_field = || css("input");
    for (at, name) in
        [(At { nth: Some(2), ..At::default() }, "b"), (At { right_of: Some("終了"), ..At::default() }, "c")]
    {
        assert_eq!(sent_after(&grid, vec![fill(placed(text_field(), at), "x")])[name], "x");
    }
    let stacked = form(
        "<div style='display:grid;grid-template-columns:200px 200px'><b>開始</b><b>終了</b>\
        <input name=a><input name=b><input name=c><input name=d></div>",
    );
    let below = placed(text_field(), At { below: Some("終了"), ..At::default() });
    assert_eq!(sent_after(&stacked, vec![fill(below, "x")])["b"], "x");
}

#[test]
fn what_matched_and_what_is_near_is_listed_for_the_person_only() {
    story(async {
        let two = form("<p>世帯主 <label>氏名<input></label></p><p>配偶者 <label>氏名<input></label></p>");
        let pages = Pages::serve(&two).await;
        let error =
            Case::new(&pages, vec![fill(label("氏名"), "板橋"), submit_by(button("-"))]).prepare().await.err().unwrap();
        assert!(!error.to_string().contains("世帯主"));
        let said = error.said.unwrap();
        assert!(said.expose().contains("世帯主") && said.expose().contains("配偶者"), "{}", said.expose());

        let renamed = Pages::serve(&form("<label>請求者の氏名<input></label><label>住所<input></label>")).await;
        let steps = vec![fill(label("請求者氏名"), "板橋"), submit_by(button("-"))];
        let error = Case::new(&renamed, steps).prepare().await.err().unwrap();
        assert_eq!(error.said.unwrap().expose().lines().next(), Some("請求者の氏名"));
    });
}
