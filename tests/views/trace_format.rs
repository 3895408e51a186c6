//! What a trace in Chrome's format must be, as far as readers rely on it.

use std::collections::HashMap;

use serde_json::Value;
use yield_to_await::trace::{Recording, perfetto};

/// The fields that an event of a phase must have besides those that all have.
fn required(phase: &str) -> &'static [&'static str] {
    match phase {
        "B" | "E" => &["tid"],
        "b" | "e" => &["cat", "id"],
        "s" => &["cat", "id", "tid"],
        "f" => &["cat", "id", "tid", "bp"],
        "i" => &["s", "tid"],
        "C" | "M" => &["args"],
        other => panic!("a phase that nobody has told of: {other}"),
    }
}

/// Panics if it is not what it must be; returns its events.
pub(crate) fn checked(title: &str, recording: &Recording) -> Vec<Value> {
    let trace: Value = serde_json::from_str(&perfetto(recording)).unwrap();
    assert_eq!(trace["displayTimeUnit"], "ms");
    let events = trace["traceEvents"].as_array().unwrap();
    let mut last = 0;
    // Threads, tracks and arrows, each with what is open.
    let mut slices: HashMap<u64, Vec<&str>> = HashMap::new();
    let mut tracks: HashMap<(&str, &str), Vec<&str>> = HashMap::new();
    let mut arrows: HashMap<&str, &str> = HashMap::new();
    for event in events {
        let context = format!("{title}: {event}");
        let phase = event["ph"].as_str().unwrap();
        let name = event["name"].as_str().unwrap();
        for field in required(phase).iter().chain(&["pid", "ts"]) {
            assert!(!event[field].is_null(), "{context} has no `{field}`");
        }
        let ts = event["ts"].as_u64().unwrap();
        assert!(ts >= last, "{context} goes back in time");
        assert!(ts < 1 << 53, "{context} is too late to be exact");
        last = ts;

        let thread = event["tid"].as_u64().unwrap();
        let slice = slices.entry(thread).or_default();
        let track = || {
            (
                event["cat"].as_str().unwrap(),
                event["id"].as_str().unwrap(),
            )
        };
        match phase {
            "B" => slice.push(name),
            "E" => assert_eq!(slice.pop(), Some(name), "{context} ends what is not open"),
            "b" => tracks.entry(track()).or_default().push(name),
            "e" => {
                let open = tracks.get_mut(&track()).and_then(Vec::pop);
                assert_eq!(open, Some(name), "{context} ends what is not open");
            }
            "s" | "f" => {
                assert!(!slice.is_empty(), "{context} is in no slice");
                let id = event["id"].as_str().unwrap();
                if phase == "s" {
                    assert!(arrows.insert(id, name).is_none(), "{context}: two of an id");
                } else {
                    assert_eq!(arrows.remove(id), Some(name), "{context} begins nowhere");
                    assert_eq!(event["bp"], "e");
                }
            }
            "i" => assert_eq!(event["s"], "t"),
            _ => assert!(event["args"].is_object(), "{context}"),
        }
    }
    assert!(slices.values().all(Vec::is_empty), "{title}: {slices:?}");
    assert!(tracks.values().all(Vec::is_empty), "{title}: {tracks:?}");
    events.clone()
}
