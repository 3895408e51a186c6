//! What many introductions say of coroutines, and what happens instead.
//!
//! Each test quotes a belief and is named after what is true. They run in every lane (`co`, which lane 1 takes, stands for nothing in the
//! others); asyncio behaves the same.

mod lanes;

use std::time::Duration;

use lanes::{Trace, in_every_lane};
use yield_to_await::{Clock, Setup};

const SIM: Clock = Clock::Simulated;
const SECOND: Duration = Duration::from_secs(1);

in_every_lane! {
    /// *"At an `await` the coroutine gives control back to the event loop."*
    ///
    /// Only if something really has to be waited for. Awaiting a coroutine runs it at once, in the same turn; a coroutine that
    /// suspends nowhere never lets another task run. In asyncio it is the same: `await` reaches the loop only through a
    /// future that is not done. Who wants to give up the turn says so, with `yield_now` (`asyncio.sleep(0)`).
    fn an_await_alone_keeps_the_turn() {
        async fn polite(trace: &Trace) {
            trace.note("awaited");
        }
        let trace = Trace::default();
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            let noisy = trace.clone();
            let other = spawn(co, async move |_: &Co| noisy.note("other"));
            for _ in 0..3 {
                polite(&trace).await;
            }
            assert!(!other.is_finished(), "three awaits, and it had no turn");
            yield_now(co).await;
            assert!(other.is_finished());
        });
        assert_eq!(trace.take(), ["awaited", "awaited", "awaited", "other"]);
        assert_eq!(report.counts.steps, 3);
    }

    /// *"Calling an async function starts it."*
    ///
    /// It makes a value that can be run, and that is all: in Python a coroutine object (dropping it unawaited earns a warning),
    /// in Rust a future (`#[must_use]` earns one at compile time). It starts when it is awaited or spawned.
    fn calling_a_coroutine_starts_nothing() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let greet = async |text: &str| trace.note(text);
            let called = greet("hello");
            sleep(co, SECOND).await;
            assert!(trace.take().is_empty(), "a second later it has not begun");
            called.await;
        });
        assert_eq!(trace.take(), ["hello"]);
    }

    /// *"Coroutines run in parallel."*
    ///
    /// They take turns on one thread. What overlaps is their waiting: two sleeps of a second take one second, two computations
    /// take as long as both. Between two waits nobody interferes, so a plain `Cell` needs no lock.
    fn coroutines_take_turns_and_only_their_waiting_overlaps() {
        use std::cell::Cell;
        use std::rc::Rc;

        run_on(SIM, async |co: &Co| {
            let (counter, thread) = (Rc::new(Cell::new(0)), std::thread::current().id());
            let tasks: Vec<_> = (0..100)
                .map(|_| {
                    let counter = Rc::clone(&counter);
                    spawn(co, async move |co: &Co| {
                        let before = counter.get();
                        counter.set(before + 1); // nobody can come between
                        sleep(co, SECOND).await;
                        std::thread::current().id()
                    })
                })
                .collect();
            let threads = gather(co, tasks).await.unwrap();
            assert!(threads.iter().all(|id| *id == thread));
            assert_eq!((counter.get(), now(co)), (100, SECOND));
        });
    }

    /// *"`create_task` makes it concurrent."*
    ///
    /// Not if the next line awaits the task: then nothing overlaps, and it took a turn more than awaiting the coroutine. Start all
    /// tasks first, then await them.
    fn a_task_that_is_awaited_at_once_overlaps_with_nothing() {
        let elapsed = |at_once: bool| {
            run_on(SIM, async move |co: &Co| {
                let nap = || spawn(co, async |co: &Co| sleep(co, SECOND).await);
                if at_once {
                    join(co, &nap()).await.unwrap();
                    join(co, &nap()).await.unwrap();
                } else {
                    let both = [nap(), nap()];
                    gather(co, both).await.unwrap();
                }
                now(co)
            })
        };
        assert_eq!((elapsed(true), elapsed(false)), (2 * SECOND, SECOND));
    }

    /// *"The order in which tasks complete is not predictable."*
    ///
    /// Three different sleeps end in the order of their lengths, equal ones in the order in which they began, every time. On one
    /// thread the scheduler is a queue, and what surprises is the outside world, not the loop.
    fn the_order_of_completion_is_the_same_every_time() {
        let order = || {
            let trace = Trace::default();
            run_on(SIM, async |co: &Co| {
                let tasks = [3, 1, 2, 1].into_iter().enumerate().map(|(i, seconds)| {
                    let trace = trace.clone();
                    spawn(co, async move |co: &Co| {
                        sleep(co, seconds * SECOND).await;
                        trace.note(format!("{seconds} s, task {i}"));
                    })
                });
                let tasks: Vec<_> = tasks.collect();
                gather(co, tasks).await.unwrap();
            });
            trace.take()
        };
        for _ in 0..20 {
            assert_eq!(order(), ["1 s, task 1", "1 s, task 3", "2 s, task 2", "3 s, task 0"]);
        }
    }
}
