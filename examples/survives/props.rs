//! What the experiments are made of: things that misbehave, and what is noted of them.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::panic::{self, panic_any};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// What an experiment came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The user sees what should be seen, and nobody else is disturbed.
    Survives,
    Aborts,
    Hangs,
    Overflows,
    /// The panic of a task, a waker or a destructor comes out of `run`; a panic comes where there should be none.
    Unwinds,
    /// A destructor, a value or a wake-up never came.
    LosesIt,
    /// The misuse is accepted without a word.
    Silent,
    /// There is a panic, but its text names something else.
    Misleads,
}

impl Verdict {
    pub(crate) const ALL: [Self; 8] = [
        Self::Survives,
        Self::Aborts,
        Self::Hangs,
        Self::Overflows,
        Self::Unwinds,
        Self::LosesIt,
        Self::Silent,
        Self::Misleads,
    ];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Survives => "survives",
            Self::Aborts => "aborts",
            Self::Hangs => "hangs",
            Self::Overflows => "overflows the stack",
            Self::Unwinds => "unwinds",
            Self::LosesIt => "loses it",
            Self::Silent => "silent",
            Self::Misleads => "misleads",
        }
    }

    /// `Survives` if that is so, else the other.
    pub(crate) fn survives_if(so: bool, otherwise: Self) -> Self {
        if so { Self::Survives } else { otherwise }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// What the experiments panic with, so that no other panic is taken for it.
pub(crate) struct OnPurpose;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts panics instead of printing them.
pub(crate) fn count_panics() {
    panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::Relaxed);
    }));
}

/// How many panics have been told to the hook, which is where a user would see them.
pub(crate) fn panics() -> usize {
    PANICS.load(Ordering::Relaxed)
}

/// What a panic said.
pub(crate) fn text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no text)")
}

/// Counts its destructors, and panics in them if it is told to.
pub(crate) struct Dropped {
    count: Rc<Cell<u32>>,
    panics: bool,
}

impl Dropped {
    pub(crate) fn quietly(count: &Rc<Cell<u32>>) -> Self {
        Self {
            count: Rc::clone(count),
            panics: false,
        }
    }

    pub(crate) fn with_a_panic(count: &Rc<Cell<u32>>) -> Self {
        Self {
            count: Rc::clone(count),
            panics: true,
        }
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.count.set(self.count.get() + 1);
        if self.panics && !std::thread::panicking() {
            panic_any(OnPurpose);
        }
    }
}

/// Ready at once, and then its destructor panics.
#[expect(dead_code, reason = "it is there to be dropped")]
pub(crate) struct ReadyThenPanics(pub(crate) Dropped);

impl Future for ReadyThenPanics {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

struct BadWaker;

impl Wake for BadWaker {
    fn wake(self: Arc<Self>) {
        panic_any(OnPurpose);
    }
}

/// Polls once, with a waker that panics when it is used.
pub(crate) fn poll_badly<F: Future + Unpin>(future: &mut F) {
    let waker = Waker::from(Arc::new(BadWaker));
    let poll = Pin::new(future).poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending(), "there is something to wait for");
}

/// Gives up its turn a few times, so that everybody who is ready has had one.
pub(crate) async fn a_few_turns() {
    for _ in 0..5 {
        futures_lite::future::yield_now().await;
    }
}

/// Never ready, and nobody keeps its waker.
pub(crate) async fn for_ever() {
    poll_fn(|_| Poll::<()>::Pending).await;
}
