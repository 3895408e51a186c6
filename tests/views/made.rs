//! Recordings that no loop has made.

use std::time::Duration;

use yield_to_await::TaskId;
use yield_to_await::trace::{Cause, Event, Place, Recording, Wait, What};

/// The number of a task, which only a loop gives out, or a recording that is read.
pub(crate) fn task(number: u64) -> TaskId {
    serde_json::from_value(number.into()).expect("a number")
}

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Writes events down with the clock and the step that they belong to.
#[derive(Default)]
pub(crate) struct Maker {
    events: Vec<Event>,
    at: Duration,
    step: u64,
}

impl Maker {
    pub(crate) fn at(&mut self, millis: u64) -> &mut Self {
        self.at = ms(millis);
        self
    }

    pub(crate) fn it(&mut self, number: u64, what: What) -> &mut Self {
        self.step += u64::from(matches!(what, What::StepBegan { .. }));
        let event = Event::new(self.at, self.step, Some(task(number)), what);
        self.events.push(event);
        self
    }

    pub(crate) fn spawn(&mut self, number: u64, by: Option<u64>, name: &str) -> &mut Self {
        let name = Some(name.to_owned());
        let place = Place::new("src/main.rs", 3, 5);
        let by = by.map(task);
        self.it(number, What::Spawned { by, name, place })
    }

    pub(crate) fn begin(&mut self, number: u64, ready: usize) -> &mut Self {
        self.it(number, What::StepBegan { ready })
    }

    pub(crate) fn wait(&mut self, number: u64, on: &[Wait]) -> &mut Self {
        let what = What::Suspended {
            on: on.to_vec(),
            state: None,
            place: Some(Place::new("src/main.rs", 9, 9)),
        };
        self.it(number, what)
    }

    pub(crate) fn wake(&mut self, number: u64, by: Cause) -> &mut Self {
        self.it(number, What::Woken { by })
    }

    pub(crate) fn print(&mut self, number: u64, text: &str) -> &mut Self {
        let text = text.to_owned();
        self.it(number, What::Printed { label: None, text })
    }

    pub(crate) fn arm(&mut self, number: u64, timer: u64, millis: u64) -> &mut Self {
        let deadline = ms(millis);
        self.it(number, What::TimerArmed { timer, deadline })
    }

    pub(crate) fn fire(&mut self, number: u64, timer: u64) -> &mut Self {
        self.it(number, What::TimerFired { timer })
            .wake(number, Cause::Timer(timer))
    }

    pub(crate) fn take(&mut self) -> Recording {
        self.events.drain(..).collect()
    }
}

/// What `say_after` does: two tasks sleep, main gathers them.
pub(crate) fn two_sleepers() -> Recording {
    two_called("hello", "world")
}

pub(crate) fn two_called(one: &str, two: &str) -> Recording {
    let mut made = Maker::default();
    made.spawn(0, None, "main").begin(0, 0);
    made.print(0, "Started").spawn(1, Some(0), one);
    made.spawn(2, Some(0), two);
    made.wait(0, &[Wait::EndOfAll(vec![task(1), task(2)])]);
    made.begin(1, 1).arm(1, 1, 1000);
    made.wait(1, &[Wait::Sleep(ms(1000))]);
    made.begin(2, 0).arm(2, 2, 2000);
    made.wait(2, &[Wait::Sleep(ms(2000))]);
    made.at(1000).fire(1, 1).begin(1, 0).print(1, one);
    made.it(1, What::Ended);
    made.at(2000).fire(2, 2).begin(2, 0).print(2, two);
    made.it(2, What::Ended).wake(0, Cause::Task(task(2)));
    made.begin(0, 0).print(0, "Finished").it(0, What::Ended);
    made.take()
}
