//! The one door to the kernel.
//!
//! A coroutine of this lane is a `genawaiter` generator. It asks the kernel for something by putting a [`Request`] into its tray and yielding a
//! [`Trap`]; when it is resumed, the kernel's [`Reply`] says why. [`Co::trap`] below is the only place in the crate that yields.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::ptr;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use super::kernel::Kernel;
use super::misuse::{
    panic_foreign_future, panic_foreign_waker, panic_in_destructor, panic_replied, panic_two_waits,
};
use super::timer::Timer;
use super::trap::{Call, Reply, Request, Trap};
use super::waiters::Waiters;
use crate::clock::Time;
use crate::key::Key;
use crate::trace::observer::here;

pub(crate) type RawCo = genawaiter::rc::Co<Trap, ()>;

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
/// One that waits through the `Co` of another does not compile:
///
/// ```compile_fail,E0521
/// use yield_to_await::generators::{self as g, Co};
///
/// g::run(async |co: &Co| {
///     drop(g::spawn(co, async |_: &Co| g::yield_now(co).await));
/// });
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
    asked: Cell<Option<Call>>,
    /// Tells a poll that asked for something from one that waits for something else.
    has_trapped: Cell<bool>,
    limits: Cell<u32>,
    /// A limit that has passed, on its way outwards to the `timeout` that set it.
    expired: Cell<Option<u32>>,
}

impl Co {
    pub(crate) fn new(raw: RawCo, key: Key) -> Self {
        Self {
            raw,
            key,
            asked: Cell::new(None),
            has_trapped: Cell::new(false),
            limits: Cell::new(0),
            expired: Cell::new(None),
        }
    }

    pub(crate) fn key(&self) -> Key {
        self.key
    }

    /// Yields to the kernel and is ready when the trap has been answered.
    ///
    /// If a time limit passes first, it never is: it leaves a note on its way out, and the `timeout` of that depth drops it.
    /// Dropped before the answer has come, it withdraws; `pass_on` is called if the answer was on its way.
    ///
    #[inline]
    pub(crate) fn trap<'a>(
        &'a self,
        call: Call,
        ask: impl FnOnce() -> Trap + 'a,
        pass_on: impl FnOnce() + 'a,
    ) -> impl Future<Output = ()> + 'a {
        Asking {
            call,
            ask: Some(|| self.raw.yield_(ask())),
            answer: None,
            out: Out {
                co: self,
                stage: Stage::Unasked,
                pass_on: Some(pass_on),
            },
        }
    }

    #[inline]
    pub(crate) fn ask_for_a_turn(&self) -> Trap {
        if self.limits.get() == 0 {
            return Trap::Yield;
        }
        put(Request::Turn)
    }

    /// How many time limits stand around what the coroutine does.
    pub(crate) fn set_limits(&self, limits: u32) {
        self.limits.set(limits);
    }

    /// Waits for what the request says.
    pub(crate) fn request<'a>(
        &'a self,
        call: Call,
        request: Request,
        pass_on: impl FnOnce() + 'a,
    ) -> impl Future<Output = ()> + 'a {
        self.trap(call, || put(request), pass_on)
    }

    /// Stands in line until called. It stands there from the first poll on, and not only when the coroutine stops: what it does in between may call it.
    pub(crate) fn wait<'a>(
        &'a self,
        line: &Rc<Waiters>,
        pass_on: impl FnOnce() + 'a,
    ) -> impl Future<Output = ()> + 'a {
        let name = line.name_of_wait();
        let line = Rc::clone(line);
        let stand = move || {
            let ticket = line.stand(self.key);
            put(Request::Line(line, ticket))
        };
        self.trap(name, stand, pass_on)
    }

    /// Waits for a moment. The timer is armed from the first poll on, as a place in a line is taken.
    pub(crate) fn wait_until(&self, deadline: Time) -> impl Future<Output = ()> {
        let arm = move || {
            let timer = Timer::of_a_sleep(self.key);
            put(Request::Timer(Kernel::with(|kernel| {
                kernel.arm(deadline, timer)
            })))
        };
        self.trap(Call::Sleep, arm, || ())
    }

    /// Whether the limit of this depth is the one that has passed; told once.
    pub(crate) fn has_expired(&self, depth: u32) -> bool {
        let mine = self.expired.get() == Some(depth);
        if mine {
            self.expired.set(None);
        }
        mine
    }

    /// Throws away what was noted for limits that are over.
    pub(crate) fn forget_expired(&self, depth: u32) {
        let inner = self.expired.get().filter(|noted| *noted < depth);
        self.expired.set(inner);
    }

    /// Polls the whole coroutine for the kernel. One that waits must have asked for something in this very poll.
    // One function less between the generator and the user's code, in every step.
    #[inline(always)]
    pub(crate) fn supervise<T>(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        Kernel::with(|kernel| kernel.waker.set(Some(cx.waker().vtable())));
        self.has_trapped.set(false);
        let poll = poll(cx);
        if poll.is_pending() && !self.has_trapped.get() {
            panic_foreign_future();
        }
        poll
    }

    #[inline]
    fn check(&self, call: Call, cx: &Context<'_>) {
        // Anybody else's waker would decide for itself what to poll, and the kernel would not know.
        match Kernel::with(|kernel| kernel.waker.get()) {
            Some(kernels) if ptr::eq(kernels, cx.waker().vtable()) => {}
            Some(_) => panic_foreign_waker(call),
            None => panic_in_destructor(call),
        }
        if let Some(earlier) = self.asked.get() {
            panic_two_waits(earlier, call);
        }
    }
}

