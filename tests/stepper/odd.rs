//! Recordings that no program makes.

use std::time::Duration;

use serde_json::json;
use yield_to_await::trace::{Cause, Event, Place, Recorder, Recording, Stepper, Wait, What};
use yield_to_await::{Clock, Setup, TaskId};

use crate::browser::Browser;
use crate::controls::{END, RIGHT, moment};
use crate::seen::{expected, seen};
use crate::written;

pub(crate) fn what_looks_like_markup_is_text(browser: &Browser) {
    let name = "</script><script>throw 1</script><!--<img src=x onerror=alert(1)>\u{2028}";
    let recorder = Recorder::new();
    let setup = Setup::new().clock(Clock::Simulated).record(&recorder);
    yield_to_await::async_await::run_with(setup, async move {
        let task = yield_to_await::async_await::spawn_named(name, async move {
            yield_to_await::trace::say(name);
        });
        task.await.unwrap();
    });
    let recording = recorder.take();
    let stepper = Stepper::new(name)
        .about(name)
        .run(name, &recording)
        .source(name, name, 1, name);
    browser.open(&written("hostile", &stepper), "");
    browser.press("", END);
    assert_eq!(moment(browser), recording.len());
    assert!(browser.text("#output").contains(name));
    assert!(browser.text("h1").contains("</script><script>"));
    assert_eq!(browser.script("return document.images.length", &[]), 0);
    browser.open(&written("empty", &Stepper::new("Nothing")), "");
    assert_eq!(browser.text("#left-out"), "There is no run in this page.");
    browser.open(
        &written(
            "silent",
            &Stepper::new("Nothing").run("nothing", &Recording::default()),
        ),
        "",
    );
    browser.press("", RIGHT);
    assert_eq!(moment(browser), 0);
}

/// Numbers that look like chance, and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn task(&mut self) -> TaskId {
        let number = self.roll(6);
        serde_json::from_value(number.into()).unwrap()
    }

    fn maybe(&mut self) -> Option<TaskId> {
        (self.roll(3) > 0).then(|| self.task())
    }

    fn waits(&mut self) -> Vec<Wait> {
        let waits = [
            Wait::Turn,
            Wait::End(self.task()),
            Wait::EndOfAny(vec![self.task(), self.task()]),
            Wait::Timeout(Duration::MAX),
        ];
        waits.into_iter().filter(|_| self.roll(3) == 0).collect()
    }

    /// Ends are rare, for nothing happens to a task after its own.
    fn what(&mut self, line: u32) -> What {
        let place = Place::new("odd.rs", line, 1);
        match self.roll(40) {
            0..4 => What::Spawned {
                by: self.maybe(),
                name: (self.roll(2) == 0).then(|| "twin".to_owned()),
                place,
            },
            4..12 => What::StepBegan { ready: 0 },
            12..20 => What::Suspended {
                on: self.waits(),
                state: (self.roll(2) == 0).then(|| format!("State {line}").into()),
                place: (self.roll(2) == 0).then_some(place),
            },
            20..26 => What::Woken {
                by: match self.roll(3) {
                    0 => Cause::Task(self.task()),
                    1 => Cause::Timer(self.roll(9)),
                    _ => Cause::Elsewhere,
                },
            },
            26..30 => What::TimerArmed {
                timer: self.roll(9),
                deadline: Duration::from_nanos(self.roll(5) * 1_000_000_001),
            },
            30 => What::TimerFired {
                timer: self.roll(9),
            },
            31 => What::TimerDisarmed {
                timer: self.roll(9),
            },
            32..34 => What::CancelRequested { by: self.maybe() },
            34..37 => What::Printed {
                label: None,
                text: format!("line {line}\n"),
            },
            37 if self.roll(8) == 0 => What::Ended,
            38 if self.roll(8) == 0 => What::Dropped,
            39 if self.roll(8) == 0 => What::Panicked {
                message: String::new(),
            },
            _ => What::Stuck,
        }
    }
}

/// What happens in it makes no sense, and is to be shown all the same.
fn soup(seed: u64) -> Recording {
    let mut dice = Dice(seed);
    let events = (0..90).map(|i| {
        let task = (dice.roll(12) > 0).then(|| dice.task());
        let what = dice.what(i + 1);
        Event::new(
            Duration::from_millis(u64::from(i / 7)),
            u64::from(i / 4),
            task,
            what,
        )
    });
    events.collect()
}

pub(crate) fn nonsense_is_shown_as_the_replay_takes_it(browser: &Browser) {
    for seed in 0..3 {
        let recording = soup(seed);
        let lines = "\n".repeat(90);
        let stepper = Stepper::new("Soup").run("soup", &recording);
        let page = written("soup", &stepper.source("soup", "odd.rs", 1, lines));
        browser.open(&page, "");
        let moments: Vec<usize> = (0..=recording.len()).collect();
        let seen = seen(browser, "", &moments);
        for (seen, expected) in seen.iter().zip(expected(&recording, &moments, |_| true)) {
            assert_eq!(*seen, expected, "seed {seed}");
        }
    }
}

/// Changes whatever a lane must not change about an event. Not all kinds have such a thing.
fn changed(mut event: Event) -> Option<Event> {
    match &mut event.what {
        What::StepBegan { ready } => *ready += 1,
        What::Suspended { on, .. } => on.push(Wait::Nothing),
        What::Woken { by } => *by = Cause::Timer(77),
        What::TimerArmed { deadline, .. } => *deadline += Duration::from_nanos(1),
        What::TimerFired { timer } | What::TimerDisarmed { timer } => *timer += 1,
        What::Spawned { by, .. } | What::CancelRequested { by } => {
            *by = by
                .is_none()
                .then(|| serde_json::from_value(5.into()).unwrap());
        }
        What::Printed { label, .. } => *label = Some("changed".to_owned()),
        What::Panicked { message } => message.push('!'),
        _ => return None,
    }
    Some(event)
}

pub(crate) fn any_change_is_found_but_for_places_and_states(browser: &Browser) {
    let right = soup(1);
    let mut stepper = Stepper::new("Changes").run("right", &right);
    stepper = stepper.run("elsewhere", &right.without_places());
    let mut changes = 0;
    for (i, event) in right.iter().enumerate() {
        if let Some(event) = changed(event.clone()) {
            let mut events = right.events().to_vec();
            events[i] = event;
            // By the number of the event that is not the same.
            stepper = stepper.run((i + 1).to_string(), &events.into_iter().collect());
            changes += 1;
        }
    }
    assert!(changes > 60);
    browser.open(&written("changes", &stepper), "#1,right");
    let found = "
        const buttons = [...others.children].map(({dataset}) => dataset.key).filter((key) => key !== '');
        return buttons.map((key) => {
            others.querySelector(`[data-key='${key}']`).click();
            return [key, comparison.dataset.first];
        });
    ";
    let found = browser.script(found, &[]);
    let found = found.as_array().unwrap();
    assert_eq!(found[0], json!(["elsewhere", ""]));
    assert_eq!(found.len(), changes + 1);
    for pair in &found[1..] {
        assert_eq!(pair[0], pair[1]);
    }
}
