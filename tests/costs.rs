//! What things cost in allocations. They are counted, not timed: the same program asks the same of the allocator in every run.
//!
//! The counter is the thread's own, so the tests may run side by side. `examples/costs` prints more of the kind.

use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use yield_to_await::programs::{Lane, Log, PROGRAMS, Program};
use yield_to_await::{Clock, Setup};

mod lanes;

use lanes::in_every_lane;

const SIM: Clock = Clock::Simulated;
const MS: Duration = Duration::from_millis(1);

/// What a task that is spawned allocates, in the order of [`Lane::ALL`]. Lanes 2 and 3: the box that holds its future, and later its outcome.
/// Lane 1: that box, and in it a generator with a box for its future and the cell through which the two sides speak.
const SPAWN: [u64; 3] = [3, 1, 1];
/// Waiting for the end adds what remembers who waits: a box in lane 1, a place in a table that is there already in lanes 2 and 3.
const SPAWN_AND_JOIN: [u64; 3] = [4, 1, 1];

/// Allocations of a run of every program in its largest size, on the way it is measured: without its lines.
const RUNS: [(&str, [u64; 3]); 23] = [
    ("nothing", [49, 45, 45]),
    ("awaiting", [11, 7, 7]),
    ("sequential", [88, 84, 84]),
    ("nested_await", [11, 7, 7]),
    ("concurrent", [46, 35, 35]),
    ("gather_results", [252, 129, 129]),
    ("completion_order", [239, 116, 116]),
    ("create_task", [18, 12, 12]),
    ("background_task", [18, 12, 12]),
    ("say_after", [30, 22, 22]),
    ("running_average", [27, 22, 22]),
    ("delegation", [109, 104, 104]),
    ("countdown", [416, 298, 298]),
    ("round_robin", [352, 233, 233]),
    ("ping_pong", [33, 25, 25]),
    ("pipeline", [42, 30, 31]),
    ("first_of_many", [406, 288, 288]),
    ("deadline", [26, 21, 21]),
    ("cancel", [96, 71, 71]),
    ("siblings", [290, 171, 171]),
    ("left_behind", [48, 37, 37]),
    ("ticker", [11, 7, 7]),
    ("tree_walk", [101, 97, 97]),
];

/// Where the lane stands in the tables above.
fn index(lane: &str) -> usize {
    let lane = Lane::ALL.iter().position(|it| it.name() == lane);
    lane.expect("the test's lane is one of the three")
}

/// The least of three: the first run of a process makes what all share, and the table of all loops grows now and then, for
/// whichever thread it meets.
fn cost(mut work: impl FnMut()) -> AllocationInfo {
    let runs = (0..3).map(|_| measure(&mut work));
    runs.min_by_key(|info| info.count_total)
        .expect("three are more than none")
}

/// How many allocations `n` more rounds of the work cost.
fn difference(n: u64, mut work: impl FnMut(u64)) -> u64 {
    let (few, many) = (cost(|| work(n)), cost(|| work(2 * n)));
    many.count_total - few.count_total
}

fn assert_free(what: &str, lane: &str, n: u64, work: impl FnMut(u64)) {
    let more = difference(n, work);
    assert!(
        more == 0,
        "{lane}: {n} more of {what} cost {more} allocations, and should cost none. Something on the way of every turn allocates: \
         break in the allocator (or run `valgrind --tool=dhat`) on this test, and keep the memory from one turn to the next"
    );
}

/// A table that doubles costs an allocation for each doubling; more than this is no doubling.
const DOUBLINGS: u64 = 30;

fn assert_each(what: &str, lane: &str, expected: u64, n: u64, work: impl FnMut(u64)) {
    let more = difference(n, work);
    let (each, rest) = (more / n, more % n);
    assert!(
        each == expected && rest <= DOUBLINGS,
        "{lane}: {n} more of {what} cost {more} allocations: {each} each, where {expected} is recorded, and {rest} besides. \
         Fewer: record it at the top of `tests/costs.rs`. More: find what allocates, or say in the note why it has to"
    );
}

