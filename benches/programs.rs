//! Every program in the three lanes. The throughput is in steps, so the axis reads time per step.
//!
//! The programs are the table's; what is measured is the lane and not the prints, so the log is muted.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use yield_to_await::programs::{Lane, Log, PROGRAMS};
use yield_to_await::{Clock, Setup};

fn programs(criterion: &mut Criterion) {
    for program in PROGRAMS {
        let mut group = criterion.benchmark_group(program.name);
        for &size in program.sizes {
            for lane in Lane::ALL {
                let run = || {
                    let setup = Setup::new().clock(Clock::Simulated);
                    program.form(lane)(setup, Log::muted(), size)
                };
                let setup = Setup::new().clock(Clock::Simulated);
                let expected = program.run(lane, setup, size).expect("it comes to an end");
                let report = run();
                assert_eq!(report.outcome.expect("it comes to an end"), expected.value);
                assert_eq!(report.counts, expected.counts);
                group.throughput(Throughput::Elements(expected.counts.steps));
                group.bench_function(BenchmarkId::new(lane.name(), size), |bench| bench.iter(run));
            }
        }
        group.finish();
    }
}

criterion_group!(benches, programs);
criterion_main!(benches);
