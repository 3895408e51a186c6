//! Events in an order that no loop would tell them in, about tasks that nobody has spawned, in words that nobody would want to read.

use std::time::Duration;

use proptest::prelude::*;
use yield_to_await::TaskId;
use yield_to_await::trace::{Cause, Event, Place, Recording, Wait, What};

use crate::made::task;

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("worker".to_owned()),
        Just(String::new()),
        Just("</text><script>alert(1)</script>".to_owned()),
        Just("a\n\n    b\r\t\0\u{1b}[31m".to_owned()),
        Just("\u{202e}end; %% \"#35;' ]]>--&amp;\u{ffff}\u{2028}".to_owned()),
        Just("task 3".to_owned()),
        "\\PC{0,40}",
        any::<String>(),
    ]
}

fn id() -> impl Strategy<Value = TaskId> {
    prop_oneof![9 => 0..6_u64, 1 => any::<u64>()].prop_map(task)
}

fn moment() -> impl Strategy<Value = Duration> {
    prop_oneof![
        4 => (0..4_u64).prop_map(Duration::from_secs),
        2 => any::<u64>().prop_map(Duration::from_nanos),
        1 => Just(Duration::MAX),
    ]
}

fn wait() -> impl Strategy<Value = Wait> {
    prop_oneof![
        Just(Wait::Turn),
        Just(Wait::Elsewhere),
        Just(Wait::Nothing),
        id().prop_map(Wait::End),
        prop::collection::vec(id(), 0..12).prop_map(Wait::EndOfAll),
        prop::collection::vec(id(), 0..12).prop_map(Wait::EndOfAny),
        moment().prop_map(Wait::Sleep),
        moment().prop_map(Wait::Timeout),
        word().prop_map(|name| {
            let id = serde_json::json!({"kind": "mutex", "number": 3, "name": name});
            Wait::Mutex(serde_json::from_value(id).unwrap())
        }),
    ]
}

fn cause() -> impl Strategy<Value = Cause> {
    prop_oneof![
        id().prop_map(Cause::Task),
        (0..4_u64).prop_map(Cause::Timer),
        Just(Cause::Elsewhere),
    ]
}

fn place() -> impl Strategy<Value = Place> {
    (word(), any::<u32>()).prop_map(|(file, line)| Place::new(file, line, 1))
}

fn what() -> impl Strategy<Value = What> {
    let by = || prop::option::of(id());
    let text = || prop::option::of(word());
    let timer = || 0..4_u64;
    prop_oneof![
        2 => (by(), text(), place()).prop_map(|(by, name, place)| What::Spawned { by, name, place }),
        4 => (0..9_usize).prop_map(|ready| What::StepBegan { ready }),
        4 => (prop::collection::vec(wait(), 0..3), text(), prop::option::of(place())).prop_map(
            |(on, state, place)| What::Suspended { on, state: state.map(Into::into), place }
        ),
        3 => cause().prop_map(|by| What::Woken { by }),
        1 => (timer(), moment()).prop_map(|(timer, deadline)| What::TimerArmed { timer, deadline }),
        1 => timer().prop_map(|timer| What::TimerFired { timer }),
        1 => timer().prop_map(|timer| What::TimerDisarmed { timer }),
        1 => by().prop_map(|by| What::CancelRequested { by }),
        2 => (text(), word()).prop_map(|(label, text)| What::Printed { label, text }),
        1 => Just(What::Ended),
        1 => Just(What::Dropped),
        1 => word().prop_map(|message| What::Panicked { message }),
        1 => Just(What::Stuck),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let step = prop_oneof![0..9_u64, any::<u64>()];
    let parts = (moment(), step, prop::option::of(id()), what());
    parts.prop_map(|(at, step, task, what)| Event::new(at, step, task, what))
}

pub(crate) fn soup() -> impl Strategy<Value = Recording> {
    let events = prop::collection::vec(event(), 0..60);
    events.prop_map(|events| events.into_iter().collect())
}
