//! What may go to another thread: errors, reports, clocks, and wakers (`threads.rs`). Everything that belongs to a loop stays with it.

use std::future::ready;
use std::time::Duration;

use yield_to_await::generators::Co;
use yield_to_await::programs::{self, Expected, Line, Log, Program};
use yield_to_await::trace::{self, ArmedTimer, Cause, Place, PrimitiveId, Replay, ReplayedTask};
use yield_to_await::{
    Clock, Closed, Counts, Deadlock, DeadlockKind, Elapsed, Exit, JoinError, Link, Listing,
    PanicPayload, Primitive, PrimitiveStatus, Report, Setup, SlowStep, TaskId, TaskInfo,
    TaskStatus, TryRecvError, TrySendError, Unread, WaitReason,
};
use yield_to_await::{async_await as aw, generators as g, state_machines as sm};

/// Implemented once for every type, and once more for those that are `Send`: naming it is ambiguous for the latter.
trait NotSend<Marker> {
    fn check() {}
    fn check_value(&self) {}
}
impl<T: ?Sized> NotSend<()> for T {}
impl<T: ?Sized + Send> NotSend<u8> for T {}

/// The same for `Sync`.
trait NotSync<Marker> {
    fn check() {}
}
impl<T: ?Sized> NotSync<()> for T {}
impl<T: ?Sized + Sync> NotSync<u8> for T {}

macro_rules! stays_with_its_loop {
    ($($type:ty),+ $(,)?) => { $(
        <$type as NotSend<_>>::check();
        <$type as NotSync<_>>::check();
    )+ };
}

macro_rules! future_stays {
    ($($future:expr),+ $(,)?) => { $(NotSend::<_>::check_value(&$future);)+ };
}

/// Fault 40: the table of what must not leave its thread. It does not compile if one of them is `Send` or `Sync`.
#[test]
fn what_belongs_to_a_loop_is_not_send() {
    stays_with_its_loop!(
        sm::Sleep, sm::YieldNow, sm::Timeout<sm::Sleep>, sm::Spawner,
        sm::JoinHandle<()>, sm::Finished<()>, sm::Gather<()>, sm::TryGather<(), JoinError>, sm::GatherAll<()>,
        sm::AsCompleted<()>, sm::FirstCompleted<()>, sm::TaskGroup<(), JoinError>, sm::Finish<(), JoinError>,
        sm::Sender<()>, sm::Sending<()>, sm::Receiver<()>, sm::Recv<()>,
        sm::Event, sm::Wait, sm::Semaphore, sm::Permit, sm::Acquire, sm::Mutex<()>, sm::MutexGuard<()>, sm::Lock<()>,
        aw::AsCompleted<()>,
        g::Co, g::JoinHandle<()>, g::AsCompleted<()>, g::TaskGroup<(), JoinError>, g::Sender<()>, g::Receiver<()>,
        g::Event, g::Semaphore, g::Permit, g::Mutex<()>, g::MutexGuard<()>,
        Log, Report<Log>,
    );
}

/// Fault 40: the futures that have no name.
#[test]
fn futures_without_a_name_are_not_send() {
    const NOW: Duration = Duration::ZERO;
    aw::run_on(Clock::Simulated, async {
        future_stays!(
            aw::gather([aw::spawn(ready(()))]),
            aw::try_gather([aw::spawn(ready(Ok::<_, JoinError>(())))]),
            aw::gather_all([aw::spawn(ready(()))]),
            aw::first_completed([aw::spawn(ready(()))]),
            aw::as_completed([aw::spawn(ready(()))]).next(),
            aw::timeout(NOW, ready(())),
        );
    });
    g::run_on(Clock::Simulated, async |co: &Co| {
        let spawn = || g::spawn(co, async |_: &Co| ());
        let (tx, rx) = g::unbounded::<()>();
        future_stays!(
            g::gather(co, [spawn()]),
            g::try_gather(co, [g::spawn(co, async |_: &Co| Ok::<_, JoinError>(()))]),
            g::gather_all(co, [spawn()]),
            g::first_completed(co, [spawn()]),
            g::as_completed(co, [spawn()]).next(co),
            g::timeout(co, NOW, ready(())),
            g::sleep(co, NOW),
            g::sleep_until(co, NOW),
            g::yield_now(co),
            spawn().join(co),
            spawn().finished(co),
            tx.send(co, ()),
            rx.recv(co),
            g::Event::new().wait(co),
            g::Semaphore::new(1).acquire(co),
            g::Mutex::new(()).lock(co),
            g::TaskGroup::<(), JoinError>::new().finish(co),
        );
    });
}

/// Fault 40: the table of what may go anywhere.
#[test]
fn values_and_errors_go_anywhere() {
    fn anywhere<T: Send + Sync + 'static>() {}
    anywhere::<(
        Clock,
        Setup,
        Counts,
        TaskId,
        Deadlock,
        DeadlockKind,
        TaskStatus,
        WaitReason,
    )>();
    anywhere::<(TaskInfo, Link, Primitive, PrimitiveStatus)>();
    anywhere::<(Exit, Listing<u8>, SlowStep, Unread, Report<u8>)>();
    anywhere::<(JoinError, PanicPayload, Elapsed, TryRecvError)>();
    anywhere::<(Closed<u8>, TrySendError<u8>)>();
    anywhere::<(Report<u8>, std::task::Waker)>();
    anywhere::<(Program, Line, Expected, programs::Run, programs::Lane)>();
    anywhere::<(trace::Event, trace::What, Cause, trace::Wait)>();
    anywhere::<(Place, PrimitiveId, trace::Recording, trace::Recorder)>();
    anywhere::<(Replay<'static>, ReplayedTask<'static>, ArmedTimer)>();
    anywhere::<(trace::Standing<'static>, trace::Difference, trace::Stepper)>();
}

/// A hand-written machine keeps them as fields and needs no pin projection.
#[test]
fn the_leaves_are_unpin() {
    use std::marker::PhantomPinned;
    fn unpin<T: Unpin>() {}
    unpin::<(sm::Sleep, sm::YieldNow, sm::Timeout<sm::Sleep>)>();
    unpin::<(
        sm::JoinHandle<PhantomPinned>,
        sm::Finished<PhantomPinned>,
        sm::Gather<PhantomPinned>,
    )>();
    unpin::<(
        sm::AsCompleted<PhantomPinned>,
        sm::FirstCompleted<PhantomPinned>,
    )>();
    unpin::<(
        sm::Sending<PhantomPinned>,
        sm::Receiver<PhantomPinned>,
        sm::Recv<PhantomPinned>,
    )>();
    unpin::<(sm::Wait, sm::Acquire, sm::Lock<PhantomPinned>)>();
}
