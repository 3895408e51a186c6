//! A run of more events than the page takes.

use std::time::Duration;

use serde_json::{Value, json};
use yield_to_await::trace::{Event, Place, Recorder, Recording, Stepper, What};
use yield_to_await::{Clock, Setup, async_await as aw};

use crate::browser::Browser;
use crate::seen::{expected, seen};
use crate::written;

const KEPT: usize = 20_000;

/// Three thousand tasks, each with two steps and a timer.
fn crowd() -> Recording {
    let recorder = Recorder::new();
    let setup = Setup::new().clock(Clock::Simulated).record(&recorder);
    aw::run_with(setup, async {
        let tasks: Vec<_> = (0..3000)
            .map(|i| {
                aw::spawn(async move {
                    aw::sleep(Duration::from_millis(i % 7)).await;
                    aw::yield_now().await;
                    yield_to_await::trace::say(format_args!("{i} is through"));
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    recorder.take()
}

/// The lists and the source are shown in parts: that of the task that is looked at.
pub(crate) fn of_what_is_long_a_part_is_shown(browser: &Browser) {
    let task = |number: u64| serde_json::from_value(number.into()).unwrap();
    let spawned = (0..100).map(|i| {
        let what = What::Spawned {
            by: None,
            name: None,
            place: Place::new("long.rs", 1000 + 20 * u32::try_from(i).unwrap(), 1),
        };
        Event::new(Duration::ZERO, 0, Some(task(i)), what)
    });
    let recording: Recording = spawned.collect();
    let lines: String = (1000..4000).map(|line| format!("line {line}\n")).collect();
    let stepper = Stepper::new("Long").run("long", &recording);
    let page = written("long", &stepper.source("long", "long.rs", 1000, lines));
    browser.open(&page, "#75");
    let shown = "return [...tasks.querySelectorAll('[data-task]')].map(({dataset}) => Number(dataset.task))";
    assert_eq!(
        browser.script(shown, &[]),
        json!((40..75).collect::<Vec<_>>())
    );
    browser.click("#earlier");
    assert_eq!(
        browser.script(shown, &[]),
        json!((0..40).collect::<Vec<_>>())
    );
    assert_eq!(browser.text("#queue .more"), "and 51 more");
    let line = "
        const row = source.querySelector('[aria-current]');
        const [inner, outer] = [row, source.parentElement].map((one) => one.getBoundingClientRect());
        const isSeen = outer.top <= inner.top && inner.bottom <= outer.bottom;
        return [row.querySelector('code').textContent, isSeen, source.children.length < 1000];
    ";
    for moment in [1, 20, 21, 75, 100, 99] {
        browser.script(
            "number.value = arguments[0]; number.dispatchEvent(new Event('change'))",
            &[moment.into()],
        );
        let text = format!("line {}", 1000 + 20 * (moment - 1));
        assert_eq!(browser.script(line, &[]), json!([text, true, true]));
    }
}

pub(crate) fn a_long_run_is_cut_and_quick_all_the_same(browser: &Browser) {
    let recording = crowd();
    assert!(recording.len() > KEPT, "{}", recording.len());
    let page = written("large", &Stepper::new("A crowd").run("crowd", &recording));
    browser.open(&page, "");
    let said = browser.text("#left-out");
    let out = recording.len() - KEPT;
    let digits: String = said.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits, format!("{KEPT}{out}"), "{said}");

    let moments: Vec<usize> = (0..=KEPT).step_by(999).chain([KEPT]).collect();
    let kept: Recording = recording.iter().take(KEPT).cloned().collect();
    let seen = seen(browser, "", &moments);
    for (seen, expected) in seen.iter().zip(expected(&kept, &moments, |_| false)) {
        assert_eq!(*seen, expected);
    }

    let jumps = "
        const box = document.getElementById('number');
        const times = [];
        for (let i = 0; i < 41; i += 1) {
            box.value = (i * 7919) % 20001;
            const begun = performance.now();
            box.dispatchEvent(new Event('change'));
            times.push(performance.now() - begun);
        }
        return times.sort((a, b) => a - b)[20];
    ";
    let median = browser.script(jumps, &[]).as_f64().unwrap();
    println!("a jump takes {median:.1} ms");
    // A few, really; but the machine may have other things to do.
    assert!(median < 100.0, "a jump takes {median} ms");
    let nodes: Value = browser.script("return document.querySelectorAll('*').length", &[]);
    assert!(nodes.as_u64().unwrap() < 2000, "{nodes} elements");
}
