//! What every view must be, whatever is in the recording.

use std::collections::HashSet;

use proptest::prelude::*;
use yield_to_await::trace::{Recording, Replay, chart, difference, mermaid, svg, text};

use crate::made::{Maker, two_called};
use crate::soup::soup;
use crate::{runs, trace_format};

fn is_plain(text: &str) -> bool {
    let turns = |c| matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .all(|c| c == '\n' || !(c.is_control() || turns(c)))
}

fn check_text(recording: &Recording) {
    let text = text(recording);
    assert_eq!(text.lines().count(), recording.len() + 1);
    assert!(is_plain(&text), "{text}");
    for line in text.lines() {
        assert_eq!(line, line.trim_end());
    }
}

fn check_chart(recording: &Recording) {
    for width in [0, 40, 97] {
        let chart = chart(recording, width);
        assert!(is_plain(&chart), "{chart}");
        let rows = chart.lines().filter(|line| line.contains('│'));
        for row in rows {
            let len = row.chars().count();
            assert!(len <= width.max(40), "{len} > {width}: {row}");
        }
    }
}

/// Well-formed, fit to stand in Markdown, and all that it refers to is there.
fn check_svg(recording: &Recording, title: &str) {
    let picture = svg(recording, title);
    let document = roxmltree::Document::parse(&picture).unwrap();
    assert!(is_plain(&picture));
    let (first, _) = picture.split_once('\n').unwrap();
    assert!(
        first.starts_with("<svg ") && first.ends_with('>'),
        "{first}"
    );
    assert!(!first[..first.len() - 1].contains('>'), "{first}");
    for line in picture.lines() {
        assert!(
            !line.trim().is_empty() && !line.starts_with("    "),
            "{line:?}"
        );
    }
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let nodes = || root.descendants().filter(|node| node.is_element());
    let ids: Vec<&str> = nodes().filter_map(|node| node.attribute("id")).collect();
    let different: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), different.len(), "{ids:?}");
    for part in picture.split("url(#").skip(1) {
        let (id, _) = part.split_once(')').unwrap();
        assert!(different.contains(id), "{id} is nowhere");
    }
    let size = |name| -> f64 { root.attribute(name).unwrap().parse().unwrap() };
    let (width, height) = (size("width"), size("height"));
    for node in nodes() {
        let name = node.tag_name().name();
        let known = [
            "svg", "title", "desc", "style", "defs", "pattern", "path", "g", "text", "rect",
            "circle",
        ];
        assert!(known.contains(&name), "a <{name}> has got in");
        if name == "text" {
            let at = |name| -> f64 { node.attribute(name).unwrap().parse().unwrap() };
            assert!((0.0..width).contains(&at("x")), "{node:?}");
            assert!((0.0..height).contains(&at("y")), "{node:?}");
        }
    }
}

/// Each line has one of the few forms that are used, and its words have no sign that Mermaid reads.
fn check_mermaid(recording: &Recording) {
    let diagram = mermaid(recording);
    assert!(is_plain(&diagram), "{diagram}");
    let mut lines = diagram.lines();
    assert_eq!(lines.next(), Some("sequenceDiagram"));
    assert_eq!(lines.next(), Some("participant L as the loop"));
    let mut depth = 0;
    for line in lines {
        let words = if let Some(words) = line.strip_prefix("participant ") {
            words.split_once(" as ").unwrap().1
        } else if line.starts_with("activate t") {
            depth += 1;
            continue;
        } else if line.starts_with("deactivate t") {
            depth -= 1;
            continue;
        } else {
            line.split_once(": ").unwrap().1
        };
        assert!((0..=1).contains(&depth), "{line}");
        // Outside of the codes `#59;` there is none of these.
        let mut rest = words.to_owned();
        while let Some(from) = rest.find('#') {
            let len = rest[from..].find(';').expect("a code has an end");
            let code = &rest[from + 1..from + len];
            assert!(code.parse::<u32>().is_ok(), "{line}");
            rest.replace_range(from..=from + len, "x");
        }
        assert!(
            !rest.contains([';', '#', ':', '<', '>', '"', '%', '`', '-', '+']),
            "{line}"
        );
        let mut letters = rest.split(|c: char| !c.is_alphanumeric());
        assert!(
            !letters.any(|word| word.eq_ignore_ascii_case("end")),
            "{line}"
        );
    }
    assert_eq!(depth, 0);
}

