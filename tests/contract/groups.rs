//! The task group.

use yield_to_await::JoinError;

use crate::lanes::{Trace, in_every_lane};
use crate::{SIM, ms};

#[derive(Debug)]
enum Failure {
    Own(&'static str),
    Join(JoinError),
}

impl From<JoinError> for Failure {
    fn from(error: JoinError) -> Self {
        Self::Join(error)
    }
}

in_every_lane! {
    /// Faults 65 and 66: a group of nobody is finished at once.
    fn values_come_in_the_order_of_spawning() {
        let values: Result<Vec<u64>, Failure> = run_on(SIM, async |co: &Co| {
            let group = TaskGroup::new();
            for i in [3, 1, 2] {
                drop(group_spawn(co, &group, async move |co: &Co| {
                    sleep(co, ms(i)).await;
                    Ok(i)
                }));
            }
            finish(co, group).await
        });
        assert_eq!(values.unwrap(), [3, 1, 2]);
        let none: Result<Vec<u64>, Failure> =
            run_on(SIM, async |co: &Co| finish(co, TaskGroup::new()).await);
        assert!(none.unwrap().is_empty());
    }

    /// Faults 66 and 77: the first error cancels the siblings at that moment, whatever the owner awaits, and `finish` waits for all of them.
    fn the_first_error_cancels_the_siblings_at_once() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let group = TaskGroup::<(), Failure>::new();
            for i in 1..=3 {
                let trace = trace.clone();
                drop(group_spawn(co, &group, async move |co: &Co| {
                    let _local = trace.on_drop(format!("{i} ends"));
                    sleep(co, ms(10 * i)).await;
                    if i == 2 { Err(Failure::Own("two")) } else { Ok(()) }
                }));
            }
            sleep(co, ms(25)).await;
            trace.note("owner at 25 ms");
            assert!(group.has_failed());
            let refused = group_spawn(co, &group, {
                let captured = trace.on_drop("refused unstarted");
                async move |_: &Co| {
                    let _captured = captured;
                    unreachable!("the group has failed");
                }
            });
            assert!(matches!(join(co, &refused).await, Err(JoinError::Cancelled)));
            let error = finish(co, group).await.unwrap_err();
            assert!(matches!(error, Failure::Own("two")), "{error:?}");
        });
        assert_eq!(
            trace.take(),
            ["1 ends", "2 ends", "3 ends", "owner at 25 ms", "refused unstarted"]
        );
    }

    fn a_panic_is_an_error_and_a_cancelled_child_is_none() {
        run_on(SIM, async |co: &Co| {
            let group = TaskGroup::<i32, Failure>::new();
            let unlucky = group_spawn(co, &group, async |co: &Co| {
                sleep(co, ms(5)).await;
                Ok(1)
            });
            drop(group_spawn(co, &group, async |_: &Co| Ok(2)));
            unlucky.cancel();
            assert_eq!(finish(co, group).await.unwrap(), [2]);

            let group = TaskGroup::<i32, Failure>::new();
            drop(group_spawn(co, &group, async |_: &Co| panic!("on purpose")));
            let error = finish(co, group).await.unwrap_err();
            assert!(matches!(error, Failure::Join(JoinError::Panicked(_))), "{error:?}");
        });
    }

    /// Fault 67: a group that is dropped takes its tasks along.
    fn a_dropped_group_cancels_its_tasks() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let group = TaskGroup::<(), Failure>::new();
            for i in 1..=2 {
                let trace = trace.clone();
                drop(group_spawn(co, &group, async move |co: &Co| {
                    let _local = trace.on_drop(i);
                    sleep(co, ms(1000)).await;
                    Ok(())
                }));
            }
            let limited = timeout(co, ms(5), finish(co, group)).await;
            assert!(limited.is_err());
            trace.note("requested");
            yield_now(co).await;
            assert_eq!(now(co), ms(5));
        });
        assert_eq!(trace.take(), ["requested", "1", "2"]);
    }

    /// A group that outlives its run cancels nobody in the next.
    fn a_group_of_an_earlier_run_is_harmless() {
        let group = run_on(SIM, async |co: &Co| {
            let group = TaskGroup::<(), Failure>::new();
            drop(group_spawn(co, &group, async |co: &Co| {
                sleep(co, ms(5)).await;
                Ok(())
            }));
            group
        });
        run_on(SIM, async |co: &Co| {
            let task = spawn(co, async |co: &Co| sleep(co, ms(1)).await);
            yield_now(co).await;
            drop(group);
            join(co, &task).await.unwrap();
        });
    }
}
