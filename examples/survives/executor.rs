//! The executors that poll futures, as far as the experiments need them: the same experiment runs on each. Generators have a file of their
//! own.

use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use async_executor::LocalExecutor;
use futures::SinkExt;
use futures::channel::mpsc;
use futures::executor::{LocalPool, LocalSpawner};
use futures::future::RemoteHandle;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use yield_to_await::{Clock, Deadlock, async_await as aw};

pub(crate) trait Executor: 'static {
    /// What a task or a destructor spawns with.
    type Spawner: Clone + 'static;
    type Task<T: 'static>: Future + Unpin + 'static;
    type Sender: 'static;
    type Receiver: 'static;

    /// Makes an executor, runs `main` on it, and drops it with what is left.
    fn run<T>(main: impl AsyncFnOnce(Self::Spawner) -> T) -> Result<T, Deadlock>;

    fn spawn<T: 'static>(
        spawner: &Self::Spawner,
        task: impl Future<Output = T> + 'static,
    ) -> Self::Task<T>;

    /// For a task that nobody asks for; also while the executor is being dropped.
    fn spawn_detached(spawner: &Self::Spawner, task: impl Future<Output = ()> + 'static);

    /// The task's value, where there is one.
    async fn join<T: 'static>(task: Self::Task<T>) -> Option<T>;

    fn abort<T: 'static>(task: Self::Task<T>);

    /// With room for one value or two.
    fn channel() -> (Self::Sender, Self::Receiver);
    async fn send(sender: &mut Self::Sender, value: u32);
    async fn receive(receiver: &mut Self::Receiver) -> Option<u32>;
}

/// Those with a lock and a clock.
pub(crate) trait Locks: Executor {
    type Lock: Clone + 'static;
    type Guard: 'static;

    fn unlocked() -> Self::Lock;
    fn lock(lock: &Self::Lock) -> impl Future<Output = Self::Guard> + 'static;
    async fn sleep(duration: Duration);
}

/// Lane 3.
pub(crate) struct AsyncAwait;

impl Executor for AsyncAwait {
    type Spawner = ();
    type Task<T: 'static> = aw::JoinHandle<T>;
    type Sender = aw::Sender<u32>;
    type Receiver = aw::Receiver<u32>;

    fn run<T>(main: impl AsyncFnOnce(()) -> T) -> Result<T, Deadlock> {
        aw::try_run_on(Clock::Real, main(()))
    }

    fn spawn<T: 'static>((): &(), task: impl Future<Output = T> + 'static) -> aw::JoinHandle<T> {
        aw::spawn(task)
    }

    fn spawn_detached((): &(), task: impl Future<Output = ()> + 'static) {
        drop(aw::spawn(task));
    }

    async fn join<T: 'static>(task: aw::JoinHandle<T>) -> Option<T> {
        task.await.ok()
    }

    fn abort<T: 'static>(task: aw::JoinHandle<T>) {
        task.cancel();
    }

    fn channel() -> (Self::Sender, Self::Receiver) {
        aw::channel(1)
    }

    async fn send(sender: &mut Self::Sender, value: u32) {
        sender.send(value).await.expect("the receiver is there");
    }

    async fn receive(receiver: &mut Self::Receiver) -> Option<u32> {
        receiver.recv().await
    }
}

impl Locks for AsyncAwait {
    type Lock = aw::Mutex<()>;
    type Guard = aw::MutexGuard<()>;

    fn unlocked() -> Self::Lock {
        aw::Mutex::new(())
    }

    fn lock(lock: &Self::Lock) -> impl Future<Output = Self::Guard> + 'static {
        lock.lock()
    }

    async fn sleep(duration: Duration) {
        aw::sleep(duration).await;
    }
}

/// A `LocalSet` on the current-thread runtime.
pub(crate) struct Tokio;

impl Executor for Tokio {
    type Spawner = ();
    type Task<T: 'static> = tokio::task::JoinHandle<T>;
    type Sender = tokio::sync::mpsc::Sender<u32>;
    type Receiver = tokio::sync::mpsc::Receiver<u32>;

    fn run<T>(main: impl AsyncFnOnce(()) -> T) -> Result<T, Deadlock> {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("it opens nothing");
        Ok(LocalSet::new().block_on(&runtime, main(())))
    }

    fn spawn<T: 'static>((): &(), task: impl Future<Output = T> + 'static) -> Self::Task<T> {
        spawn_local(task)
    }

    fn spawn_detached((): &(), task: impl Future<Output = ()> + 'static) {
        drop(spawn_local(task));
    }

    async fn join<T: 'static>(task: Self::Task<T>) -> Option<T> {
        task.await.ok()
    }

    fn abort<T: 'static>(task: Self::Task<T>) {
        task.abort();
    }

    fn channel() -> (Self::Sender, Self::Receiver) {
        tokio::sync::mpsc::channel(1)
    }

    async fn send(sender: &mut Self::Sender, value: u32) {
        sender.send(value).await.expect("the receiver is there");
    }

    async fn receive(receiver: &mut Self::Receiver) -> Option<u32> {
        receiver.recv().await
    }
}

