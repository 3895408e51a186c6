//! What a loop can tell of itself: what its tasks wait for, why nothing can go on, what a run has left behind.
//!
//! Nobody pays for a report before it is wanted. The waiting leave a number where they stand, and a sign says what is waited for there; the survey goes
//! round and reads them.

pub use self::deadlock::{Deadlock, DeadlockKind, Link};
pub use self::exit::{Exit, Listing, SlowStep, Unread};
pub(crate) use self::exit::{Stopwatch, Watch};
pub use self::primitive::{Holder, Primitive, PrimitiveKind, PrimitiveStatus};
pub(crate) use self::sign::{Hold, Sign, Want};
pub use self::status::{TaskState, TaskStatus, WaitReason};
pub(crate) use self::survey::{Needed, Survey};

mod circle;
mod deadlock;
mod exit;
mod primitive;
mod sign;
mod status;
mod survey;
