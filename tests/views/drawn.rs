//! What the views show.

use std::time::Duration;

use yield_to_await::programs::{Lane, Program};
use yield_to_await::trace::{
    Cause, Event, Recording, Wait, What, chart, difference, mermaid, svg, text,
};

use crate::made::{Maker, ms, task, two_called, two_sleepers};
use crate::{runs, trace_format};

#[test]
fn the_text_has_a_line_for_every_event() {
    let text = text(&two_sleepers());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "time  step  task   what         details");
    let spawned = "  0s     1  hello  spawned      by main, at src/main.rs:3:5";
    assert_eq!(lines[4], spawned);
    let suspended =
        "  0s     2  hello  suspended    waits for the clock to reach 1s; at src/main.rs:9:9";
    assert_eq!(lines[9], suspended);
    assert_eq!(lines[14], "  1s     3  hello  woken        by timer 1");
    assert_eq!(lines[17], "  1s     4  hello  ended");
}

#[test]
fn a_place_that_was_taken_out_is_not_mentioned() {
    let recording = two_sleepers().without_places();
    let text = text(&recording);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[4], "  0s     1  hello  spawned      by main");
    let suspended = "  0s     2  hello  suspended    waits for the clock to reach 1s";
    assert_eq!(lines[9], suspended);
    let views = [text, svg(&recording, ""), mermaid(&recording)];
    assert!(!views.iter().any(|view| view.contains(":0:0")));
}

#[test]
fn the_text_names_who_speaks_unless_it_is_the_task() {
    let mut made = Maker::default();
    made.spawn(0, None, "main");
    for label in ["main", "somebody"] {
        let (label, text) = (Some(label.to_owned()), "hello".to_owned());
        made.it(0, What::Printed { label, text });
    }
    let text = text(&made.take());
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[2].ends_with("printed  hello"), "{text}");
    assert!(lines[3].ends_with("printed  somebody: hello"), "{text}");
}

#[test]
fn the_chart_shows_who_runs_is_ready_and_waits() {
    let chart = chart(&two_sleepers(), 60);
    let drawing = "\
clock │0s       1s 2s
step  │1  2  3  4  5  6
main  │██▌────────────██◆
hello │   ██▌───██◆
world │   ░░░██▌───██◆

█ runs   ◆ runs and ends   ░ ready   ─ waits   × is dropped   ! panics
";
    assert_eq!(chart, drawing);
}

#[test]
fn the_chart_shows_how_tasks_end() {
    let mut made = Maker::default();
    made.spawn(0, None, "main").spawn(1, Some(0), "a");
    made.begin(0, 1)
        .it(1, What::CancelRequested { by: Some(task(0)) });
    made.wait(0, &[])
        .it(1, What::Dropped)
        .wake(0, Cause::Elsewhere);
    let message = "oh".to_owned();
    made.begin(0, 0).it(0, What::Panicked { message });
    let chart = chart(&made.take(), 60);
    assert!(chart.contains("main  │██▌██!\na     │──×\n"), "{chart}");
}

#[test]
fn a_chart_too_wide_goes_on_below() {
    let recording = runs::pipeline();
    let wide = chart(&recording, 200);
    let narrow = chart(&recording, 20);
    let blocks = |chart: &str| chart.matches("\nstep").count();
    // Ten characters of the forty are for the names.
    assert_eq!((blocks(&wide), blocks(&narrow)), (1, 1));
    let long = runs::record(Program::find("round_robin").unwrap(), Lane::Generators, 40);
    let steps = long
        .iter()
        .filter(|event| matches!(event.what, What::StepBegan { .. }));
    let chart = chart(&long, 40);
    assert_eq!(blocks(&chart), steps.count().div_ceil(32), "{chart}");
}

fn texts(picture: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(picture).unwrap();
    let texts = document
        .descendants()
        .filter(|node| node.has_tag_name("text"));
    texts
        .map(|node| node.text().unwrap_or("").to_owned())
        .collect()
}

