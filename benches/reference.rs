//! The lanes beside what people would use instead, and beside the limits: every workload of the table in `peers/mod.rs`.
//!
//! `cargo bench --bench report` measures the same, interleaved, and writes the README's table. This one is for work on a single line:
//! `cargo bench --bench reference -- 'gather/async_await'`.

use std::env;
use std::time::Duration;

use cpu_time::ProcessTime;
use criterion::{BenchmarkId, Criterion, Throughput};

use self::peers::workloads::WORKLOADS;
use self::peers::{Time, Workload};

mod floor;
#[expect(dead_code, reason = "its words are for the report")]
mod peers;

fn main() {
    // Under `cargo test` nobody passes `--bench`.
    let once = env::args().any(|arg| arg == "--test") || env::args().all(|arg| arg != "--bench");
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for workload in WORKLOADS {
        let sizes = if once {
            &workload.sizes[..1]
        } else {
            workload.sizes
        };
        for &size in sizes {
            bench(&mut criterion, workload, size);
        }
    }
    criterion.final_summary();
}

fn bench(criterion: &mut Criterion, workload: &Workload, size: usize) {
    let mut group = criterion.benchmark_group(workload.name);
    group.throughput(Throughput::Elements((workload.operations)(size)));
    for &(peer, play) in workload.entries {
        group.bench_function(BenchmarkId::new(peer.name(), size), |bench| {
            workload.check(peer, play, size);
            match workload.time {
                Time::Wall => bench.iter(|| play(size)),
                Time::Processor => bench.iter_custom(|times| {
                    let began = ProcessTime::now();
                    for _ in 0..times {
                        play(size);
                    }
                    began.elapsed()
                }),
            }
        });
    }
    group.finish();
}