fn put(request: Request) -> Trap {
    Kernel::with(|kernel| kernel.tray.set(Some(request)));
    Trap::Wait
}

/// Polled a second time in the turn that asked, a wait has nothing new to say.
#[cold]
fn poll_again(call: Call) -> Poll<()> {
    if Kernel::with(|kernel| kernel.waker.get()).is_none() {
        panic_in_destructor(call);
    }
    Poll::Pending
}

impl fmt::Debug for Co {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Co")
            .field("waits_for", &self.asked.get().map(Call::name))
            .finish_non_exhaustive()
    }
}

/// The future of a trap. An async fn would say the same in fewer words, but would be one more machine inside the coroutine's, and every
/// step of every coroutine comes through here.
struct Asking<'a, A, B, F: FnOnce()> {
    call: Call,
    ask: Option<A>,
    answer: Option<B>,
    out: Out<'a, F>,
}

impl<A, B: Unpin, F: FnOnce()> Unpin for Asking<'_, A, B, F> {}

impl<A, B, F> Future for Asking<'_, A, B, F>
where
    A: FnOnce() -> B,
    B: Future<Output = ()> + Unpin,
    F: FnOnce(),
{
    type Output = ();

    // A call of its own would be a tenth of a step.
    #[track_caller]
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self {
            call,
            ask,
            answer,
            out,
        } = &mut *self;
        let co = out.co;
        if ask.is_some() {
            here();
            co.check(*call, cx);
        }
        if let Some(ask) = ask.take() {
            co.asked.set(Some(*call));
            co.has_trapped.set(true);
            out.stage = Stage::Asked;
            *answer = Some(ask());
            return Poll::Pending;
        }
        if out.stage == Stage::Replied {
            panic_replied(*call, out.pass_on.is_some());
        }
        let reply = Kernel::with(|kernel| kernel.reply.take());
        let Some(reply) = reply else {
            return poll_again(*call);
        };
        if let Some(answer) = answer {
            ready!(Pin::new(answer).poll(cx));
        }
        out.stage = Stage::Replied;
        if let Reply::Expired(depth) = reply {
            co.expired.set(Some(depth));
            return Poll::Pending;
        }
        out.pass_on = None;
        co.asked.set(None);
        if *call != Call::YieldNow {
            Kernel::with(|kernel| kernel.settle(co.key));
        }
        Poll::Ready(())
    }
}

/// A trap that is out. Dropped before the reply was "go", it is taken back.
struct Out<'a, F: FnOnce()> {
    co: &'a Co,
    stage: Stage,
    /// There until the reply was "go".
    pass_on: Option<F>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Unasked,
    /// A trap that is dropped now is still on its way to the kernel.
    Asked,
    /// The kernel has resumed it, so the coroutine may ask for something else once this is gone.
    Replied,
}

impl<F: FnOnce()> Drop for Out<'_, F> {
    fn drop(&mut self) {
        if self.stage == Stage::Unasked {
            return;
        }
        if let Some(pass_on) = self.pass_on.take() {
            match self.stage {
                Stage::Replied => self.co.asked.set(None),
                // If it was asked in this very poll, the kernel would wait for nobody.
                _ => self.co.has_trapped.set(false),
            }
            if Kernel::with(|kernel| kernel.withdraw(self.co.key)) {
                pass_on();
            }
        }
    }
}
