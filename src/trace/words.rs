//! Events in words: the same in every view.

use std::time::Duration;

use super::event::{Cause, Event, What};
use super::names::{Names, clean};
use super::place::Place;
use super::wait::{PrimitiveId, Wait};
use crate::info::TaskId;

/// A moment or a span, as short as it can be said without loss: `0s`, `1.5ms`, `never`.
pub(super) fn moment(at: Duration) -> String {
    match at {
        Duration::ZERO => "0s".to_owned(),
        Duration::MAX => "never".to_owned(),
        at => format!("{at:?}"),
    }
}

/// The same where there is little room: one digit behind the point.
pub(super) fn short_moment(at: Duration) -> String {
    let exact = moment(at);
    match exact.chars().count() > 6 {
        true => format!("{at:.1?}"),
        false => exact,
    }
}

/// `1 step`, `2 steps`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// What a suspended task waits for: `a value from channel 1, within a timeout until 2s`.
pub(super) fn waits(on: &[Wait], names: &Names) -> String {
    let words = on.iter().map(|wait| wait.words(|task| names.name(task)));
    match on {
        [] => "something unknown".to_owned(),
        _ => clean(&words.collect::<Vec<_>>().join(", ")),
    }
}

/// The same in a few words, and in two or three, for where there is little room.
pub(super) fn short_waits(on: &[Wait], names: &Names) -> [String; 2] {
    let Some(wait) = on.first() else {
        return Default::default();
    };
    let primitive = |id: &PrimitiveId, more: &str| {
        let number = format!("{} {}{more}", id.kind, id.number);
        [clean(&format!("{id}{more}")), number]
    };
    let words = match wait {
        Wait::Receive(id) | Wait::Event(id) | Wait::Semaphore(id) | Wait::Mutex(id) => {
            return primitive(id, "");
        }
        Wait::Send(id) => return primitive(id, " full"),
        Wait::Turn => "turn".to_owned(),
        Wait::End(task) => format!("end of {}", names.name(*task)),
        Wait::EndOfAll(tasks) => format!("all of {}", tasks.len()),
        Wait::EndOfAny(tasks) => format!("any of {}", tasks.len()),
        Wait::Sleep(Duration::MAX) | Wait::Timeout(Duration::MAX) => "never".to_owned(),
        Wait::Sleep(until) | Wait::Timeout(until) => format!("sleep to {}", short_moment(*until)),
        Wait::Elsewhere => "outside".to_owned(),
        Wait::Nothing => "nothing".to_owned(),
    };
    [words.clone(), words]
}

pub(super) fn by(task: Option<TaskId>, names: &Names) -> String {
    task.map_or_else(|| "no task".to_owned(), |task| names.name(task))
}

pub(super) fn cause(cause: Cause, names: &Names) -> String {
    match cause {
        Cause::Task(task) => names.name(task),
        Cause::Timer(timer) => format!("timer {timer}"),
        Cause::Elsewhere => "somebody outside the loop".to_owned(),
    }
}

/// A line that was printed, with who speaks.
pub(super) fn line(label: Option<&str>, text: &str) -> String {
    match label {
        Some(label) => clean(&format!("{label}: {text}")),
        None => clean(text),
    }
}

/// A place in the source; empty if it has been taken out ([`Recording::without_places`](super::Recording::without_places)), and ` at ` before it otherwise.
pub(super) fn at(place: Option<&Place>) -> String {
    match place.filter(|place| !place.file.is_empty()) {
        Some(place) => format!(" at {}", clean(&place.to_string())),
        None => String::new(),
    }
}

/// What the term does not say of an event.
pub(super) fn details(event: &Event, names: &Names) -> String {
    match &event.what {
        What::Spawned { by, place, .. } => {
            let by = match event.task {
                Some(TaskId(0)) => "as the root".to_owned(),
                _ => format!("by {}", self::by(*by, names)),
            };
            match &*at(Some(place)) {
                "" => by,
                at => format!("{by},{at}"),
            }
        }
        What::StepBegan { ready } => format!("{ready} ready behind it"),
        What::Suspended { on, state, place } => {
            let mut words = format!("waits for {}", waits(on, names));
            if let Some(state) = state {
                words += &format!("; in {}", clean(state));
            }
            match &*at(place.as_ref()) {
                "" => {}
                at => words += &format!(";{at}"),
            }
            words
        }
        What::Woken { by } => format!("by {}", cause(*by, names)),
        What::TimerArmed { timer, deadline } => match *deadline {
            Duration::MAX => format!("timer {timer}, for a moment that never comes"),
            deadline => format!("timer {timer}, for {}", moment(deadline)),
        },
        What::TimerFired { timer } | What::TimerDisarmed { timer } => format!("timer {timer}"),
        What::CancelRequested { by: task } => format!("by {}", by(*task, names)),
        What::Printed { label, text } => {
            // The task's name stands before it already.
            let name = event.task.map(|task| names.name(task));
            line(
                label
                    .as_deref()
                    .filter(|label| Some(*label) != name.as_deref()),
                text,
            )
        }
        What::Ended | What::Dropped => String::new(),
        What::Panicked { message } => clean(message),
        What::Stuck => "no task can go on".to_owned(),
    }
}