fn check(title: &str, recording: &Recording) {
    check_text(recording);
    check_chart(recording);
    check_svg(recording, title);
    check_mermaid(recording);
    trace_format::checked(title, recording);
    assert!(difference(recording, recording).is_none());
}

#[test]
fn every_view_bears_every_program() {
    let mut count = 0;
    for (title, recording) in runs::all() {
        assert!(recording.len() > 2, "{title}");
        check(&title, &recording);
        count += 1;
    }
    assert!(count > 150, "{count}");
}

#[test]
fn every_view_bears_a_recording_of_nothing_and_of_one_event() {
    check("", &Recording::default());
    for event in two_called("a", "b") {
        check("one", &[event].into_iter().collect());
    }
}

#[test]
fn a_name_is_no_code_in_any_view() {
    let names = [
        "</text><script>",
        "a\n\n    b",
        "\"'&<>`;#end",
        "end",
        "\u{202e}\u{0}\u{1b}[2J",
        "a very long name that goes on and on and on until nobody can remember how it began",
        "名前名前名前名前名前名前名前名前",
    ];
    for name in names {
        let recording = two_called(name, "other");
        check(name, &recording);
        let views = [svg(&recording, name), mermaid(&recording)];
        assert!(!views.iter().any(|view| view.contains("<script")));
        // The words are still there.
        let mut replay = Replay::new(&recording);
        while replay.step().is_some() {}
        let shown = replay.name(replay.tasks()[1].id);
        let picture = svg(&recording, "");
        let document = roxmltree::Document::parse(&picture).unwrap();
        let mut titles = document
            .descendants()
            .filter(|node| node.has_tag_name("title"));
        let runs = format!("{shown} runs: step 2, at 0s");
        assert!(titles.any(|title| title.text() == Some(&runs)), "{runs}");
    }
}

#[test]
fn what_is_too_long_is_said_to_be_left_out() {
    let mut made = Maker::default();
    made.spawn(0, None, "main");
    for number in 1..=70 {
        made.spawn(number, Some(0), "one of many");
    }
    for step in 0..1500 {
        made.begin(step % 71, 70);
        made.wait(step % 71, &[yield_to_await::trace::Wait::Turn]);
    }
    let recording = made.take();
    check("long", &recording);
    assert!(chart(&recording, 80).ends_with("not shown: 500 later steps and 11 more tasks\n"));
    let picture = svg(&recording, "long");
    assert!(picture.contains("not shown: 1100 later steps and 31 more tasks"));
    let events = recording.len() - 200;
    let note = format!("Note over L: not shown#58; {events} later events, 51 more tasks");
    assert!(mermaid(&recording).contains(&note));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn every_view_bears_any_recording(recording in soup(), other in soup()) {
        let title = recording.iter().find_map(|event| match &event.what {
            yield_to_await::trace::What::Printed { text, .. } => Some(text.as_str()),
            _ => None,
        });
        check(title.unwrap_or("soup"), &recording);
        let difference = difference(&recording, &other);
        prop_assert_eq!(difference.is_none(), recording == other);
        if let Some(difference) = difference {
            prop_assert!(is_plain_lines(&difference.to_string()));
            let at = difference.position();
            prop_assert_eq!(difference.left(), recording.events().get(at));
            prop_assert_eq!(difference.right(), other.events().get(at));
        }
    }
}

fn is_plain_lines(text: &str) -> bool {
    text.lines().all(is_plain)
}
