//! One vocabulary for test bodies, so that the same body runs in every lane.
//!
//! Each module below has the same functions. They take `co` first, as lane 1 does; in lanes 2 and 3 it stands for nothing.
#![allow(
    dead_code,
    unused_imports,
    reason = "every test target uses its own part"
)]

use std::cell::RefCell;
use std::rc::Rc;

pub(crate) mod report;

/// What happened, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace(Rc<RefCell<Vec<String>>>);

impl Trace {
    pub(crate) fn note(&self, text: impl ToString) {
        self.0.borrow_mut().push(text.to_string());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        self.0.take()
    }

    /// Notes `text` when it is dropped.
    pub(crate) fn on_drop(&self, text: impl ToString) -> OnDrop {
        OnDrop(self.clone(), text.to_string())
    }
}

#[derive(Debug)]
pub(crate) struct OnDrop(Trace, String);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.note(&self.1);
    }
}

/// Calls its function when it is dropped.
pub(crate) struct Defer<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for Defer<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Makes a test of the body for each lane, named after the lane, in a module of the test's name.
macro_rules! in_every_lane {
    ($($(#[doc = $doc:literal])* fn $name:ident() $body:block)+) => {$(
        $(#[doc = $doc])*
        mod $name {
            use super::*;

            #[test]
            fn generators() {
                use crate::lanes::generators::*;
                $body
            }

            #[test]
            fn state_machines() {
                use crate::lanes::state_machines::*;
                $body
            }

            #[test]
            fn async_await() {
                use crate::lanes::async_await::*;
                $body
            }
        }
    )+};
}
pub(crate) use in_every_lane;

pub(crate) mod generators {
    use std::time::Duration;

    pub(crate) use yield_to_await::generators::{
        AsCompleted, Co, Event, JoinHandle, Mutex, MutexGuard, Permit, Receiver, Semaphore, Sender,
        TaskGroup, as_completed, channel, current, first_completed, gather, gather_all, now, run,
        run_on, run_with, sleep, sleep_until, spawn, spawn_named, tasks, timeout, try_gather,
        try_run_on, unbounded, yield_now,
    };
    use yield_to_await::{Closed, JoinError};

    pub(crate) const LANE: &str = "generators";

    pub(crate) async fn join<T: 'static>(co: &Co, handle: &JoinHandle<T>) -> Result<T, JoinError> {
        handle.join(co).await
    }

    pub(crate) async fn finished<T: 'static>(co: &Co, handle: &JoinHandle<T>) {
        handle.finished(co).await;
    }

    pub(crate) async fn next<T: 'static>(
        co: &Co,
        tasks: &mut AsCompleted<T>,
    ) -> Option<Result<T, JoinError>> {
        tasks.next(co).await
    }

    pub(crate) async fn send<T>(co: &Co, tx: &Sender<T>, value: T) -> Result<(), Closed<T>> {
        tx.send(co, value).await
    }

    pub(crate) async fn recv<T>(co: &Co, rx: &Receiver<T>) -> Option<T> {
        rx.recv(co).await
    }

    pub(crate) async fn wait(co: &Co, event: &Event) {
        event.wait(co).await;
    }

    pub(crate) async fn acquire(co: &Co, semaphore: &Semaphore) -> Permit {
        semaphore.acquire(co).await
    }

    pub(crate) async fn lock<T>(co: &Co, mutex: &Mutex<T>) -> MutexGuard<T> {
        mutex.lock(co).await
    }

    pub(crate) fn group_spawn<T: 'static, E: From<JoinError> + 'static>(
        co: &Co,
        group: &TaskGroup<T, E>,
        body: impl AsyncFnOnce(&Co) -> Result<T, E> + 'static,
    ) -> JoinHandle<Result<T, E>> {
        group.spawn(co, body)
    }

    pub(crate) async fn finish<T: 'static, E: From<JoinError> + 'static>(
        co: &Co,
        group: TaskGroup<T, E>,
    ) -> Result<Vec<T>, E> {
        group.finish(co).await
    }
}

