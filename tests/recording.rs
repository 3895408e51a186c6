//! What a run tells its observer: the same in every lane, event by event.

use std::fs;
use std::future::{pending, poll_fn};
use std::ops::RangeInclusive;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use yield_to_await::programs::{DEADLOCKS, Lane, Log, PROGRAMS, Program};
use yield_to_await::trace::{self, Event, Recorder, Recording, Wait, What, difference};
use yield_to_await::{Clock, Setup, async_await as aw, generators as g, state_machines as sm};

fn record(program: &Program, lane: Lane, size: usize) -> Recording {
    let recorder = Recorder::new();
    let setup = Setup::new().clock(Clock::Simulated).record(&recorder);
    let _ = program.form(lane)(setup, Log::new(), size);
    recorder.take()
}

#[test]
fn every_lane_tells_the_same_event_by_event() {
    for program in PROGRAMS.iter().chain(DEADLOCKS) {
        for &size in program.sizes {
            let [first, others @ ..] =
                Lane::ALL.map(|lane| record(program, lane, size).without_places());
            for (other, lane) in others.iter().zip(&Lane::ALL[1..]) {
                if let Some(difference) = difference(&first, other) {
                    panic!(
                        "{}, size {size}: generators, and then {lane}\n{difference}",
                        program.name
                    );
                }
            }
        }
    }
}

/// A program's page, as it stands in the source.
struct Page {
    /// Below the package, with slashes.
    path: String,
    text: String,
}

impl Page {
    fn of(program: &Program) -> Self {
        let is_deadlock = DEADLOCKS.iter().any(|other| other.name == program.name);
        let folder = if is_deadlock { "deadlocks/" } else { "" };
        let path = format!("src/programs/{folder}{}.rs", program.name);
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path));
        let text = text.unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path, text }
    }

    /// The numbers of the lines of a lane's module; the first line is 1.
    fn form(&self, lane: Lane) -> RangeInclusive<usize> {
        let opening = format!("mod {} {{", lane.name());
        let begin = self.text.lines().position(|line| line == opening);
        let begin = begin.unwrap_or_else(|| panic!("{}: no `{opening}`", self.path));
        let length = self.text.lines().skip(begin).position(|line| line == "}");
        let length = length.unwrap_or_else(|| panic!("{}: {lane} is not closed", self.path));
        begin + 1..=begin + length + 1
    }

    /// What a machine that is polled on this line is called by its `impl`, with the arm of the `match` that the line is in, if there is one.
    fn state_at(&self, line: usize) -> String {
        let mut state = String::new();
        for line in self.text.lines().take(line).map(str::trim) {
            if line.starts_with("impl") {
                let machine = line.split_once(" for ").map_or("nobody", |(_, name)| name);
                state = machine.split(['<', ' ']).next().unwrap().to_owned();
            } else if let Some((enumeration, arm)) = line.split_once("::")
                && line.contains("=>")
                && words(enumeration).count() == 1
            {
                let machine = state.split("::").next().unwrap();
                state = format!("{machine}::{}", words(arm).next().unwrap());
            }
        }
        state
    }
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// Calls `see` for every event of every program, in every lane and every size that is not too long for it.
fn for_every_event(mut see: impl FnMut(&Page, Lane, &Event)) {
    for program in PROGRAMS.iter().chain(DEADLOCKS) {
        let page = Page::of(program);
        for &size in program.sizes.iter().filter(|size| **size <= 100) {
            for lane in Lane::ALL {
                let recording = record(program, lane, size);
                recording.iter().for_each(|event| see(&page, lane, event));
            }
        }
    }
}

#[test]
fn every_suspended_coroutine_says_where_it_stands() {
    let mut count = 0;
    for_every_event(|page, lane, event| {
        let What::Suspended { place, .. } = &event.what else {
            return;
        };
        let Page { path, text } = page;
        let Some(place) = place else {
            panic!("{path} in {lane}: it stands nowhere: {event:?}");
        };
        assert_eq!(place.file.replace('\\', "/"), *path, "in {lane}");
        let line = usize::try_from(place.line).unwrap();
        let form = page.form(lane);
        assert!(form.contains(&line), "{place} is not in {lane}, {form:?}");
        let code = text.lines().nth(line - 1).unwrap();
        let waits: &[&str] = match lane {
            Lane::Generators | Lane::AsyncAwait => &[".await"],
            Lane::StateMachines => &[".poll(", ".poll_next("],
        };
        let waits = waits.iter().any(|wait| code.contains(wait));
        assert!(waits, "{place} in {lane}: nothing waits in `{code}`");
        count += 1;
    });
    assert!(count > 1000, "only {count} waits");
}

#[test]
fn every_hand_written_machine_names_its_state() {
    let mut count = 0;
    for_every_event(|page, lane, event| {
        let What::Suspended { state, place, .. } = &event.what else {
            return;
        };
        let path = &page.path;
        if lane != Lane::StateMachines {
            assert_eq!(*state, None, "{path} in {lane}");
            return;
        }
        let Some(state) = state else {
            panic!("{path}: it does not name its state: {event:?}");
        };
        let place = place.as_ref().expect("another test sees to that");
        let here = page.state_at(usize::try_from(place.line).unwrap());
        assert_eq!(*state, here, "{place}");
        count += 1;
    });
    assert!(count > 300, "only {count} waits");
}

const fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

fn record_root(root: impl Future<Output = ()>) -> Recording {
    let recorder = Recorder::new();
    aw::run_with(Setup::new().clock(Clock::Simulated).record(&recorder), root);
    recorder.take()
}

