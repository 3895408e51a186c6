//! Every program in the three lanes, and on the floor where that makes sense. The throughput is in steps, so the axis reads time per step.
//!
//! The programs are the table's; what is measured is the lane and not the prints, so the log is muted.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use yield_to_await::programs::{Lane, Log, PROGRAMS, Program};
use yield_to_await::{Clock, Setup};

mod floor;
#[expect(
    dead_code,
    reason = "only the floor's form of a program is needed here"
)]
mod peers;

/// The form of a program on the floor, if it has one: plays a size, returns the value.
fn on_the_floor(program: &Program) -> Option<fn(usize) -> String> {
    match program.name {
        "round_robin" => Some(peers::floor::round_robin),
        _ => None,
    }
}

/// Beside the largest size that a program is tested in, for those that grow with their size: so that the beginning and the end of a run
/// hardly count.
const LARGE: usize = 1_000;

fn programs(criterion: &mut Criterion) {
    for program in PROGRAMS {
        let largest = *program.sizes.last().expect("a program has sizes");
        bench(criterion, program, largest);
        if largest >= 40 {
            bench(criterion, program, LARGE);
        }
    }
}

fn bench(criterion: &mut Criterion, program: &Program, size: usize) {
    let mut group = criterion.benchmark_group(program.name);
    let setup = || Setup::new().clock(Clock::Simulated);
    for lane in Lane::ALL {
        let run = || program.form(lane)(setup(), Log::muted(), size);
        let expected = program
            .run(lane, setup(), size)
            .expect("it comes to an end");
        let report = run();
        assert_eq!(report.outcome.expect("it comes to an end"), expected.value);
        assert_eq!(report.counts, expected.counts);
        group.throughput(Throughput::Elements(expected.counts.steps));
        group.bench_function(BenchmarkId::new(lane.name(), size), |bench| bench.iter(run));
    }
    // The floor takes as many steps as the lanes, so their throughput holds.
    if let Some(play) = on_the_floor(program) {
        let expected = program.run(Lane::AsyncAwait, setup(), size);
        assert_eq!(play(size), expected.expect("it comes to an end").value);
        let id = BenchmarkId::new("floor", size);
        group.bench_function(id, |bench| bench.iter(|| play(size)));
    }
    group.finish();
}

criterion_group!(benches, programs);
criterion_main!(benches);
