use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Value, json};

use super::glossary::GLOSSARY;
use super::*;
use crate::info::TaskId;
use crate::trace::{Cause, Place, Wait, What};

fn event(at: u64, step: u64, task: Option<u64>, what: What) -> Event {
    Event::new(Duration::from_millis(at), step, task.map(TaskId), what)
}

/// One of each kind, in the order of the kinds.
fn one_of_each() -> Recording {
    let whats = [
        What::Spawned {
            by: None,
            name: Some("main".to_owned()),
            place: Place::new("src/main.rs", 3, 5),
        },
        What::StepBegan { ready: 2 },
        What::Suspended {
            on: vec![Wait::End(TaskId(1)), Wait::Turn],
            state: Some(Cow::Borrowed("Main::Joining")),
            place: Some(Place::new("src/main.rs", 9, 9)),
        },
        What::Woken {
            by: Cause::Timer(7),
        },
        What::TimerArmed {
            timer: 7,
            deadline: Duration::MAX,
        },
        What::TimerFired { timer: 7 },
        What::TimerDisarmed { timer: 7 },
        What::CancelRequested { by: None },
        What::Printed {
            label: Some("main".to_owned()),
            text: "hello".to_owned(),
        },
        What::Ended,
        What::Dropped,
        What::Panicked {
            message: "oh".to_owned(),
        },
        What::Stuck,
    ];
    let mut step = 0;
    let events = whats.into_iter().map(|what| {
        step += 1;
        let task = (what != What::Stuck).then_some(0);
        event(10 * step, step, task, what)
    });
    events.collect()
}

fn data_of(page: &str) -> &str {
    let (_, from) = page.split_once(r#"id="data">"#).unwrap();
    from.split_once("</script>").unwrap().0
}

fn parsed(stepper: &Stepper) -> Value {
    serde_json::from_str(data_of(&stepper.to_html())).unwrap()
}

#[test]
fn what_goes_into_the_data_can_be_read_from_it() {
    let recording = one_of_each();
    let stepper = Stepper::new("each").run("lane", &recording);
    let data = parsed(&stepper.source("lane", "src/main.rs", 3, "a\n<b>"));
    let run = &data["runs"][0];
    assert_eq!((&run["label"], &run["total"]), (&json!("lane"), &json!(13)));
    let text = |index: &Value| {
        let index = usize::try_from(index.as_u64().unwrap()).unwrap();
        data["texts"][index].as_str().unwrap().to_owned()
    };
    let moment = |index: &Value| {
        let index = usize::try_from(index.as_u64().unwrap()).unwrap();
        data["moments"][index].as_str().unwrap().to_owned()
    };
    let rows = run["events"].as_array().unwrap();
    assert_eq!(rows.len(), recording.len());
    for (i, (row, event)) in rows.iter().zip(&recording).enumerate() {
        assert_eq!(moment(&row[0]), format!("{:?}", event.at));
        assert_eq!(row[1], event.step);
        assert_eq!(row[2], json!(event.task));
        assert_eq!(row[3], i);
    }
    let [spawned, suspended] = [&rows[0], &rows[2]];
    assert_eq!(spawned[4], Value::Null);
    assert_eq!(
        [text(&spawned[5]), text(&spawned[6])],
        ["main", "src/main.rs"]
    );
    assert_eq!((&spawned[7], &rows[1][4]), (&json!(3), &json!(2)));
    assert_eq!(suspended[4], 1);
    assert_eq!(text(&suspended[5]), "the end of task 1, its next turn");
    assert_eq!(text(&suspended[6]), "Main::Joining");
    assert_eq!(
        (text(&suspended[7]).as_str(), &suspended[8]),
        ("src/main.rs", &json!(9))
    );
    assert_eq!((&rows[3][4], &rows[3][5]), (&json!(1), &json!(7)));
    assert_eq!(
        (&rows[4][4], moment(&rows[4][5]).as_str()),
        (&json!(7), "never")
    );
    assert_eq!([text(&rows[8][4]), text(&rows[8][5])], ["main", "hello"]);
    assert_eq!(text(&rows[11][4]), "oh");
    assert_eq!(
        data["sources"][0],
        json!({ "label": "lane", "file": "src/main.rs", "first": 3, "text": "a\n<b>" })
    );
}

#[test]
fn the_script_has_the_same_terms_in_the_same_order() {
    let script = SCRIPTS.concat();
    let (_, list) = script.split_once("const TERMS = [").unwrap();
    let terms: Vec<_> = list.split_once(']').unwrap().0.split(',').collect();
    let recording = one_of_each();
    assert_eq!(terms.len(), recording.len());
    for (term, event) in terms.into_iter().zip(&recording) {
        let expected = event.what.term();
        assert_eq!(term.trim().trim_matches('\''), expected);
        assert!(
            GLOSSARY.iter().any(|(word, _)| *word == expected),
            "{expected}"
        );
    }
}

#[test]
fn every_word_that_the_page_explains_is_in_the_glossary() {
    let marked = PAGE.split("data-term=\"").skip(1);
    let mut words: Vec<_> = marked.map(|from| from.split('"').next().unwrap()).collect();
    words.extend(["running", "ready", "waiting", "leaving", "root"]);
    for word in words {
        assert!(GLOSSARY.iter().any(|(known, _)| *known == word), "{word}");
    }
}

#[test]
fn nothing_in_the_data_ends_the_script_that_it_stands_in() {
    let evil = "</script><!--<script>\u{2028}\u{2029}]]>\"\\";
    let printed = What::Printed {
        label: Some(evil.to_owned()),
        text: evil.to_owned(),
    };
    let recording = [event(0, 0, Some(0), printed)].into_iter().collect();
    let stepper = Stepper::new(evil).about(evil).run(evil, &recording);
    let page = stepper.source(evil, evil, 1, evil).to_html();
    let data = data_of(&page);
    assert!(!data.contains(['<', '\u{2028}', '\u{2029}']), "{data}");
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["texts"][0], evil);
    assert_eq!(data["sources"][0]["text"], evil);
    assert_eq!(page.matches("</script>").count(), 2);
    assert_eq!(page.matches("<!--").count(), 0);
}

