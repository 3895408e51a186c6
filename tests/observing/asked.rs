//! What the observer hears and what `tasks()` answers are the same.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use futures::future::LocalBoxFuture;
use yield_to_await::programs::{DEADLOCKS, Lane, Log, PROGRAMS};
use yield_to_await::trace::{Event, Wait, What};
use yield_to_await::{Setup, TaskId, TaskState, TaskStatus, async_await as aw};

use crate::lanes::in_every_lane;
use crate::{SIM, in_words, ms};

/// What each task was last suspended on.
#[derive(Clone, Default)]
pub(crate) struct Latest(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    waits: HashMap<TaskId, Vec<Wait>>,
    over: HashSet<TaskId>,
    compared: u32,
    is_deaf: bool,
}

impl Latest {
    /// One that hears nothing, and has nothing to compare.
    pub(crate) fn deaf() -> Self {
        let latest = Self::default();
        latest.0.lock().unwrap().is_deaf = true;
        latest
    }

    pub(crate) fn hear(&self, event: &Event) {
        let Some(id) = event.task else { return };
        let mut heard = self.0.lock().unwrap();
        match &event.what {
            What::Suspended { on, .. } => {
                heard.waits.insert(id, on.clone());
            }
            What::Ended | What::Dropped | What::Panicked { .. } => {
                heard.over.insert(id);
            }
            _ => {}
        }
    }

    /// How many waits were compared so far.
    pub(crate) fn compared(&self) -> u32 {
        self.0.lock().unwrap().compared
    }

    /// Tasks that wait are said to wait for what they were suspended on. (Of several whose ends are waited for, some may have ended since.)
    pub(crate) fn compare(&self, tasks: &[TaskStatus]) {
        let heard = &mut *self.0.lock().unwrap();
        if heard.is_deaf {
            return;
        }
        for task in tasks
            .iter()
            .filter(|task| task.state() == TaskState::Waiting)
        {
            let now: Vec<Wait> = task.waits().iter().map(Wait::from).collect();
            let then = heard.waits[&task.id()].iter();
            let then: Vec<Wait> = then.map(|wait| left(wait, &heard.over)).collect();
            assert_eq!(in_words(&now), in_words(&then), "{task}");
            heard.compared += 1;
        }
    }
}

/// What is left of a wait when some have ended.
fn left(wait: &Wait, over: &HashSet<TaskId>) -> Wait {
    let (Wait::EndOfAll(tasks) | Wait::EndOfAny(tasks)) = wait else {
        return wait.clone();
    };
    let tasks = tasks.iter().copied().filter(|id| !over.contains(id));
    let tasks: Vec<TaskId> = tasks.collect();
    match (&tasks[..], wait) {
        ([last], _) => Wait::End(*last),
        (_, Wait::EndOfAll(_)) => Wait::EndOfAll(tasks),
        _ => Wait::EndOfAny(tasks),
    }
}

/// The observer itself asks, as soon as it hears that a task is suspended.
#[test]
fn what_every_program_waits_for_is_what_its_tasks_are_said_to_wait_for() {
    for lane in [Lane::StateMachines, Lane::AsyncAwait] {
        for program in PROGRAMS.iter().chain(DEADLOCKS) {
            let size = program.sizes[0];
            let latest = Latest::default();
            let ears = latest.clone();
            let setup = Setup::new().clock(SIM).observe(move |event| {
                ears.hear(&event);
                if let What::Suspended { .. } = event.what {
                    ears.compare(&aw::tasks());
                }
            });
            let _ = program.form(lane)(setup, Log::new(), size);
        }
    }
}

