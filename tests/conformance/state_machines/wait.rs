//! What a machine waits for: the leaf futures and combinators of the lane.

use std::rc::Rc;
use std::task::{Context, Poll, ready};

use futures::{FutureExt, StreamExt};
use yield_to_await::state_machines as sm;

use super::machine::{Machine, Step};
use super::{Handle, Task};
use crate::outcome::{Flow, Outcome, Raise, Value, look, render, render_list, settle};
use crate::pace::Timer;
use crate::program::{Block, Name};

/// What the machine waits for, and what it will need to know then.
pub(super) enum Wait {
    Nothing,
    Sleep(Timed<sm::Sleep>),
    Yield(sm::YieldNow),
    Join(Name, Handle, sm::Finished<Outcome>),
    Await(Name, Handle, sm::Finished<Outcome>),
    Gather(sm::TryGather<Value, Raise>),
    GatherAll(sm::GatherAll<Outcome>),
    AsCompleted(sm::AsCompleted<Outcome>),
    /// Boxed, since a machine would otherwise contain a machine.
    Timeout(Box<Timed<sm::Timeout<Machine>>>),
    Put(Name, u32, sm::Sending<Value>),
    Get(Name, sm::Recv<Value>),
    Event(Name, sm::Wait),
    Acquire(Name, sm::Acquire),
    WithSem(Name, Block, sm::Acquire),
    WithLock(Name, Block, sm::Lock<()>),
}

/// A wait for time, and its timer. The wait is dropped first.
pub(super) struct Timed<F> {
    future: F,
    _timer: Timer,
}

impl<F> Timed<F> {
    pub(super) fn new(future: F, timer: Timer) -> Self {
        Self {
            future,
            _timer: timer,
        }
    }
}

impl Wait {
    /// Looks whether the wait is over, and writes what came of it.
    pub(super) fn poll(&mut self, task: &Task, cx: &mut Context<'_>) -> Poll<Result<Step, Raise>> {
        match self {
            Self::Nothing => {}
            Self::Sleep(sleep) => ready!(sleep.future.poll_unpin(cx)),
            Self::Yield(turn) => ready!(turn.poll_unpin(cx)),
            Self::Join(slot, handle, finished) => {
                ready!(finished.poll_unpin(cx));
                let outcome = handle.peek(look);
                task.line(format_args!("join {slot}={}", render(&outcome)));
            }
            Self::Await(slot, handle, finished) => {
                ready!(finished.poll_unpin(cx));
                let value = handle.peek(look)?;
                task.line(format_args!("await {slot}={value}"));
            }
            Self::Gather(gather) => {
                let values = ready!(gather.poll_unpin(cx))?;
                let values: Vec<Outcome> = values.into_iter().map(Ok).collect();
                task.line(format_args!("gather={}", render_list(&values)));
            }
            Self::GatherAll(gather) => {
                let given = ready!(gather.poll_unpin(cx));
                let outcomes: Vec<Outcome> = given.iter().map(settle).collect();
                task.line(format_args!("gather={}", render_list(&outcomes)));
            }
            Self::AsCompleted(children) => {
                while let Some(given) = ready!(children.poll_next_unpin(cx)) {
                    match settle(&given) {
                        Err(Raise::Cancelled) => return Poll::Ready(Err(Raise::Cancelled)),
                        outcome => task.line(format_args!("next={}", render(&outcome))),
                    }
                }
            }
            Self::Timeout(limited) => match ready!(limited.future.poll_unpin(cx)) {
                Ok(left) => {
                    let flow = left?;
                    task.line("timeout=ok");
                    if let Flow::Return(value) = flow {
                        return Poll::Ready(Ok(Step::Return(value)));
                    }
                }
                Err(_elapsed) => task.line("timeout=expired"),
            },
            Self::Put(queue, value, sending) => {
                let sent = ready!(sending.poll_unpin(cx));
                task.put(queue, *value, sent);
            }
            Self::Get(queue, receiving) => {
                let value = ready!(receiving.poll_unpin(cx));
                task.got(queue, value);
            }
            Self::Event(event, wait) => {
                ready!(wait.poll_unpin(cx));
                task.line(format_args!("wait {event}"));
            }
            Self::Acquire(sem, acquire) => {
                ready!(acquire.poll_unpin(cx)).forget();
                task.acquired(sem);
            }
            Self::WithSem(sem, statements, acquire) => {
                let permit = ready!(acquire.poll_unpin(cx));
                task.line(format_args!("acquire {sem}"));
                let statements = Rc::clone(statements);
                return Poll::Ready(Ok(Step::Hold(Box::new(permit), statements)));
            }
            Self::WithLock(lock, statements, locking) => {
                let guard = ready!(locking.poll_unpin(cx));
                task.line(format_args!("lock {lock}"));
                let statements = Rc::clone(statements);
                return Poll::Ready(Ok(Step::Hold(Box::new(guard), statements)));
            }
        }
        Poll::Ready(Ok(Step::Next))
    }
}
