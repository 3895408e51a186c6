//! Every program, recorded.

use yield_to_await::programs::{DEADLOCKS, Lane, PROGRAMS, Program};
use yield_to_await::trace::{Recorder, Recording};
use yield_to_await::{Clock, Setup};

pub(crate) fn record(program: &Program, lane: Lane, size: usize) -> Recording {
    let recorder = Recorder::new();
    let setup = Setup::new().clock(Clock::Simulated).record(&recorder);
    // A deadlock is a run, too.
    let _ = program.run(lane, setup, size);
    recorder.take()
}

/// Every program in every lane and in every size, and those that get stuck, each with what to call it.
pub(crate) fn all() -> impl Iterator<Item = (String, Recording)> {
    let programs = PROGRAMS.iter().chain(DEADLOCKS);
    programs.flat_map(|program| {
        Lane::ALL.into_iter().flat_map(move |lane| {
            program.sizes.iter().map(move |&size| {
                let title = format!("{} {size} in {lane}", program.name);
                (title, record(program, lane, size))
            })
        })
    })
}

pub(crate) fn pipeline() -> Recording {
    record(Program::find("pipeline").unwrap(), Lane::AsyncAwait, 6)
}