in_every_lane! {
    fn a_step_allocates_nothing() {
        for tasks in [1, 100] {
            assert_free("yields", LANE, 10_000, |n| {
                run_on(SIM, async |co: &Co| {
                    let yields = n / tasks;
                    let tasks: Vec<_> = (0..tasks)
                        .map(|_| spawn(co, async move |co: &Co| {
                            for _ in 0..yields {
                                yield_now(co).await;
                            }
                        }))
                        .collect();
                    gather(co, tasks).await.unwrap();
                });
            });
        }
    }

    fn a_root_that_yields_allocates_nothing() {
        assert_free("yields", LANE, 10_000, |n| {
            run_on(SIM, async |co: &Co| {
                for _ in 0..n {
                    yield_now(co).await;
                }
            });
        });
    }

    /// All alive at once, so that the tables grow; nobody waits for their end.
    fn a_spawn_allocates_what_is_recorded() {
        assert_each("tasks", LANE, SPAWN[index(LANE)], 10_000, |n| {
            run_on(SIM, async |co: &Co| {
                for _ in 0..n {
                    drop(spawn(co, async |_: &Co| ()));
                }
                yield_now(co).await;
            });
        });
    }

    /// One after the other, so that places are used again.
    fn a_spawn_and_join_allocates_what_is_recorded() {
        assert_each("tasks", LANE, SPAWN_AND_JOIN[index(LANE)], 1_000, |n| {
            run_on(SIM, async |co: &Co| {
                for _ in 0..n {
                    let task = spawn(co, async |_: &Co| ());
                    join(co, &task).await.unwrap();
                }
            });
        });
    }

    fn a_message_allocates_nothing() {
        assert_free("messages there and back", LANE, 1_000, |n| {
            run_on(SIM, async |co: &Co| {
                let (to, from_us) = channel(1);
                let (back, to_us) = channel(1);
                let echo = spawn(co, async move |co: &Co| {
                    while let Some(message) = recv(co, &from_us).await {
                        send(co, &back, message).await.unwrap();
                    }
                });
                for message in 0..n {
                    send(co, &to, message).await.unwrap();
                    assert_eq!(recv(co, &to_us).await, Some(message));
                }
                drop(to);
                join(co, &echo).await.unwrap();
            });
        });
    }

    fn a_lock_that_is_waited_for_allocates_nothing() {
        assert_free("locks", LANE, 1_000, |n| {
            run_on(SIM, async |co: &Co| {
                let mutex = Mutex::new(0);
                let tasks: Vec<_> = (0..3)
                    .map(|_| {
                        let mutex = mutex.clone();
                        spawn(co, async move |co: &Co| {
                            for _ in 0..n {
                                let mut count = lock(co, &mutex).await;
                                *count += 1;
                                yield_now(co).await; // so that the others have to stand in line
                            }
                        })
                    })
                    .collect();
                gather(co, tasks).await.unwrap();
                assert_eq!(*lock(co, &mutex).await, 3 * n);
            });
        });
    }

    fn a_wait_for_an_event_allocates_nothing() {
        assert_free("waits", LANE, 1_000, |n| {
            run_on(SIM, async |co: &Co| {
                let event = Event::new();
                let setter = spawn(co, {
                    let event = event.clone();
                    async move |co: &Co| {
                        for _ in 0..n {
                            yield_now(co).await;
                            event.set();
                        }
                    }
                });
                for _ in 0..n {
                    wait(co, &event).await;
                    event.clear();
                }
                join(co, &setter).await.unwrap();
            });
        });
    }

    /// Timers stand in a tree whose nodes hold several, at least five.
    fn a_sleep_allocates_a_fifth_at_most() {
        assert_free("sleeps, one after the other", LANE, 1_000, |n| {
            run_on(SIM, async |co: &Co| {
                for _ in 0..n {
                    sleep(co, MS).await;
                }
            });
        });
        let spawned = 2_000 * SPAWN[index(LANE)];
        let more = difference(2_000, |n| {
            run_on(SIM, async |co: &Co| {
                for i in 0..n {
                    let late = MS * u32::try_from(i % 97).unwrap();
                    drop(spawn(co, async move |co: &Co| sleep(co, MS + late).await));
                }
                sleep(co, MS * 200).await;
            });
        });
        let sleeps = more.saturating_sub(spawned);
        assert!(
            sleeps <= 2_000 / 5 + DOUBLINGS,
            "{LANE}: 2,000 more sleeps at once cost {sleeps} allocations, and should cost a fifth each at most"
        );
    }

    fn timeouts_that_do_not_fire_leave_nothing_behind() {
        let peak = |n: u64| {
            let info = measure(|| {
                run_on(SIM, async |co: &Co| {
                    for _ in 0..n {
                        timeout(co, MS, yield_now(co)).await.unwrap();
                    }
                });
            });
            info.bytes_max
        };
        peak(1); // makes what all runs share
        let (few, many) = (peak(10), peak(1_000_000));
        // The table of all loops may have doubled meanwhile, for all the threads of this process.
        assert!(
            many <= few + 1_024,
            "{LANE}: ten timeouts that do not fire take {few} bytes at a time, and a million {many}: those that are over are kept"
        );
    }

    fn a_handle_does_not_keep_the_room_of_a_large_future() {
        let mut kept = Vec::new();
        let info = measure(|| {
            run_on(SIM, async |co: &Co| {
                for _ in 0..100 {
                    kept.push(spawn(co, async |co: &Co| {
                        let large = [1_u8; 1 << 16];
                        yield_now(co).await;
                        large.iter().map(|byte| u32::from(*byte)).sum::<u32>()
                    }));
                }
                sleep(co, MS).await;
            });
        });
        let bytes = info.bytes_current;
        assert!(bytes < 100_000, "{LANE}: a hundred handles keep {bytes} bytes");
        assert!(kept.iter().all(|task| task.peek(|outcome| matches!(outcome, Some(Ok(65_536))))));
    }

    fn a_run_gives_everything_back() {
        let info = cost(|| {
            run_on(SIM, async |co: &Co| {
                let event = Event::new();
                for _ in 0..100 {
                    let event = event.clone();
                    drop(spawn(co, async move |co: &Co| wait(co, &event).await));
                }
                yield_now(co).await;
            });
        });
        assert_eq!((info.count_current, info.bytes_current), (0, 0), "{LANE}");
    }
}

