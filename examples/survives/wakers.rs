//! Wakers in bad hands. Only futures have them, so these are for the executors that poll.

use std::cell::RefCell;
use std::future::poll_fn;
use std::hint::{black_box, spin_loop};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::executor::Executor;
use crate::props::{Verdict, a_few_turns, poll_badly};

/// How often the race of fault 6 begins with a new thread, and how long it is run again and again with it.
const HEATS: u32 = 50;
const HEAT: Duration = Duration::from_millis(20);

/// How much earlier or later the next wake-up comes, in turns of a loop that does nothing.
const STEP: u32 = 20;

/// Waits without sleeping: getting up would take longer than the race. It soon yields, for there may be only one processor.
fn spin<T>(mut look: impl FnMut() -> Option<T>) -> T {
    for looks in 0_u32.. {
        match look() {
            Some(seen) => return seen,
            None if looks < 20 => spin_loop(),
            None => thread::yield_now(),
        }
    }
    unreachable!("it took four billion looks")
}

/// Tells when it is dropped.
struct Tells(Arc<AtomicBool>);

impl Drop for Tells {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// What the other thread is lent: a waker, whether its future has been dropped, and where to tell how far it is.
struct Loan {
    waker: Waker,
    dropped: Arc<AtomicBool>,
    stage: Arc<AtomicU8>,
}

const TAKEN: u8 = 1;
const USED: u8 = 2;

/// A round of the race: a task waits, another thread wakes it, and at the same time the executor is dropped.
fn is_dropped<E: Executor>(lend: &Sender<Loan>) -> bool {
    let (dropped, stage) = (Arc::default(), Arc::new(AtomicU8::new(0)));
    let tells = Tells(Arc::clone(&dropped));
    let reached = |least| spin(|| (stage.load(Ordering::SeqCst) >= least).then_some(()));
    let ran = E::run(async |spawner| {
        let kept = Rc::new(RefCell::new(None));
        let keep = Rc::clone(&kept);
        E::spawn_detached(&spawner, async move {
            let _tells = tells;
            poll_fn(|cx| {
                keep.replace(Some(cx.waker().clone()));
                Poll::<()>::Pending
            })
            .await;
        });
        let waker = loop {
            futures_lite::future::yield_now().await;
            if let Some(waker) = kept.take() {
                break waker;
            }
        };
        let (dropped, stage) = (Arc::clone(&dropped), Arc::clone(&stage));
        let loan = Loan {
            waker,
            dropped,
            stage,
        };
        lend.send(loan).expect("the other thread waits for it");
        reached(TAKEN);
    });
    ran.expect("it only yields");
    reached(USED);
    dropped.load(Ordering::SeqCst)
}

/// Wakes whatever it is lent. Executors need different times to get to where the race is, so it comes a little earlier each time that it was
/// too late, and a little later each time that it was too early.
fn wake_all(lent: &Receiver<Loan>) {
    let mut delay = 50 * STEP;
    for round in 0_u32.. {
        let loan = spin(|| match lent.try_recv() {
            Ok(loan) => Some(Some(loan)),
            Err(TryRecvError::Disconnected) => Some(None),
            Err(TryRecvError::Empty) => None,
        });
        let Some(loan) = loan else { return };
        loan.stage.store(TAKEN, Ordering::SeqCst);
        for turn in 0..delay + round % 16 * (STEP / 2) {
            black_box(turn);
        }
        delay = if loan.dropped.load(Ordering::SeqCst) {
            delay.saturating_sub(STEP)
        } else {
            (delay + STEP).min(1_000 * STEP)
        };
        loan.waker.wake();
        loan.stage.store(USED, Ordering::SeqCst);
    }
}

/// Fault 6. There is no race between threads that share a processor, and a new thread begins where there is little to do.
pub(crate) fn used_while_the_executor_is_dropped<E: Executor>() -> Verdict {
    let mut all_dropped = true;
    for _ in 0..HEATS {
        let (lend, lent) = mpsc::channel();
        let other = thread::spawn(move || wake_all(&lent));
        let began = Instant::now();
        while all_dropped && began.elapsed() < HEAT {
            all_dropped = is_dropped::<E>(&lend);
        }
        drop(lend);
        other.join().expect("waking does not panic");
    }
    Verdict::survives_if(all_dropped, Verdict::LosesIt)
}

/// Fault 15: somebody polls a handle with a waker that panics, and then the task ends. Its value can be had all the same.
pub(crate) fn wake_panics<E: Executor>() -> Verdict {
    let outcomes = E::run(async |spawner| {
        let mut task = E::spawn(&spawner, async {
            a_few_turns().await;
            5
        });
        let bystander = E::spawn(&spawner, async {
            a_few_turns().await;
            a_few_turns().await;
            7
        });
        poll_badly(&mut task);
        (E::join(bystander).await, E::join(task).await)
    });
    Verdict::survives_if(
        outcomes.expect("it only yields") == (Some(7), Some(5)),
        Verdict::LosesIt,
    )
}

/// Wakes when its thread ends.
struct WakesAtTheEnd(Waker);

impl Drop for WakesAtTheEnd {
    fn drop(&mut self) {
        self.0.wake_by_ref();
    }
}

thread_local! {
    static LAST: RefCell<Option<WakesAtTheEnd>> = const { RefCell::new(None) };
}

/// Fault 16: another thread wakes a task twice, the second time when its thread-locals are being destroyed. Those that the executor had
/// for the first time are gone then.
pub(crate) fn used_in_a_thread_local_destructor<E: Executor>() -> Verdict {
    let (wakers, received) = mpsc::channel::<Waker>();
    let (polls, polled) = mpsc::channel();
    let other = thread::spawn(move || {
        LAST.with_borrow(Option::is_none); // destroyed last, because it was there first
        let waker = received.recv().expect("the task sends it");
        let until_its_turn_is_over = || thread::sleep(Duration::from_millis(20)); // a task that runs is woken in another way
        until_its_turn_is_over();
        waker.wake_by_ref();
        polled.recv().expect("the task has been woken");
        until_its_turn_is_over();
        LAST.set(Some(WakesAtTheEnd(waker)));
    });
    let polled = E::run(async |spawner| {
        let mut count = 0;
        let task = E::spawn(
            &spawner,
            poll_fn(move |cx| {
                count += 1;
                match count {
                    1 => wakers.send(cx.waker().clone()).expect("it is received"),
                    2 => polls.send(()).expect("it is received"),
                    _ => return Poll::Ready(count),
                }
                Poll::Pending
            }),
        );
        E::join(task).await
    });
    other.join().expect("waking does not panic");
    let woken = polled.expect("the other thread has a waker") == Some(3);
    Verdict::survives_if(woken, Verdict::LosesIt)
}