impl Locks for Tokio {
    type Lock = Arc<tokio::sync::Mutex<()>>;
    type Guard = tokio::sync::OwnedMutexGuard<()>;

    fn unlocked() -> Self::Lock {
        Arc::default()
    }

    fn lock(lock: &Self::Lock) -> impl Future<Output = Self::Guard> + 'static {
        Arc::clone(lock).lock_owned()
    }

    async fn sleep(duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// The `LocalExecutor` of async-executor. It has no spawner; a weak reference to it is what people use.
pub(crate) struct AsyncExecutor;

impl Executor for AsyncExecutor {
    type Spawner = Weak<LocalExecutor<'static>>;
    type Task<T: 'static> = async_executor::Task<T>;
    type Sender = async_channel::Sender<u32>;
    type Receiver = async_channel::Receiver<u32>;

    fn run<T>(main: impl AsyncFnOnce(Self::Spawner) -> T) -> Result<T, Deadlock> {
        let executor = Rc::new(LocalExecutor::new());
        let main = main(Rc::downgrade(&executor));
        Ok(futures_lite::future::block_on(executor.run(main)))
    }

    fn spawn<T: 'static>(
        spawner: &Self::Spawner,
        task: impl Future<Output = T> + 'static,
    ) -> Self::Task<T> {
        let executor = spawner.upgrade();
        executor.expect("it is there while it runs").spawn(task)
    }

    fn spawn_detached(spawner: &Self::Spawner, task: impl Future<Output = ()> + 'static) {
        if let Some(executor) = spawner.upgrade() {
            executor.spawn(task).detach();
        }
    }

    async fn join<T: 'static>(task: Self::Task<T>) -> Option<T> {
        Some(task.await)
    }

    fn abort<T: 'static>(task: Self::Task<T>) {
        drop(task);
    }

    fn channel() -> (Self::Sender, Self::Receiver) {
        async_channel::bounded(1)
    }

    async fn send(sender: &mut Self::Sender, value: u32) {
        sender.send(value).await.expect("the receiver is there");
    }

    async fn receive(receiver: &mut Self::Receiver) -> Option<u32> {
        receiver.recv().await.ok()
    }
}

/// The `LocalPool` of futures. It has no timers; those of async-io are used.
pub(crate) struct Pool;

impl Executor for Pool {
    type Spawner = LocalSpawner;
    type Task<T: 'static> = RemoteHandle<T>;
    type Sender = mpsc::Sender<u32>;
    type Receiver = mpsc::Receiver<u32>;

    fn run<T>(main: impl AsyncFnOnce(LocalSpawner) -> T) -> Result<T, Deadlock> {
        let mut pool = LocalPool::new();
        let main = main(pool.spawner());
        Ok(pool.run_until(main))
    }

    fn spawn<T: 'static>(
        spawner: &LocalSpawner,
        task: impl Future<Output = T> + 'static,
    ) -> RemoteHandle<T> {
        let handle = spawner.spawn_local_with_handle(task);
        handle.expect("the pool is there while it runs")
    }

    fn spawn_detached(spawner: &LocalSpawner, task: impl Future<Output = ()> + 'static) {
        // An error says that the pool is gone, and has dropped the task.
        let _ = spawner.spawn_local(task);
    }

    async fn join<T: 'static>(task: RemoteHandle<T>) -> Option<T> {
        Some(task.await)
    }

    fn abort<T: 'static>(task: RemoteHandle<T>) {
        drop(task);
    }

    fn channel() -> (Self::Sender, Self::Receiver) {
        // Each sender has a place of its own besides. Without the other one, a `send` would wait for its own value to be received.
        mpsc::channel(1)
    }

    async fn send(sender: &mut Self::Sender, value: u32) {
        sender.send(value).await.expect("the receiver is there");
    }

    async fn receive(receiver: &mut Self::Receiver) -> Option<u32> {
        receiver.next().await
    }
}

impl Locks for Pool {
    type Lock = Arc<futures::lock::Mutex<()>>;
    type Guard = futures::lock::OwnedMutexGuard<()>;

    fn unlocked() -> Self::Lock {
        Arc::default()
    }

    fn lock(lock: &Self::Lock) -> impl Future<Output = Self::Guard> + 'static {
        Arc::clone(lock).lock_owned()
    }

    async fn sleep(duration: Duration) {
        async_io::Timer::after(duration).await;
    }
}