/// A task with several waits that begin, are polled, move on and are dropped in any order.
#[test]
fn several_waits_in_any_order() {
    let rounds = if cfg!(miri) { 20 } else { 3000 };
    let latest = Latest::default();
    let ears = latest.clone();
    let setup = Setup::new()
        .clock(SIM)
        .observe(move |event| ears.hear(&event));
    aw::run_with(setup, async {
        let (event, permits, mutex) = (aw::Event::new(), aw::Semaphore::new(0), aw::Mutex::new(()));
        let (_tx, rx) = aw::channel::<u8>(1);
        let guard = mutex.lock().await;
        let ends: Vec<_> = (0..4)
            .map(|_| aw::spawn(std::future::pending::<()>()))
            .collect();
        let mut dice = 1_u64;
        let mut roll = move |n: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (dice >> 33) % n
        };
        type Waits<'a> = [Option<LocalBoxFuture<'a, ()>>; 10];
        let shared: RefCell<Waits<'_>> = RefCell::default();
        for _ in 0..rounds {
            let begin = |kind: u64| -> LocalBoxFuture<'_, ()> {
                match kind {
                    0 => Box::pin(event.wait()),
                    1 => Box::pin(async { permits.acquire().await.forget() }),
                    2 => Box::pin(async { drop(mutex.lock().await) }),
                    3 => Box::pin(async { assert_eq!(rx.recv().await, None) }),
                    4 => Box::pin(aw::sleep(ms(50))),
                    5 => Box::pin(async {
                        let _ = aw::timeout(ms(60), event.wait()).await;
                    }),
                    kind => Box::pin(ends[usize::try_from(kind - 6).unwrap()].finished()),
                }
            };
            poll_fn(|cx| {
                let waits = &mut *shared.borrow_mut();
                for (kind, wait) in (0..).zip(waits) {
                    match (roll(5), &wait) {
                        (0, Some(_)) => *wait = None,
                        (1, None) => *wait = Some(begin(kind)),
                        _ => {}
                    }
                    // Some are polled, and the others stand where they stood.
                    if let Some(some) = wait.as_mut().filter(|_| roll(2) == 0)
                        && some.as_mut().poll(cx).is_ready()
                    {
                        *wait = None;
                    }
                }
                Poll::Ready(())
            })
            .await;
            let asks = aw::spawn({
                let latest = latest.clone();
                async move { latest.compare(&aw::tasks()) }
            });
            // The root waits for its end, and is looked at meanwhile.
            asks.await.unwrap();
            match roll(12) {
                0 => event.set(),
                1 => permits.release(),
                2 => event.clear(),
                3 => aw::sleep(ms(roll(30))).await,
                _ => {}
            }
        }
        drop(guard);
    })
    .outcome
    .unwrap();
    assert!(latest.compared() >= rounds, "{}", latest.compared());
}

in_every_lane! {
    fn who_asks_right_after_a_task_was_suspended_hears_the_same() {
        let latest = Latest::default();
        let ears = latest.clone();
        let setup = Setup::new().clock(SIM).observe(move |event| ears.hear(&event));
        run_with(setup, async |co: &Co| {
            let (event, permits, mutex) = (Event::new(), Semaphore::new(0), Mutex::new(()));
            let (tx, rx) = channel::<u8>(1);
            tx.try_send(0).unwrap();
            let (_quiet, silent) = unbounded::<u8>();
            let guard = lock(co, &mutex).await;
            let stuck = || spawn(co, {
                let event = event.clone();
                async move |co: &Co| wait(co, &event).await
            });
            // After each of them has begun to wait, all are asked.
            let mut waiting = Vec::new();
            for kind in 0..14 {
                let (event, permits, mutex) = (event.clone(), permits.clone(), mutex.clone());
                let (tx, rx, silent) = (tx.clone(), rx.clone(), silent.clone());
                let three = [stuck(), stuck(), stuck()];
                yield_now(co).await;
                waiting.push(spawn(co, async move |co: &Co| {
                    let _ends = (&tx, &rx);
                    let [a, b, c] = three;
                    match kind {
                        0 => wait(co, &event).await,
                        1 => acquire(co, &permits).await.forget(),
                        2 => drop(lock(co, &mutex).await),
                        3 => drop(recv(co, &silent).await),
                        4 => send(co, &tx, 1).await.unwrap(),
                        5 => sleep(co, ms(10)).await,
                        6 => drop(timeout(co, ms(20), timeout(co, ms(30), wait(co, &event))).await),
                        7 => finished(co, &a).await,
                        8 => drop(gather(co, [a, b, c]).await),
                        9 => drop(gather_all(co, [a, b]).await),
                        10 => drop(timeout(co, ms(15), first_completed(co, [a, b, c])).await),
                        11 => drop(next(co, &mut as_completed(co, [b, c])).await),
                        12 => drop(timeout(co, ms(12), sleep(co, std::time::Duration::MAX)).await),
                        _ => sleep_until(co, ms(11)).await,
                    }
                }));
                yield_now(co).await;
                latest.compare(&tasks(co));
            }
            sleep(co, ms(1)).await;
            latest.compare(&tasks(co));
            permits.release();
            drop(guard);
            sleep(co, ms(50)).await;
            latest.compare(&tasks(co));
            event.set();
            for task in waiting {
                task.cancel();
            }
        }).outcome.unwrap();
        assert!(latest.compared() > 300, "{}", latest.compared());
    }
}
