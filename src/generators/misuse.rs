//! What a coroutine is told that waits in a way the kernel cannot follow. Out of line, so that the way of every step stays short.

use super::trap::Call;

#[cold]
pub(super) fn panic_foreign_future() -> ! {
    panic!(
        "a coroutine of `generators` awaited a future that does not come from this lane, so the kernel was not told \
         what it waits for: use this lane's functions, which take `co`, or move the program to `async_await`, \
         whose loop takes any future"
    )
}

#[cold]
pub(super) fn panic_foreign_waker(call: Call) -> ! {
    panic!(
        "`{call}` was polled under a waker that is not the kernel's, inside a combinator like `FuturesUnordered` or \
         another executor: `spawn` the parts instead, and wait for them with `gather` or `as_completed`"
    )
}

#[cold]
pub(super) fn panic_in_destructor(call: Call) -> ! {
    panic!(
        "`{call}` was polled while its coroutine was being dropped: a destructor cannot wait, for nobody would resume it. Wait before the \
         coroutine ends, or have another task do it"
    )
}

#[cold]
pub(super) fn panic_two_waits(earlier: Call, call: Call) -> ! {
    panic!(
        "`{call}` was asked for while the same coroutine's `{earlier}` is still out (polled and not finished, or polled and \
         dropped): a coroutine waits for one thing at a time. `spawn` the parts and wait for them with `gather` or \
         `as_completed`, or put a limit on one with `timeout`"
    )
}

#[cold]
pub(super) fn panic_replied(call: Call, has_expired: bool) -> ! {
    assert!(has_expired, "`{call}` was polled after it was over");
    panic!(
        "`{call}` was polled again after a `timeout` around it had passed: give `timeout` the wait itself and not a reference \
         to it, and begin a new wait afterwards"
    )
}
