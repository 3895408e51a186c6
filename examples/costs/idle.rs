//! A million tasks that wait for ever, here and in the executors that people would use instead.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fs;
use std::future::poll_fn;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures::executor::{LocalPool, block_on};
use futures::task::LocalSpawnExt;
use yield_to_await::Clock;
use yield_to_await::{async_await as aw, generators as g, state_machines as sm};

thread_local! {
    /// How many tasks have had their first turn.
    static WAITING: Cell<usize> = const { Cell::new(0) };
    /// Whom the last of them wakes.
    static ROOT: Cell<Option<(usize, Waker)>> = const { Cell::new(None) };
}

fn begin_to_wait() {
    WAITING.set(WAITING.get() + 1);
    match ROOT.take() {
        Some((tasks, root)) if tasks == WAITING.get() => root.wake(),
        other => ROOT.set(other),
    }
}

/// Never ready, and nobody keeps its waker. 72 bytes: what a small task of a real program has.
struct Idle([u64; 9]);

const IDLE: Idle = Idle([0; 9]);

impl Future for Idle {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        begin_to_wait();
        black_box(&self.0);
        Poll::Pending
    }
}

/// The same as an async block: eight words that it needs after the wait, and the byte that says where it is.
async fn idle() {
    let words = black_box([0_u64; 8]);
    poll_fn(|_| {
        begin_to_wait();
        Poll::<()>::Pending
    })
    .await;
    black_box(&words);
}

/// Ready when `tasks` of them wait. It does not wake itself meanwhile: monoio would poll it and nothing else.
async fn until_all_wait(tasks: usize) {
    poll_fn(|cx| {
        if WAITING.get() == tasks {
            return Poll::Ready(());
        }
        ROOT.set(Some((tasks, cx.waker().clone())));
        Poll::Pending
    })
    .await;
}

/// The resident memory of this process in bytes, where the kernel says so.
pub(crate) fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// What was seen while all tasks waited.
pub(crate) struct Seen {
    /// The bytes of the future or coroutine that was spawned.
    pub(crate) own: usize,
    pub(crate) resident: Option<u64>,
}

impl Seen {
    fn of<T>(task: &T) -> Self {
        Self {
            own: size_of_val(task),
            resident: resident(),
        }
    }
}

/// Somebody who keeps tasks: makes that many, lets each begin to wait, and looks.
pub(crate) struct Keeper {
    pub(crate) name: &'static str,
    pub(crate) keep: fn(usize) -> Seen,
}

pub(crate) const KEEPERS: [Keeper; 8] = [
    Keeper {
        name: "floor",
        keep: floor,
    },
    Keeper {
        name: "generators",
        keep: generators,
    },
    Keeper {
        name: "state_machines",
        keep: state_machines,
    },
    Keeper {
        name: "async_await",
        keep: async_await,
    },
    Keeper {
        name: "monoio",
        keep: monoio,
    },
    Keeper {
        name: "async-executor",
        keep: async_executor,
    },
    Keeper {
        name: "LocalPool",
        keep: local_pool,
    },
    Keeper {
        name: "Tokio",
        keep: tokio,
    },
];

/// The least there can be: boxes, and a queue of numbers.
fn floor(tasks: usize) -> Seen {
    let mut slots: Vec<Option<Pin<Box<dyn Future<Output = ()>>>>> = Vec::new();
    let mut ready = VecDeque::new();
    for index in 0..tasks {
        slots.push(Some(Box::pin(IDLE)));
        ready.push_back(index);
    }
    let mut cx = Context::from_waker(Waker::noop());
    while let Some(index) = ready.pop_front() {
        if let Some(task) = &mut slots[index] {
            let _: Poll<()> = task.as_mut().poll(&mut cx);
        }
    }
    Seen::of(&IDLE)
}

/// A trap says what is waited for, so that idleness alone is not to be had: all wait for one event, which keeps a list of them.
fn generators(tasks: usize) -> Seen {
    g::run_on(Clock::Simulated, async |co: &g::Co| {
        let event = g::Event::new();
        let body = |event: g::Event| {
            async move |co: &g::Co| {
                begin_to_wait();
                event.wait(co).await;
            }
        };
        for _ in 0..tasks {
            drop(g::spawn(co, body(event.clone())));
        }
        while WAITING.get() < tasks {
            g::yield_now(co).await;
        }
        Seen::of(&body(event)(co))
    })
}

fn state_machines(tasks: usize) -> Seen {
    sm::run_on(Clock::Simulated, async {
        for _ in 0..tasks {
            drop(sm::spawn(IDLE));
        }
        until_all_wait(tasks).await;
        Seen::of(&IDLE)
    })
}

fn async_await(tasks: usize) -> Seen {
    aw::run_on(Clock::Simulated, async {
        for _ in 0..tasks {
            drop(aw::spawn(idle()));
        }
        until_all_wait(tasks).await;
        Seen::of(&idle())
    })
}

fn tokio(tasks: usize) -> Seen {
    let runtime = ::tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("it needs neither files nor threads");
    ::tokio::task::LocalSet::new().block_on(&runtime, async {
        for _ in 0..tasks {
            drop(::tokio::task::spawn_local(IDLE));
        }
        until_all_wait(tasks).await;
        Seen::of(&IDLE)
    })
}

fn async_executor(tasks: usize) -> Seen {
    let executor = ::async_executor::LocalExecutor::new();
    block_on(executor.run(async {
        for _ in 0..tasks {
            executor.spawn(IDLE).detach();
        }
        until_all_wait(tasks).await;
        Seen::of(&IDLE)
    }))
}

fn local_pool(tasks: usize) -> Seen {
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    pool.run_until(async {
        for _ in 0..tasks {
            spawner.spawn_local(IDLE).expect("the pool is there");
        }
        until_all_wait(tasks).await;
        Seen::of(&IDLE)
    })
}

fn monoio(tasks: usize) -> Seen {
    let runtime = ::monoio::RuntimeBuilder::<::monoio::LegacyDriver>::new().build();
    runtime.expect("a poller can be had").block_on(async {
        for _ in 0..tasks {
            drop(::monoio::spawn(IDLE));
        }
        until_all_wait(tasks).await;
        Seen::of(&IDLE)
    })
}
