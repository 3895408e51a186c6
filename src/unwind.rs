//! Panics that must not get any further.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic carries.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Runs what belongs to somebody else, and gives back the panic it may end with.
pub(crate) fn caught<T>(f: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(f))
}

/// Throws a panic away; a payload whose own destructor panics is leaked after that.
pub(crate) fn discard(panic: Panic) {
    caught(|| drop(panic)).unwrap_or_else(std::mem::forget);
}

/// Runs what belongs to somebody else, and lets nothing out.
pub(crate) fn contain(f: impl FnOnce()) {
    caught(f).unwrap_or_else(discard);
}

/// The earlier of two panics; the later one is thrown away.
pub(crate) fn first_of(earlier: Option<Panic>, later: Option<Panic>) -> Option<Panic> {
    if let (Some(_), Some(_)) = (&earlier, &later) {
        later.into_iter().for_each(discard);
        return earlier;
    }
    earlier.or(later)
}