#[test]
fn the_picture_says_what_it_shows() {
    let picture = svg(&two_sleepers(), "Two & two");
    let texts = texts(&picture);
    for text in [
        "Two & two",
        "3 tasks, 6 steps, 2s by the loop's clock",
        "hello",
        "the end of all of hello, world",
        "sleep to 2s",
        "1s",
        "woken by a timer",
    ] {
        assert!(texts.iter().any(|it| it == text), "{text:?} in {texts:?}");
    }
    // What does not happen is not in the legend.
    assert!(!texts.iter().any(|it| it == "cancels" || it == "panicked"));
    for words in [
        "hello waits for the clock to reach 1s, at src/main.rs:9:9 (from 0s to 1s)",
        "world is ready (all at 0s)",
        "main woken by world",
        "world prints: world",
        "main ended",
        "the clock says 2s",
    ] {
        let title = format!("<title>{words}</title>");
        assert!(picture.contains(&title), "{words:?}");
    }
}

#[test]
fn pictures_on_one_page_do_not_share_ids() {
    let recording = two_sleepers();
    let ids = |title| -> Vec<String> {
        let picture = svg(&recording, title);
        let ids = picture.split(" id=\"").skip(1);
        ids.map(|id| id.split('"').next().unwrap().to_owned())
            .collect()
    };
    let (one, two) = (ids("a b"), ids("ab"));
    assert_eq!(one.len(), 3);
    assert!(!one.iter().any(|id| two.contains(id)), "{one:?}");
}

#[test]
fn views_are_the_same_every_time() {
    let (one, two) = (runs::pipeline(), runs::pipeline());
    let views = |it: &Recording| [text(it), chart(it, 80), svg(it, "a"), mermaid(it)];
    assert_eq!(views(&one), views(&two));
}

#[test]
fn the_sequence_diagram_is_one_of_who_does_what() {
    let diagram = mermaid(&two_sleepers());
    for line in [
        "participant t1 as hello",
        "t0-->>t1: spawns",
        "L->>t1: step 2",
        "activate t1",
        "Note over t1: waits for the clock to reach 1s",
        "deactivate t1",
        "Note over L: the clock says 1s",
        "L->>t1: timer 1 wakes",
        "t2->>t0: wakes",
        "Note over t0: ended",
    ] {
        assert!(diagram.lines().any(|it| it == line), "{line}\n{diagram}");
    }
}

#[test]
fn a_trace_leads_from_who_wakes_to_the_step_that_follows() {
    let events = trace_format::checked("made", &two_sleepers());
    let of = |phase: &str| -> Vec<_> {
        let events = events.iter().filter(|event| event["ph"] == phase);
        events.cloned().collect()
    };
    // Three spawned and three woken, and each has had a step.
    assert_eq!((of("s").len(), of("f").len()), (6, 6));
    // Steps, the root's beginning, two timers, and what an end sets off when its slice is closed.
    assert_eq!(of("B").len(), 6 + 1 + 2 + 1);
    assert_eq!(of("i").len(), 4);
    let at = |name: &str| {
        let begun = of("B").into_iter().filter(|event| event["name"] == name);
        let times: Vec<_> = begun.map(|event| event["ts"].as_u64().unwrap()).collect();
        times
    };
    // A second is a million microseconds, and what happens at one moment stands one behind the other.
    assert_eq!(at("timer 1"), [1_000_001]);
    assert!(at("hello")[1] > 1_000_001 && at("hello")[1] < 1_000_010);
}

#[test]
fn two_recordings_part_where_they_first_differ() {
    let (left, right) = (two_sleepers(), two_called("hello", "bob"));
    let difference = difference(&left, &right).unwrap();
    assert_eq!(difference.position(), 4);
    assert_eq!(difference.left(), left.events().get(4));
    let text = difference.to_string();
    let lines: Vec<&str> = text.lines().collect();
    let head = "the recordings (- 26 events, + 26 events) differ from event 4 on, counted from 0:";
    assert_eq!(lines[0], head);
    assert_eq!(
        lines[4],
        "   0s     1  hello  spawned      by main, at src/main.rs:3:5"
    );
    assert_eq!(
        lines[5],
        "-  0s     1  world  spawned      by main, at src/main.rs:3:5"
    );
    assert_eq!(lines[10], "- (17 more)");
    assert_eq!(
        lines[11],
        "+  0s     1  bob    spawned      by main, at src/main.rs:3:5"
    );
}

