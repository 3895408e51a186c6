//! What one more of a thing costs: the difference between many and twice as many, so that what a run costs once drops out.

use std::future::ready;
use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use yield_to_await::Clock;
use yield_to_await::{async_await as aw, generators as g, state_machines as sm};

use crate::instructions::Job;
use crate::table::Table;

const SIM: Clock = Clock::Simulated;
const NAP: Duration = Duration::from_secs(1);

/// How many more.
const MANY: u64 = 500;

/// Something done `n` times, in each lane. The root is an async block in lane 2, too: a loop by hand would say nothing new.
struct Operation {
    name: &'static str,
    lanes: [fn(u64); 3],
}

const OPERATIONS: [Operation; 5] = [
    Operation {
        name: "yield",
        lanes: [
            |n| {
                g::run_on(SIM, async |co: &g::Co| {
                    for _ in 0..n {
                        g::yield_now(co).await;
                    }
                });
            },
            |n| {
                sm::run_on(SIM, async {
                    for _ in 0..n {
                        sm::yield_now().await;
                    }
                });
            },
            |n| {
                aw::run_on(SIM, async {
                    for _ in 0..n {
                        aw::yield_now().await;
                    }
                });
            },
        ],
    },
    Operation {
        name: "sleep",
        lanes: [
            |n| {
                g::run_on(SIM, async |co: &g::Co| {
                    for _ in 0..n {
                        g::sleep(co, NAP).await;
                    }
                });
            },
            |n| {
                sm::run_on(SIM, async {
                    for _ in 0..n {
                        sm::sleep(NAP).await;
                    }
                });
            },
            |n| {
                aw::run_on(SIM, async {
                    for _ in 0..n {
                        aw::sleep(NAP).await;
                    }
                });
            },
        ],
    },
    Operation {
        name: "timeout around a yield",
        lanes: [
            |n| {
                g::run_on(SIM, async |co: &g::Co| {
                    for _ in 0..n {
                        let turn = g::timeout(co, NAP, g::yield_now(co)).await;
                        turn.expect("the clock stands still");
                    }
                });
            },
            |n| {
                sm::run_on(SIM, async {
                    for _ in 0..n {
                        let turn = sm::timeout(NAP, sm::yield_now()).await;
                        turn.expect("the clock stands still");
                    }
                });
            },
            |n| {
                aw::run_on(SIM, async {
                    for _ in 0..n {
                        let turn = aw::timeout(NAP, aw::yield_now()).await;
                        turn.expect("the clock stands still");
                    }
                });
            },
        ],
    },
    Operation {
        name: "spawn and join",
        lanes: [
            |n| {
                g::run_on(SIM, async |co: &g::Co| {
                    for _ in 0..n {
                        let task = g::spawn(co, async |_: &g::Co| ());
                        task.join(co).await.expect("it does not panic");
                    }
                });
            },
            |n| {
                sm::run_on(SIM, async {
                    for _ in 0..n {
                        sm::spawn(ready(())).await.expect("it does not panic");
                    }
                });
            },
            |n| {
                aw::run_on(SIM, async {
                    for _ in 0..n {
                        aw::spawn(async {}).await.expect("it does not panic");
                    }
                });
            },
        ],
    },
    Operation {
        name: "message to another task",
        lanes: [
            |n| {
                g::run_on(SIM, async |co: &g::Co| {
                    let (tx, rx) = g::channel(1);
                    let reader = g::spawn(
                        co,
                        async move |co: &g::Co| {
                            while rx.recv(co).await.is_some() {}
                        },
                    );
                    for message in 0..n {
                        tx.send(co, message).await.expect("it reads");
                    }
                    drop(tx);
                    reader.join(co).await.expect("it does not panic");
                });
            },
            |n| {
                sm::run_on(SIM, async {
                    let (tx, rx) = sm::channel(1);
                    let reader = sm::spawn(async move { while rx.recv().await.is_some() {} });
                    for message in 0..n {
                        tx.send(message).await.expect("it reads");
                    }
                    drop(tx);
                    reader.await.expect("it does not panic");
                });
            },
            |n| {
                aw::run_on(SIM, async {
                    let (tx, rx) = aw::channel(1);
                    let reader = aw::spawn(async move { while rx.recv().await.is_some() {} });
                    for message in 0..n {
                        tx.send(message).await.expect("it reads");
                    }
                    drop(tx);
                    reader.await.expect("it does not panic");
                });
            },
        ],
    },
];

/// What callgrind is to count, in the order in which [`print`] reads it: each operation, in each lane, many times and twice as many.
pub(crate) fn jobs() -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    for lane in OPERATIONS.iter().flat_map(|operation| operation.lanes) {
        jobs.push(Box::new(move || lane(MANY)));
        jobs.push(Box::new(move || lane(2 * MANY)));
    }
    jobs
}

/// The least of three: the first run of a process makes what all share, and the table of all loops grows now and then.
fn allocations(lane: fn(u64), n: u64) -> AllocationInfo {
    let runs = (0..3).map(|_| measure(|| lane(n)));
    runs.min_by_key(|info| (info.count_total, info.bytes_total))
        .expect("three are more than none")
}

/// What one of `MANY` more costs, with one digit after the point where it is no whole number.
fn each(few: u64, many: u64) -> String {
    let tenths = (many.saturating_sub(few) * 10 + MANY / 2) / MANY;
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

pub(crate) fn print(instructions: Option<&[u64]>) {
    let lanes: &[&str] = &["1", "2", "3"];
    let mut groups = vec![
        ("", &["operation"][..]),
        ("allocations", lanes),
        ("bytes", lanes),
    ];
    groups.extend(instructions.map(|_| ("instructions", lanes)));
    let mut table = Table::new(&groups);
    for (row, operation) in OPERATIONS.iter().enumerate() {
        let asked = operation
            .lanes
            .map(|lane| (allocations(lane, MANY), allocations(lane, 2 * MANY)));
        let mut cells = vec![operation.name.to_owned()];
        cells.extend(asked.map(|(few, many)| each(few.count_total, many.count_total)));
        cells.extend(asked.map(|(few, many)| each(few.bytes_total, many.bytes_total)));
        if let Some(instructions) = instructions {
            let pairs = instructions.chunks(2).skip(3 * row).take(3);
            cells.extend(pairs.map(|pair| (pair[1].saturating_sub(pair[0]) / MANY).to_string()));
        }
        table.row(cells);
    }
    table.print();
}
