//! What a run tells its observer, and what an observer may do.

#[path = "../lanes/mod.rs"]
mod lanes;

mod asked;
mod endings;
mod foreign;
mod observers;
mod panics;
mod runs;
mod several;
mod size;
mod soup;
mod spawned;
mod steps;
mod timers;
mod waits;
mod woken;

use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use yield_to_await::trace::{Event, Recorder, Recording, Replay, Standing, Wait, What};
use yield_to_await::{Clock, Setup};

pub(crate) const SIM: Clock = Clock::Simulated;

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Records what `run` does on the simulated clock.
pub(crate) fn record<T>(run: impl FnOnce(Setup) -> T) -> Recording {
    record_on(SIM, run)
}

pub(crate) fn record_on<T>(clock: Clock, run: impl FnOnce(Setup) -> T) -> Recording {
    let recorder = Recorder::new();
    drop(run(Setup::new().clock(clock).record(&recorder)));
    let recording = recorder.take();
    check(&recording);
    recording
}

/// What every recording of a whole run keeps to.
pub(crate) fn check(recording: &Recording) {
    let mut replay = Replay::new(recording);
    let mut before: Option<&Event> = None;
    let mut armed = HashMap::new();
    let mut timers = 0;
    loop {
        let front = replay.queue().next();
        let running = replay.running();
        let Some(event) = recording.events().get(replay.position()) else {
            break;
        };
        let standing = event.task.and_then(|id| replay.task(id));
        let standing = standing.map(|task| task.standing);
        let queued = event
            .task
            .is_some_and(|id| replay.queue().any(|other| other == id));
        replay.step();
        let said = || {
            format!(
                "event {}: {event:?}\n{}",
                replay.position(),
                story(recording).join("\n")
            )
        };
        let (at, step) = before.map_or((Duration::ZERO, 0), |before| (before.at, before.step));
        assert!(event.at >= at, "time goes back: {}", said());
        let begins = u64::from(matches!(event.what, What::StepBegan { .. }));
        assert_eq!(event.step, step + begins, "{}", said());
        before = Some(event);
        if let Some(standing) = standing
            && !matches!(
                event.what,
                What::Printed { .. }
                    | What::TimerDisarmed { .. }
                    | What::TimerFired { .. }
                    | What::TimerArmed { .. }
            )
        {
            assert!(!standing.is_over(), "it is over: {}", said());
        }
        match &event.what {
            What::Spawned { .. } => assert_eq!(standing, None, "{}", said()),
            What::StepBegan { ready } => {
                assert_eq!(front, event.task, "the front has the turn: {}", said());
                assert_eq!(*ready, replay.ready(), "{}", said());
                assert_eq!(running, None, "{}", said());
                assert_ne!(standing, Some(Standing::Leaving), "{}", said());
            }
            What::Suspended { on, .. } => {
                assert_eq!(running, event.task, "{}", said());
                assert!(!on.is_empty(), "{}", said());
            }
            What::Ended => assert_eq!(running, event.task, "{}", said()),
            What::Woken { .. } => {
                assert!(!queued, "it stands there already: {}", said());
                assert!(standing.is_some(), "{}", said());
            }
            What::TimerArmed { timer, .. } => {
                timers += 1;
                assert_eq!(*timer, timers, "{}", said());
                armed.insert(*timer, event.task);
            }
            What::TimerFired { timer } | What::TimerDisarmed { timer } => {
                assert_eq!(armed.remove(timer), Some(event.task), "{}", said());
            }
            _ => {}
        }
    }
    for task in replay.tasks() {
        assert!(
            task.standing.is_over(),
            "{task:?}\n{}",
            story(recording).join("\n")
        );
        assert!(
            task.spawned_at.is_some(),
            "{task:?}\n{}",
            story(recording).join("\n")
        );
    }
    assert_eq!(replay.ready(), 0, "{}", story(recording).join("\n"));
    assert!(
        armed.is_empty(),
        "still armed: {armed:?}\n{}",
        story(recording).join("\n")
    );
}

/// The number of the first task of this name.
pub(crate) fn number(recording: &Recording, called: &str) -> u64 {
    let mut numbers = recording.iter().filter_map(|event| match &event.what {
        What::Spawned { name, .. } if name.as_deref() == Some(called) => {
            event.task.map(|id| id.number())
        }
        _ => None,
    });
    numbers
        .next()
        .unwrap_or_else(|| panic!("nobody is called {called}"))
}

/// What happened to the task of this number.
pub(crate) fn of(recording: &Recording, task: u64) -> impl Iterator<Item = &What> {
    let events = recording.iter();
    let events = events.filter(move |event| event.task.is_some_and(|id| id.number() == task));
    events.map(|event| &event.what)
}

pub(crate) fn in_words(waits: &[Wait]) -> String {
    let words: Vec<String> = waits.iter().map(Wait::to_string).collect();
    words.join(", ")
}

/// What the task of this name was suspended on, one time after the other.
pub(crate) fn waits_of(recording: &Recording, name: &str) -> Vec<String> {
    of(recording, number(recording, name))
        .filter_map(|what| match what {
            What::Suspended { on, .. } => Some(in_words(on)),
            _ => None,
        })
        .collect()
}

/// The run in short: `main: spawned`, one line an event, with what is the same in every lane.
pub(crate) fn story(recording: &Recording) -> Vec<String> {
    let replay = Replay::new(recording);
    let name = |id| replay.name(id);
    let by = |id: &Option<_>| id.map_or("nobody".to_owned(), name);
    recording
        .iter()
        .map(|event| {
            let who = by(&event.task);
            let term = event.what.term();
            let more = match &event.what {
                What::Spawned { by: task, .. } | What::CancelRequested { by: task } => {
                    format!(" by {}", by(task))
                }
                What::Suspended { on, .. } => format!(" on {}", in_words(on)),
                What::Woken { by } => match by {
                    yield_to_await::trace::Cause::Task(id) => format!(" by {}", name(*id)),
                    yield_to_await::trace::Cause::Timer(timer) => format!(" by timer {timer}"),
                    _ => " from elsewhere".to_owned(),
                },
                What::TimerArmed { timer, .. }
                | What::TimerFired { timer }
                | What::TimerDisarmed { timer } => format!(" {timer}"),
                What::Panicked { message } => format!(": {message}"),
                What::Printed { text, .. } => format!(": {text}"),
                _ => String::new(),
            };
            format!("{who}: {term}{more}")
        })
        .collect()
}

/// What `f` panics with.
pub(crate) fn panic_of<T>(f: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(f)) else {
        panic!("it does not panic");
    };
    message_of(&*panic)
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let formatted = payload.downcast_ref::<String>().map(String::as_str);
    let text = formatted.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("a payload that is not text").to_owned()
}
