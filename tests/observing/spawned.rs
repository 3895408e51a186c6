//! Who spawns whom, and where.

use std::panic::Location;

use yield_to_await::trace::{Recording, What};
use yield_to_await::{JoinError, async_await as aw, generators as g};

use crate::lanes::{Defer, in_every_lane};
use crate::{number, of, panic_of, record};

/// By whom, as a number, and the line.
fn spawned(recording: &Recording, task: u64) -> (Option<u64>, u32) {
    let Some(What::Spawned { by, place, .. }) = of(recording, task).next() else {
        panic!("task {task} was never spawned");
    };
    (by.map(|id| id.number()), place.line)
}

/// Who has been spawned.
fn count(recording: &Recording) -> usize {
    let spawned = |what: &What| matches!(what, What::Spawned { .. });
    recording
        .iter()
        .filter(|event| spawned(&event.what))
        .count()
}

#[track_caller]
fn line() -> u32 {
    Location::caller().line()
}

in_every_lane! {
    fn by_whom_and_where_and_by_which_name() {
        let mut lines = [0; 3];
        let recording = record(|setup| {
            lines[0] = line(); run_with(setup, async |co: &Co| {
                lines[1] = line(); let outer = spawn_named(co, "outer", async |co: &Co| {
                    let inner = line(); drop(spawn(co, async |_: &Co| ()));
                    inner
                });
                lines[2] = join(co, &outer).await.unwrap();
            })
        });
        assert_eq!(count(&recording), 3);
        assert_eq!((number(&recording, "main"), number(&recording, "outer")), (0, 1));
        assert_eq!(spawned(&recording, 0), (None, lines[0]));
        assert_eq!(spawned(&recording, 1), (Some(0), lines[1]));
        assert_eq!(spawned(&recording, 2), (Some(1), lines[2]));
    }

    fn from_a_destructor() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let ends = spawn_named(co, "ends", async |co: &Co| {
                let _last = Defer(|| drop(spawn_named(co, "by ends", async |_: &Co| ())));
            });
            let cancelled = spawn_named(co, "cancelled", async |co: &Co| {
                let _last = Defer(|| drop(spawn_named(co, "by cancelled", async |_: &Co| ())));
                wait(co, &Event::new()).await;
            });
            yield_now(co).await;
            cancelled.cancel();
            yield_now(co).await;
            yield_now(co).await;
            drop(ends);
        }));
        for name in ["ends", "cancelled"] {
            let child = number(&recording, &format!("by {name}"));
            assert_eq!(spawned(&recording, child).0, Some(number(&recording, name)));
            assert_eq!(of(&recording, child).last(), Some(&What::Ended));
        }
    }

    /// Refused tasks never have a turn, and end all the same.
    fn while_the_loop_closes() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let left = spawn_named(co, "left", async |co: &Co| {
                let _last = Defer(|| {
                    let refused = spawn_named(co, "refused", async |co: &Co| {
                        let _never = Defer(|| unreachable!("it never begins"));
                        yield_now(co).await;
                    });
                    // Told of, but there is no turn to be dropped in.
                    refused.cancel();
                });
                wait(co, &Event::new()).await;
            });
            yield_now(co).await;
            drop(left);
        }));
        let refused = of(&recording, number(&recording, "refused"));
        let refused: Vec<&str> = refused.map(What::term).collect();
        assert_eq!(refused, ["spawned", "cancel requested", "dropped"]);
        let by = spawned(&recording, number(&recording, "refused")).0;
        assert_eq!(by, Some(number(&recording, "left")));
    }

    /// The destructors of a refused task spawn in its name.
    fn by_those_who_were_refused() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            drop(spawn_named(co, "left", async |co: &Co| {
                let _last = Defer(|| {
                    // What it would run with is dropped with it.
                    let own = Defer(|| ());
                    drop(spawn_named(co, "refused", async move |_: &Co| drop(own)));
                });
                wait(co, &Event::new()).await;
            }));
            yield_now(co).await;
        }));
        assert_eq!(count(&recording), 3);
    }

    fn into_a_group_that_has_failed() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let group = TaskGroup::<(), JoinError>::new();
            drop(group_spawn(co, &group, async |_: &Co| Err(JoinError::Cancelled)));
            yield_now(co).await;
            let late = group_spawn(co, &group, async |_: &Co| Ok(()));
            assert!(late.is_finished());
            finish(co, group).await.unwrap_err();
        }));
        let late: Vec<&str> = of(&recording, 2).map(What::term).collect();
        assert_eq!(late, ["spawned", "dropped"]);
        assert_eq!(spawned(&recording, 2).0, Some(0));
    }
}

/// A group is told the line of its user, refused or not.
#[test]
fn into_a_group_on_this_line() {
    let mut lines = Vec::new();
    let recordings = [
        record(|setup| {
            aw::run_with(setup, async {
                let group = aw::TaskGroup::<(), JoinError>::new();
                for _ in 0..2 {
                    lines.push(line() + 1);
                    drop(group.spawn(async { Err(JoinError::Cancelled) }));
                    aw::yield_now().await;
                }
            })
        }),
        record(|setup| {
            g::run_with(setup, async |co: &g::Co| {
                let group = g::TaskGroup::<(), JoinError>::new();
                for _ in 0..2 {
                    lines.push(line() + 1);
                    drop(group.spawn(co, async |_: &g::Co| Err(JoinError::Cancelled)));
                    g::yield_now(co).await;
                }
            })
        }),
    ];
    let told = recordings
        .iter()
        .flat_map(|recording| [1, 2].map(|task| spawned(recording, task).1));
    assert_eq!(told.collect::<Vec<_>>(), lines);
}

in_every_lane! {
    fn by_a_root_that_panics() {
        let recording = record(|setup| {
            let panic = panic_of(|| run_with(setup, async |co: &Co| {
                let _last = Defer(|| drop(spawn_named(co, "by its destructor", async |_: &Co| ())));
                drop(spawn_named(co, "before", async |_: &Co| ()));
                panic!("on purpose");
            }));
            assert_eq!(panic, "on purpose");
        });
        for name in ["before", "by its destructor"] {
            let child = number(&recording, name);
            assert_eq!(spawned(&recording, child).0, Some(0), "{name}");
            assert_eq!(of(&recording, child).last(), Some(&What::Dropped), "{name}");
        }
    }
}