#[test]
fn a_recording_that_is_over_early_differs() {
    let whole = two_sleepers();
    let part: Recording = whole.iter().take(20).cloned().collect();
    let found = difference(&whole, &part).unwrap();
    assert_eq!((found.position(), found.right()), (20, None));
    let text = found.to_string();
    assert!(
        text.contains("  (15 equal events before these)\n"),
        "{text}"
    );
    assert!(text.ends_with("- (1 more)\n+ (it is over)\n"), "{text}");
}

#[test]
fn a_difference_that_words_do_not_show_is_shown_in_full() {
    let with_name = |name: Option<&str>| -> Recording {
        let mut made = Maker::default();
        made.spawn(0, None, "main");
        let (by, name) = (None, name.map(str::to_owned));
        let place = yield_to_await::trace::Place::new("a.rs", 1, 1);
        made.it(1, What::Spawned { by, name, place });
        made.take()
    };
    let found = difference(&with_name(None), &with_name(Some("task 1"))).unwrap();
    assert!(found.to_string().contains("Some(\"task 1\")"), "{found}");
}

#[test]
fn the_lanes_differ_in_nothing_but_places() {
    let pipeline = Program::find("pipeline").unwrap();
    let [one, two, three] = Lane::ALL.map(|lane| runs::record(pipeline, lane, 6));
    assert!(difference(&two, &three).is_some());
    let plain = [one, two, three].map(|recording| recording.without_places());
    for other in &plain[1..] {
        if let Some(difference) = difference(&plain[0], other) {
            panic!("{difference}");
        }
    }
}

/// A million of them, or fewer where nothing is optimized.
#[test]
fn many_events_are_written_and_read_back() {
    let many = if cfg!(debug_assertions) {
        60_000
    } else {
        1_000_000
    };
    let few: Vec<Event> = runs::pipeline().into_iter().collect();
    let recording: Recording = (0..many)
        .map(|i: u64| {
            let mut event = few[usize::try_from(i).unwrap() % few.len()].clone();
            (event.step, event.at) = (i, Duration::from_nanos(i * 1001) + ms(1));
            event
        })
        .collect();
    let text = serde_json::to_string(&recording).unwrap();
    let read: Recording = serde_json::from_str(&text).unwrap();
    assert_eq!(read.len(), recording.len());
    assert!(read == recording);
}

#[test]
fn a_clock_that_always_moves_is_shown_where_much_passes() {
    let mut made = Maker::default();
    made.at(1).spawn(0, None, "main");
    for i in 0..10_u64 {
        made.at(100 * i + 2).begin(0, 0);
        made.at(100 * i + 2)
            .print(0, "a")
            .at(100 * i + 3)
            .print(0, "b");
        made.at(100 * i + 4).wait(0, &[]).wake(0, Cause::Elsewhere);
    }
    let picture = svg(&made.take(), "");
    let moments = picture.matches("<title>the clock says ").count();
    // In ten steps and nine gaps, each much longer than a step.
    assert_eq!(moments, 10);
}

#[test]
fn a_wait_is_said_as_fully_as_there_is_room() {
    let label = |steps: u64| {
        let mut made = Maker::default();
        let mutex = serde_json::json!({"kind": "mutex", "number": 3, "name": "a fork"});
        let mutex = Wait::Mutex(serde_json::from_value(mutex).unwrap());
        made.spawn(0, None, "main").spawn(1, Some(0), "other");
        made.begin(0, 1).wait(0, &[mutex]);
        for _ in 0..steps {
            made.begin(1, 0).wait(1, &[Wait::Turn]);
        }
        made.wake(0, Cause::Task(task(1))).begin(0, 1);
        let texts = texts(&svg(&made.take(), ""));
        texts.into_iter().find(|text| text.contains("mutex"))
    };
    let labels = [0, 1, 2, 4].map(|steps| label(steps).unwrap_or_default());
    let expected = [
        "",
        "mutex 3",
        "mutex 3 `a fork`",
        "the lock of mutex 3 `a fork`",
    ];
    assert_eq!(labels, expected);
}
