//! What may go to another thread: errors, reports, clocks, and wakers (`ecosystem.rs`). Everything that belongs to a loop stays with it.

use yield_to_await::programs::{Line, Log, Program, Run};
use yield_to_await::{
    Clock, Closed, Counts, Deadlock, Elapsed, JoinError, PanicPayload, Setup, TaskId, TaskInfo,
    TryRecvError, TrySendError, WaitReason, WaitingTask,
};
use yield_to_await::{async_await as aw, generators as g, state_machines as sm};

/// Implemented once for every type, and once more for those that are `Send`: naming it is ambiguous for the latter.
trait NotSend<Marker> {
    fn check() {}
}
impl<T: ?Sized> NotSend<()> for T {}
impl<T: ?Sized + Send> NotSend<u8> for T {}

macro_rules! stays_with_its_loop {
    ($($type:ty),+ $(,)?) => { $(<$type as NotSend<_>>::check();)+ };
}

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
        TaskInfo, Log,
    );
}

#[test]
fn values_and_errors_go_anywhere() {
    fn anywhere<T: Send + Sync + 'static>() {}
    anywhere::<(
        Clock,
        Setup,
        Counts,
        TaskId,
        Deadlock,
        WaitingTask,
        WaitReason,
    )>();
    anywhere::<(JoinError, PanicPayload, Elapsed, TryRecvError)>();
    anywhere::<(Closed<u8>, TrySendError<u8>)>();
    anywhere::<(Program, Line, Run)>();
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