macro_rules! waker_lane {
    ($lane:ident, $name:literal) => {
        pub(crate) mod $lane {
            use std::time::Duration;

            pub(crate) use yield_to_await::$lane::{
                AsCompleted, Event, JoinHandle, Mutex, MutexGuard, Permit, Receiver, Semaphore,
                Sender, TaskGroup, channel, unbounded,
            };
            use yield_to_await::{
                Clock, Closed, Deadlock, Elapsed, JoinError, Report, Setup, TaskInfo, TaskStatus,
                $lane as lane,
            };

            pub(crate) const LANE: &str = $name;

            /// Stands where lane 1 has the way to its kernel.
            #[derive(Debug)]
            pub(crate) struct Co;

            #[track_caller]
            pub(crate) fn run<T>(main: impl AsyncFnOnce(&Co) -> T) -> T {
                lane::run(main(&Co))
            }

            #[track_caller]
            pub(crate) fn run_on<T>(clock: Clock, main: impl AsyncFnOnce(&Co) -> T) -> T {
                lane::run_on(clock, main(&Co))
            }

            #[track_caller]
            pub(crate) fn try_run_on<T>(
                clock: Clock,
                main: impl AsyncFnOnce(&Co) -> T,
            ) -> Result<T, Deadlock> {
                lane::try_run_on(clock, main(&Co))
            }

            #[track_caller]
            pub(crate) fn run_with<T>(setup: Setup, main: impl AsyncFnOnce(&Co) -> T) -> Report<T> {
                lane::run_with(setup, main(&Co))
            }

            #[track_caller]
            pub(crate) fn spawn<T: 'static>(
                _: &Co,
                body: impl AsyncFnOnce(&Co) -> T + 'static,
            ) -> JoinHandle<T> {
                lane::spawn(async move { body(&Co).await })
            }

            #[track_caller]
            pub(crate) fn spawn_named<T: 'static>(
                _: &Co,
                name: &str,
                body: impl AsyncFnOnce(&Co) -> T + 'static,
            ) -> JoinHandle<T> {
                lane::spawn_named(name, async move { body(&Co).await })
            }

            pub(crate) async fn sleep(_: &Co, duration: Duration) {
                lane::sleep(duration).await;
            }

            pub(crate) async fn sleep_until(_: &Co, moment: Duration) {
                lane::sleep_until(moment).await;
            }

            pub(crate) async fn yield_now(_: &Co) {
                lane::yield_now().await;
            }

            pub(crate) fn now(_: &Co) -> Duration {
                lane::now()
            }

            pub(crate) fn tasks(_: &Co) -> Vec<TaskStatus> {
                lane::tasks()
            }

            pub(crate) fn current(_: &Co) -> TaskInfo {
                lane::current()
            }

            pub(crate) fn gather<T: 'static>(
                _: &Co,
                handles: impl IntoIterator<Item = JoinHandle<T>>,
            ) -> impl Future<Output = Result<Vec<T>, JoinError>> {
                lane::gather(handles)
            }

            pub(crate) fn try_gather<T: 'static, E: From<JoinError> + 'static>(
                _: &Co,
                handles: impl IntoIterator<Item = JoinHandle<Result<T, E>>>,
            ) -> impl Future<Output = Result<Vec<T>, E>> {
                lane::try_gather(handles)
            }

            pub(crate) fn gather_all<T: 'static>(
                _: &Co,
                handles: impl IntoIterator<Item = JoinHandle<T>>,
            ) -> impl Future<Output = Vec<Result<T, JoinError>>> {
                lane::gather_all(handles)
            }

            pub(crate) fn as_completed<T: 'static>(
                _: &Co,
                handles: impl IntoIterator<Item = JoinHandle<T>>,
            ) -> AsCompleted<T> {
                lane::as_completed(handles)
            }

            pub(crate) fn first_completed<T: 'static>(
                _: &Co,
                handles: impl IntoIterator<Item = JoinHandle<T>>,
            ) -> impl Future<Output = (usize, Result<T, JoinError>)> {
                lane::first_completed(handles)
            }

            pub(crate) fn timeout<F: Future>(
                _: &Co,
                limit: Duration,
                body: F,
            ) -> impl Future<Output = Result<F::Output, Elapsed>> {
                lane::timeout(limit, body)
            }

            pub(crate) async fn join<T: 'static>(
                _: &Co,
                handle: &JoinHandle<T>,
            ) -> Result<T, JoinError> {
                handle.clone().await
            }

            pub(crate) async fn finished<T: 'static>(_: &Co, handle: &JoinHandle<T>) {
                handle.finished().await;
            }

            pub(crate) async fn next<T: 'static>(
                _: &Co,
                tasks: &mut AsCompleted<T>,
            ) -> Option<Result<T, JoinError>> {
                tasks.next().await
            }

            pub(crate) async fn send<T>(_: &Co, tx: &Sender<T>, value: T) -> Result<(), Closed<T>> {
                tx.send(value).await
            }

            pub(crate) async fn recv<T>(_: &Co, rx: &Receiver<T>) -> Option<T> {
                rx.recv().await
            }

            pub(crate) async fn wait(_: &Co, event: &Event) {
                event.wait().await;
            }

            pub(crate) async fn acquire(_: &Co, semaphore: &Semaphore) -> Permit {
                semaphore.acquire().await
            }

            pub(crate) async fn lock<T>(_: &Co, mutex: &Mutex<T>) -> MutexGuard<T> {
                mutex.lock().await
            }

            pub(crate) fn group_spawn<T: 'static, E: From<JoinError> + 'static>(
                _: &Co,
                group: &TaskGroup<T, E>,
                body: impl AsyncFnOnce(&Co) -> Result<T, E> + 'static,
            ) -> JoinHandle<Result<T, E>> {
                group.spawn(async move { body(&Co).await })
            }

            pub(crate) async fn finish<T: 'static, E: From<JoinError> + 'static>(
                _: &Co,
                group: TaskGroup<T, E>,
            ) -> Result<Vec<T>, E> {
                group.finish().await
            }
        }
    };
}

waker_lane!(state_machines, "state_machines");
waker_lane!(async_await, "async_await");
