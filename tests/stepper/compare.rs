//! Two runs side by side.

use serde_json::json;
use yield_to_await::programs::Lane;
use yield_to_await::trace::{Place, Stepper, What};

use crate::browser::Browser;
use crate::seen::{expected, seen};
use crate::{MOST_MOMENTS, find, moments, recorded, shown, written};

pub(crate) fn equal_lanes_are_called_equal(browser: &Browser) {
    let shown = shown(find("pipeline"), "src/programs", 7);
    browser.open(&shown.page, "#30,generators,async_await");
    assert!(browser.text("#verdict").contains("equal, event by event"));
    let twice = "const ids = [...document.querySelectorAll('[id]')].map(({id}) => id); return ids.filter((id, i) => ids.indexOf(id) !== i)";
    assert_eq!(browser.script(twice, &[]), json!([]));
    let moments = moments(shown.recordings[0].len(), MOST_MOMENTS);
    for (prefix, lane) in [("", 0), ("other-", 2)] {
        let (file, first, lines) = &shown.sources[lane];
        let last = first + u32::try_from(lines.lines().count()).unwrap() - 1;
        let has = |place: &Place| place.file == *file && (*first..=last).contains(&place.line);
        let expected = expected(&shown.recordings[lane], &moments, has);
        assert_eq!(seen(browser, prefix, &moments), expected, "{lane}");
    }
}

pub(crate) fn the_first_difference_is_marked(browser: &Browser) {
    let right = recorded(find("say_after"), Lane::AsyncAwait, 1);
    let printed = right
        .iter()
        .rposition(|event| matches!(event.what, What::Printed { .. }))
        .unwrap();
    let changed = right.iter().cloned().enumerate().map(|(i, mut event)| {
        if let What::Printed { text, .. } = &mut event.what
            && i == printed
        {
            *text = "tampered with".to_owned();
        }
        event
    });
    let stepper = Stepper::new("say_after")
        .run("right", &right)
        .run("wrong", &changed.collect());
    let shorter = right.iter().take(printed).cloned().collect();
    let stepper = stepper.run("shorter", &shorter);
    browser.open(&written("difference", &stepper), "#1,right,wrong");
    let number = printed + 1;
    assert_eq!(
        browser.script("return comparison.dataset.first", &[]),
        number.to_string()
    );
    assert!(
        browser
            .text("#verdict")
            .contains(&format!("first differ at event {number}"))
    );
    browser.click("#go-to-difference");
    let (here, there) = (browser.text("#sentence"), browser.text("#other-sentence"));
    assert!(
        here.contains("Finished at") && there.contains("tampered with"),
        "{here} {there}"
    );
    let marked = "return [...document.querySelectorAll('[data-part=differs]')].map((mark) => mark.checkVisibility())";
    assert_eq!(browser.script(marked, &[]), json!([true, true]));
    assert!(
        browser
            .text(&format!("#events [data-event='{number}']"))
            .contains("differs")
    );
    browser.click("#back");
    assert_eq!(browser.script(marked, &[]), json!([false, false]));
    browser.click("#others [data-key=shorter]");
    assert_eq!(
        browser.script("return comparison.dataset.first", &[]),
        number.to_string()
    );
    browser.click("#forward");
    assert_eq!(browser.text("#other-sentence"), "The run is over.");
}
