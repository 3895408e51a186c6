//! The one door to the kernel.
//!
//! A coroutine of this lane is a `genawaiter` generator. It asks the kernel for something by yielding a [`Trap`], and is resumed with the
//! [`Reply`]. [`Co::trap`] below is the only place in the crate that yields.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::ptr;
use std::rc::Rc;
use std::task::{Context, Poll, RawWakerVTable};

use super::kernel::Kernel;
use super::trap::{Reply, Trap};
use super::waiters::Waiters;
use crate::slots::Key;

pub(crate) type RawCo = genawaiter::rc::Co<Trap, Reply>;

/// The handle through which a coroutine waits. Every function of this lane that waits or speaks to the loop takes it as its first argument.
///
/// A coroutine is an async closure or fn that takes `&Co`. It gets its own, and cannot keep it:
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// async fn greet(co: &Co, name: &str) -> String {
///     g::sleep(co, Duration::from_secs(1)).await;
///     format!("Hello, {name}")
/// }
///
/// let greeting = g::run_on(Clock::Simulated, async |co: &Co| greet(co, "World").await);
/// assert_eq!(greeting, "Hello, World");
/// ```
///
/// # Panics
///
/// A coroutine waits for one thing at a time, and only through its `Co`; the kernel carries a trap out when the coroutine stops.
/// Two waits at once (`join!`, `select!`), a wait that is polled and then dropped, a wait inside a combinator that brings a
/// waker of its own, and a foreign future all end the coroutine with a panic that names the cure.
pub struct Co {
    raw: RawCo,
    key: Key,
    /// The trap that is out: asked, and not yet gone on from or given up.
    asked: Cell<Option<&'static str>>,
    /// How often the coroutine has asked. It tells a poll that asked from one that only waits.
    traps: Cell<u64>,
    /// A limit that has passed, on its way outwards to the `timeout` that set it.
    expired: Cell<Option<usize>>,
    /// Whose waker the kernel's polls come with.
    kernel_waker: Cell<Option<&'static RawWakerVTable>>,
}

impl Co {
    pub(crate) fn new(raw: RawCo, key: Key) -> Self {
        Self {
            raw,
            key,
            asked: Cell::new(None),
            traps: Cell::new(0),
            expired: Cell::new(None),
            kernel_waker: Cell::new(None),
        }
    }

    pub(crate) fn key(&self) -> Key {
        self.key
    }

    /// Yields to the kernel and returns when the trap has been answered.
    ///
    /// If a time limit passes first, this never returns: it leaves a note on its way out, and the `timeout` of that depth drops it.
    /// Dropped before the answer has come, it withdraws; `pass_on` is called if the answer was on its way.
    pub(crate) async fn trap(&self, trap: Trap, pass_on: impl FnOnce()) {
        let name = trap.name();
        poll_fn(|cx| self.check_waker(name, cx)).await;
        if let Some(earlier) = self.asked.get() {
            panic!("{}", TwoWaits { earlier, name });
        }
        self.asked.set(Some(name));
        self.traps.set(self.traps.get() + 1);
        let mut out = Out {
            co: self,
            replied: false,
            pass_on: Some(pass_on),
        };
        let reply = self.raw.yield_(trap).await;
        out.replied = true;
        match reply {
            Reply::Go => out.pass_on = None,
            Reply::Expired(depth) => {
                self.expired.set(Some(depth));
                let mut polls = 0;
                poll_fn(|_| {
                    polls += 1;
                    assert!(polls == 1, "{}", Expired(name));
                    Poll::<()>::Pending
                })
                .await;
            }
        }
    }

    /// Stands in line until called.
    pub(crate) async fn wait(&self, line: &Rc<Waiters>, pass_on: impl FnOnce()) {
        self.trap(Trap::Wait(Rc::clone(line)), pass_on).await;
    }

    /// Whether the limit of this depth is the one that has passed; told once.
    pub(crate) fn has_expired(&self, depth: usize) -> bool {
        let mine = self.expired.get() == Some(depth);
        if mine {
            self.expired.set(None);
        }
        mine
    }

    /// Throws away what was noted for limits that are over.
    pub(crate) fn forget_expired(&self, depth: usize) {
        let inner = self.expired.get().filter(|noted| *noted < depth);
        self.expired.set(inner);
    }

    /// Polls the whole coroutine for the kernel. One that waits must have asked for something in this very poll.
    pub(crate) fn supervise<T>(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.kernel_waker.set(Some(cx.waker().vtable()));
        let traps = self.traps.get();
        let poll = poll(cx);
        assert!(
            poll.is_ready() || self.traps.get() > traps,
            "a coroutine of `generators` awaited a future that does not come from this lane, so the kernel was not told \
             what it waits for: use this lane's functions, which take `co`, or move the program to `async_await`, \
             whose loop takes any future"
        );
        poll
    }

    /// Anybody else's waker would decide for itself what to poll, and the kernel would not know.
    fn check_waker(&self, name: &str, cx: &Context<'_>) -> Poll<()> {
        let kernels = self.kernel_waker.get();
        assert!(
            kernels.is_some_and(|kernels| ptr::eq(kernels, cx.waker().vtable())),
            "`{name}` was polled under a waker that is not the kernel's, inside a combinator like `FuturesUnordered` or \
             another executor: `spawn` the parts instead, and wait for them with `gather` or `as_completed`"
        );
        Poll::Ready(())
    }
}

impl fmt::Debug for Co {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Co")
            .field("waits_for", &self.asked.get())
            .finish_non_exhaustive()
    }
}

/// A trap that is out. Dropped before the reply was `Go`, it is taken back.
struct Out<'a, F: FnOnce()> {
    co: &'a Co,
    /// The kernel has resumed it, so the coroutine may ask for something else once this is gone. A trap that is dropped without that is
    /// still on its way to the kernel.
    replied: bool,
    pass_on: Option<F>,
}

impl<F: FnOnce()> Drop for Out<'_, F> {
    fn drop(&mut self) {
        if self.replied {
            self.co.asked.set(None);
        }
        if let Some(pass_on) = self.pass_on.take()
            && Kernel::with(|kernel| kernel.withdraw(self.co.key))
        {
            pass_on();
        }
    }
}

struct Expired(&'static str);

impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` was polled again after a `timeout` around it had passed: give `timeout` the wait itself and not a reference \
             to it, and begin a new wait afterwards",
            self.0
        )
    }
}

struct TwoWaits {
    earlier: &'static str,
    name: &'static str,
}

impl fmt::Display for TwoWaits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { earlier, name } = self;
        write!(
            f,
            "`{name}` was asked for while the same coroutine's `{earlier}` is still out (polled and not finished, or polled and \
             dropped): a coroutine waits for one thing at a time. `spawn` the parts and wait for them with `gather` or \
             `as_completed`, or put a limit on one with `timeout`"
        )
    }
}
