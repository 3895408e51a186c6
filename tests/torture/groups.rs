//! Groups whose members fail or spawn when they should not. (Most of it is in `contract/groups.rs`.)

use std::rc::Rc;

use yield_to_await::JoinError;

use crate::combinators::Drops;
use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{SECOND, SIM};

in_every_lane! {
    /// Fault 66, in a group: the panic takes the siblings along, and `finish` gives it once they have ended.
    fn a_child_that_panics_takes_its_group_along() {
        run_on(SIM, async |co: &Co| {
            let dropped = Drops::default();
            let group = TaskGroup::<(), JoinError>::new();
            for i in [2, 1, 3] {
                let local = dropped.one();
                drop(group_spawn(co, &group, async move |co: &Co| {
                    let _local = local;
                    sleep(co, i * SECOND).await;
                    assert!(i != 1, "on purpose");
                    Ok(())
                }));
            }
            let error = finish(co, group).await.unwrap_err();
            assert_eq!(error.to_string(), "the task panicked: on purpose");
            assert_eq!((dropped.take(), now(co)), (3, SECOND));
        });
    }

    /// Fault 77: members of a group spawn into it in their destructors, when it has failed and when the run ends. They are
    /// refused, or cancelled with the others if that is still to come, and what was to run is dropped once and never polled.
    fn a_group_that_is_closing_takes_nobody_in() {
        for fails in [true, false] {
            let (dropped, refused) = (Drops::default(), Trace::default());
            run_on(SIM, async |co: &Co| {
                let group = Rc::new(TaskGroup::<(), JoinError>::new());
                for i in 0..3 {
                    let (members, dropped, refused) = (Rc::clone(&group), dropped.clone(), refused.clone());
                    drop(group_spawn(co, &group, async move |co: &Co| {
                        let _last = Defer(|| {
                            let local = dropped.one();
                            let late = group_spawn(co, &members, async move |_: &Co| {
                                drop(local);
                                unreachable!("the group is closing");
                            });
                            refused.note(late.peek(|outcome| matches!(outcome, Some(Err(JoinError::Cancelled)))));
                        });
                        sleep(co, (i + 1) * SECOND).await;
                        Err(JoinError::Cancelled)
                    }));
                }
                sleep(co, if fails { 2 * SECOND } else { SECOND / 2 }).await;
            });
            assert_eq!(dropped.take(), 3);
            let at_once = if fails { ["false", "true", "true"] } else { ["false"; 3] };
            assert_eq!(refused.take(), at_once);
        }
    }
}