/// What the root waited for, each time.
fn waits(root: impl Future<Output = ()>) -> Vec<Vec<Wait>> {
    let recording = record_root(root);
    let root = recording.events()[0].task;
    let waits = |event: Event| match event.what {
        What::Suspended { on, .. } if event.task == root => Some(on),
        _ => None,
    };
    recording.into_iter().filter_map(waits).collect()
}

fn sleeper(time: u64) -> aw::JoinHandle<()> {
    aw::spawn(aw::sleep(ms(time)))
}

#[test]
fn a_wait_that_was_given_up_is_not_told_of_again() {
    let waits = waits(async {
        let task = sleeper(9);
        let _ = aw::timeout(ms(1), task.finished()).await;
        task.finished().await;
    });
    assert!(matches!(*waits[1], [Wait::End(_)]), "{waits:?}");
}

#[test]
fn of_several_waits_at_once_each_is_told_of_once() {
    let ends = waits(async {
        let task = sleeper(1);
        futures::join!(task.finished(), task.finished());
    });
    assert!(matches!(*ends[0], [Wait::End(_), Wait::End(_)]), "{ends:?}");
    let gathers = waits(async {
        let first = aw::gather([sleeper(1), sleeper(2)]);
        let second = aw::gather([sleeper(3), sleeper(4)]);
        let third = sleeper(5);
        let _ = futures::join!(first, second, third.finished());
    });
    let [
        Wait::EndOfAll(first),
        Wait::EndOfAll(second),
        Wait::End(third),
    ] = &*gathers[0]
    else {
        panic!("{gathers:?}");
    };
    let numbers = [first, second].map(|ids| ids.iter().map(ToString::to_string).collect());
    let expected = [["task 1", "task 2"], ["task 3", "task 4"]].map(|ids| ids.map(str::to_owned));
    assert_eq!(
        (numbers, third.to_string()),
        (expected.map(Vec::from), "task 5".to_owned())
    );
}

#[test]
fn what_is_under_a_limit_is_dropped_before_the_limit() {
    /// Ends with its second sleep, and holds the first still.
    fn body() -> impl Future<Output = ()> {
        let (mut long, mut short) = (aw::sleep(ms(5)), aw::sleep(ms(1)));
        poll_fn(move |cx| {
            let _ = Pin::new(&mut long).poll(cx);
            Pin::new(&mut short).poll(cx)
        })
    }
    for recording in [
        record_root(async { aw::timeout(ms(9), body()).await.unwrap() }),
        record_root(async { sm::timeout(ms(9), body()).await.unwrap() }),
    ] {
        let disarmed = |event: &Event| match event.what {
            What::TimerDisarmed { timer } => Some(timer),
            _ => None,
        };
        let disarmed: Vec<u64> = recording.iter().filter_map(disarmed).collect();
        assert_eq!(disarmed, [1, 3]);
    }
}

#[test]
fn a_limit_that_has_passed_arms_no_timer() {
    let recorder = Recorder::new();
    let setup = Setup::new().clock(Clock::Simulated).record(&recorder);
    g::run_with(setup, async |co: &g::Co| {
        let nap = g::sleep(co, ms(1));
        g::timeout(co, ms(0), nap).await.unwrap_err();
    });
    let in_lane_1 = recorder.take();
    for recording in [
        in_lane_1,
        record_root(async {
            sm::timeout(ms(0), sm::sleep(ms(1))).await.unwrap_err();
        }),
        record_root(async {
            aw::timeout(ms(0), aw::sleep(ms(1))).await.unwrap_err();
        }),
    ] {
        let armed = |event: &&Event| matches!(event.what, What::TimerArmed { .. });
        assert_eq!(
            recording.iter().filter(armed).count(),
            1,
            "that of the sleep"
        );
    }
}

#[test]
fn that_a_step_begins_is_told_before_it_runs() {
    let begun = Arc::new(AtomicU64::new(0));
    let setup = Setup::new().clock(Clock::Simulated).observe({
        let begun = Arc::clone(&begun);
        move |event| begun.store(event.step, Ordering::Relaxed)
    });
    g::run_with(setup.clone(), async |co: &g::Co| {
        assert_eq!(begun.load(Ordering::Relaxed), 1);
        g::yield_now(co).await;
        assert_eq!(begun.load(Ordering::Relaxed), 2);
    });
    aw::run_with(setup, async {
        assert_eq!(begun.load(Ordering::Relaxed), 1);
        aw::yield_now().await;
        assert_eq!(begun.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn whoever_waits_for_foreign_code_stands_nowhere() {
    // In its second step the sleep is over.
    let recording = record_root(async {
        aw::sleep(ms(1)).await;
        pending::<()>().await;
    });
    let stands = recording.iter().filter_map(|event| match &event.what {
        What::Suspended { place, .. } => Some(place.is_some()),
        _ => None,
    });
    assert_eq!(stands.collect::<Vec<_>>(), [true, false]);
}

#[test]
fn the_name_of_a_state_is_that_of_one_step() {
    let recording = record_root(async {
        let ends = aw::spawn(async { trace::state("Ends") });
        ends.await.unwrap();
        aw::yield_now().await;
        trace::state("Yields");
        aw::yield_now().await;
        aw::yield_now().await;
    });
    let states = recording.iter().filter_map(|event| match &event.what {
        What::Suspended { state, .. } => Some(state.as_deref()),
        _ => None,
    });
    let expected = [None, None, Some("Yields"), None];
    assert_eq!(states.collect::<Vec<_>>(), expected);
}