/// Without its lines, as in the benches.
fn run(program: &Program, lane: Lane, size: usize) -> yield_to_await::Counts {
    let report = program.form(lane)(Setup::new().clock(SIM), Log::muted(), size);
    report.outcome.expect("it comes to an end");
    report.counts
}

#[test]
fn every_program_takes_the_same_steps_and_spawns_in_every_lane() {
    for program in PROGRAMS {
        for &size in program.sizes {
            let counts = Lane::ALL.map(|lane| run(program, lane, size));
            assert!(
                counts.iter().all(|it| *it == counts[0]),
                "{}, size {size}: {counts:?}",
                program.name
            );
        }
    }
}

#[test]
fn every_program_allocates_what_is_recorded() {
    let mut now = String::new();
    let mut differing = Vec::new();
    for program in PROGRAMS {
        let size = program.sizes.iter().copied().max().unwrap_or(1);
        let counts = Lane::ALL.map(|lane| {
            let info = cost(|| {
                run(program, lane, size);
            });
            info.count_total
        });
        now += &format!("    ({:?}, {counts:?}),\n", program.name);
        let recorded = RUNS.iter().find(|(name, _)| *name == program.name);
        if recorded.is_none_or(|(_, recorded)| *recorded != counts) {
            differing.push(format!(
                "{}: {counts:?}, recorded {recorded:?}",
                program.name
            ));
        }
    }
    assert!(
        differing.is_empty(),
        "allocations of a run, in lanes {:?}:\n{}\n\nMore than recorded is a regression: find what allocates. If they are fewer, or \
         have to be more, `RUNS` in `tests/costs.rs` is now\n\n{now}",
        Lane::ALL.map(Lane::name),
        differing.join("\n"),
    );
}
