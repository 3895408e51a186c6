//! Faults 61 and 62: time limits, and what is inside them.

use crate::lanes::{Trace, in_every_lane};
use crate::{SECOND, SIM};

in_every_lane! {
    /// Fault 61: whatever is waited for, if it comes at the very deadline and before the turn, it wins over the limit, and over all limits around it.
    fn what_comes_at_the_very_deadline_wins() {
        run_on(SIM, async |co: &Co| {
            let (event, permits, mutex) = (Event::new(), Semaphore::new(0), Mutex::new(7));
            let ((tx, rx), (full, room)) = (channel(1), channel(1));
            full.try_send(0).unwrap();
            let guard = lock(co, &mutex).await;
            let ends = spawn(co, async |co: &Co| sleep(co, SECOND).await);
            let giver = spawn(co, {
                let (event, permits) = (event.clone(), permits.clone());
                async move |co: &Co| {
                    sleep(co, SECOND).await;
                    event.set();
                    permits.release();
                    drop(guard);
                    tx.try_send(7).unwrap();
                    assert_eq!(room.try_recv(), Ok(0));
                    room
                }
            });
            yield_now(co).await; // both are armed, and so fire first
            let takers = [
                spawn(co, async move |co: &Co| timeout(co, SECOND, wait(co, &event)).await.is_ok()),
                spawn(co, async move |co: &Co| timeout(co, SECOND, acquire(co, &permits)).await.is_ok()),
                spawn(co, async move |co: &Co| timeout(co, SECOND, lock(co, &mutex)).await.is_ok()),
                spawn(co, async move |co: &Co| timeout(co, SECOND, recv(co, &rx)).await.is_ok()),
                spawn(co, async move |co: &Co| timeout(co, SECOND, send(co, &full, 1)).await.is_ok()),
                spawn(co, async move |co: &Co| {
                    let inner = timeout(co, SECOND, join(co, &ends));
                    matches!(timeout(co, SECOND, inner).await, Ok(Ok(Ok(()))))
                }),
            ];
            assert_eq!(gather(co, takers).await.unwrap(), [true; 6]);
            assert_eq!(now(co), SECOND);
            drop(join(co, &giver).await.unwrap());
        });
    }

    /// Fault 62: the loser is gone when the limit answers: the lock it held is free, the place it had in a line is left.
    fn what_the_loser_held_is_free_when_the_limit_answers() {
        run_on(SIM, async |co: &Co| {
            let mutex = Mutex::new(0);
            let body = async {
                let mut guard = lock(co, &mutex).await;
                *guard = 7;
                sleep(co, 2 * SECOND).await;
            };
            assert!(timeout(co, SECOND, body).await.is_err());
            assert_eq!(*mutex.try_lock().unwrap(), 7);

            let held = lock(co, &mutex).await;
            assert!(timeout(co, SECOND, lock(co, &mutex)).await.is_err());
            drop(held);
            assert!(!mutex.is_locked(), "it is not handed to one who has left");
        });
    }

    /// Fault 62: of three limits around one wait each that passes reports its own, from the inside out; one that is longer than a limit around
    /// it is taken along. What is inside is dropped once.
    fn nested_limits_each_report_their_own() {
        let cases: [([u32; 3], &[u32]); 4] = [
            ([3, 2, 1], &[1, 2, 3]),
            ([1, 2, 3], &[1]),
            ([2, 1, 3], &[1, 2]),
            ([2, 3, 1], &[1, 2]),
        ];
        for (limits, expected) in cases {
            let trace = Trace::default();
            let [outer, middle, inner] = limits.map(|seconds| seconds * SECOND);
            run_on(SIM, async |co: &Co| {
                let mut passed = Vec::new();
                let around = timeout(co, outer, async {
                    let between = timeout(co, middle, async {
                        let inside = timeout(co, inner, async {
                            let _local = trace.on_drop("dropped");
                            sleep(co, 9 * SECOND).await;
                        });
                        passed.push((inside.await.unwrap_err().limit(), now(co)));
                        sleep(co, 9 * SECOND).await;
                    });
                    let between = between.await;
                    passed.push((between.unwrap_err().limit(), now(co)));
                    sleep(co, 9 * SECOND).await;
                });
                let around = around.await;
                passed.push((around.unwrap_err().limit(), now(co)));
                let expected = expected.iter().map(|seconds| (*seconds * SECOND, *seconds * SECOND));
                assert_eq!(passed, Vec::from_iter(expected), "{limits:?}");
            });
            assert_eq!(trace.take(), ["dropped"]);
        }
    }
}
