//! What a task has ended with, as it stands in the body of the task until somebody takes it.

use std::any::Any;

use crate::error::JoinError;

/// `None` when somebody has taken it.
pub(crate) type Outcome<T> = Option<Result<T, JoinError>>;

/// The outcome of a task whose handles are `JoinHandle<T>`.
pub(crate) fn typed<T: 'static>(outcome: &mut dyn Any) -> &mut Outcome<T> {
    let outcome = outcome.downcast_mut();
    outcome.expect("a handle has the type of its task's value")
}

/// What an outcome says of a failure. A cancel is none: it was asked for.
pub(crate) fn failure<T>(outcome: &Result<T, JoinError>) -> Option<String> {
    match outcome {
        Err(JoinError::Cancelled | JoinError::LoopEnded) => None,
        Err(error) => Some(error.to_string()),
        Ok(_) => {
            let value = std::any::type_name::<T>();
            Some(format!("the task returned an error, in a `{value}`"))
        }
    }
}

/// For whoever asks for an outcome that is not in its place.
pub(crate) const LENT: &str = "the outcome of a task was asked for while `peek` looks at it: \
     wait until `peek` has returned, and take it or look again then";

/// Says whether an outcome counts as a failure for the parent.
pub(crate) type IsFailure = fn(&mut dyn Any) -> bool;

/// For children that fail by ending without a value.
pub(crate) fn no_value<T: 'static>(outcome: &mut dyn Any) -> bool {
    matches!(typed::<T>(outcome), Some(Err(_)))
}

/// For children whose value may be an error.
pub(crate) fn any_error<T: 'static, E: 'static>(outcome: &mut dyn Any) -> bool {
    matches!(typed::<Result<T, E>>(outcome), Some(Err(_) | Ok(Err(_))))
}
