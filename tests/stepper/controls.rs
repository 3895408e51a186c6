//! What the keys, the address and clicks do.

use yield_to_await::trace::What;

use crate::browser::Browser;
use crate::{find, shown};

/// As `WebDriver` calls them.
pub(crate) const END: &str = "\u{e010}";
const HOME: &str = "\u{e011}";
const LEFT: &str = "\u{e012}";
pub(crate) const RIGHT: &str = "\u{e014}";
const SHIFT: &str = "\u{e008}";

pub(crate) fn moment(browser: &Browser) -> usize {
    let moment = browser.script(
        "return Number(document.getElementById('moment').dataset.moment)",
        &[],
    );
    usize::try_from(moment.as_u64().unwrap()).unwrap()
}

pub(crate) fn the_keyboard_does_what_the_buttons_do(browser: &Browser) {
    let shown = shown(find("pipeline"), "src/programs", 2);
    let recording = &shown.recordings[0];
    browser.open(&shown.page, "");
    let begins: Vec<usize> = (1..=recording.len())
        .filter(|k| matches!(recording.events()[k - 1].what, What::StepBegan { .. }))
        .collect();
    let presses = [
        ("", RIGHT, 1),
        ("", RIGHT, 2),
        ("", LEFT, 1),
        ("", LEFT, 0),
        ("", LEFT, 0),
        (SHIFT, RIGHT, begins[0]),
        (SHIFT, RIGHT, begins[1]),
        (SHIFT, LEFT, begins[0]),
        ("", END, recording.len()),
        ("", RIGHT, recording.len()),
        ("", HOME, 0),
    ];
    for (held, key, there) in presses {
        browser.press(held, key);
        assert_eq!(moment(browser), there, "{held:?} {key:?}");
    }
    let own = |k: &usize| recording.events()[k - 1].task == recording.events()[0].task;
    let next = (2..=recording.len()).find(own).unwrap();
    browser.press("", RIGHT);
    browser.press("", "n");
    assert_eq!(moment(browser), next);
    browser.press("", "p");
    assert_eq!(moment(browser), 1);
    browser.press("", "?");
    assert_eq!(browser.script("return help.open", &[]), true);
    browser.press("", "\u{e00c}");
    assert_eq!(browser.script("return help.open", &[]), false);
    // The button in the window that was closed has the focus until the page is drawn next.
    browser.until("return document.activeElement === document.body", &[]);
    browser.press("", " ");
    browser.until("return Number(moment.dataset.moment) >= 3", &[]);
    browser.press("", " ");
    let paused = moment(browser);
    assert_eq!(
        browser.script("return play.getAttribute('aria-label')", &[]),
        "Play"
    );
    assert!(paused < recording.len());
    browser.script(
        "play.blur(); slider.value = 7; slider.dispatchEvent(new Event('input'))",
        &[],
    );
    assert_eq!(moment(browser), 7);
}

pub(crate) fn the_address_names_the_moment_and_the_lanes(browser: &Browser) {
    let shown = shown(find("say_after"), "src/programs", 1);
    browser.open(&shown.page, "#12,async_await,generators");
    assert_eq!(moment(browser), 12);
    assert_eq!(
        [browser.text("#label"), browser.text("#other-label")],
        ["async_await", "generators"]
    );
    browser.click("#lanes [data-key=state_machines]");
    browser.click("#others [data-key='']");
    browser.click("#forward");
    browser.until(
        "return location.hash === arguments[0]",
        &["#13,state_machines".into()],
    );
    browser.script("location.hash = '#5,generators'", &[]);
    browser.until(
        "return Number(moment.dataset.moment) === 5 && label.textContent === 'generators'",
        &[],
    );
    browser.open(&shown.page, "#1000000,nobody,%");
    assert_eq!(moment(browser), shown.recordings[0].len());
    browser.open(&shown.page, "#what");
    assert_eq!(moment(browser), 0);
}

pub(crate) fn a_chosen_task_is_stayed_with(browser: &Browser) {
    let shown = shown(find("say_after"), "src/programs", 1);
    browser.open(&shown.page, "#6,async_await");
    let chosen = "return document.querySelector('#tasks [aria-current]').dataset.task";
    browser.click("#tasks [data-task='1'] .task");
    assert_eq!(browser.script(chosen, &[]), "1");
    for _ in 0..5 {
        browser.press("", RIGHT);
        assert_eq!(browser.script(chosen, &[]), "1");
    }
    assert_eq!(browser.text("#who"), "hello");
    browser.click("#events [data-event='9'] button");
    assert_eq!(
        (moment(browser), browser.script(chosen, &[])),
        (9, "1".into())
    );
    browser.click("#follow");
    browser.press("", HOME);
    assert_eq!(browser.text("#note"), "main is not there yet.");
    // In the middle of the drawing there is a row, and a step.
    let follows = "return follow.getAttribute('aria-pressed')";
    assert_eq!(browser.script(follows, &[]), "true");
    browser.click("#canvas");
    assert_eq!(browser.script(follows, &[]), "false");
    let begun = &shown.recordings[2].events()[moment(browser) - 1];
    assert!(matches!(begun.what, What::StepBegan { .. }), "{begun:?}");
    let point = "document.querySelector('#sentence .term, .term').focus(); return tip.textContent";
    assert!(
        browser
            .script(point, &[])
            .as_str()
            .unwrap()
            .contains("The loop's own time")
    );
}