#[test]
fn a_title_is_no_slot() {
    let page = Stepper::new("{{data}} & {{").about("{{script}}").to_html();
    assert!(page.contains("<title>{{data}} &amp; {{</title>"));
    assert!(page.contains("<p>{{script}}</p>"));
}

#[test]
fn of_a_long_run_the_beginning_is_put_in() {
    let events = (0..MOST_EVENTS as u64 + 5).map(|i| {
        let what = What::Woken {
            by: Cause::Task(TaskId(i % 1000)),
        };
        event(i / 9, i / 3, Some(i % 3000), what)
    });
    let recording: Recording = events.collect();
    let empty = Stepper::new("").to_html().len();
    let stepper = Stepper::new("").run("long", &recording);
    let data = parsed(&stepper);
    assert_eq!(data["runs"][0]["total"], MOST_EVENTS + 5);
    assert_eq!(
        data["runs"][0]["events"].as_array().unwrap().len(),
        MOST_EVENTS
    );
    let each = (stepper.to_html().len() - empty) / MOST_EVENTS;
    assert!(each < 40, "{each} bytes an event");
}

#[test]
fn a_page_asks_for_nothing_and_reads_no_markup() {
    let page = Stepper::new("each").run("lane", &one_of_each()).to_html();
    for outside in ["http:", "https:", "@import", "url(", "src="] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
    for dangerous in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
    ] {
        assert!(!SCRIPTS.concat().contains(dangerous), "{dangerous}");
    }
}

#[test]
fn the_same_runs_give_the_same_page() {
    let page = || Stepper::new("each").run("lane", &one_of_each()).to_html();
    assert_eq!(page(), page());
}

#[test]
fn the_parts_of_the_page_are_short_enough_to_be_read() {
    for part in SCRIPTS.iter().chain(&STYLES).chain([&PAGE]) {
        let first = part.lines().next().unwrap_or_default();
        assert!(part.lines().count() <= 350, "{first}");
    }
}
