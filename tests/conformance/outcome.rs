//! How bodies end, and how that is written.

use std::fmt;

use yield_to_await::JoinError;

use crate::census::Token;
use crate::program::Name;

/// How a body ended. (A task that was dropped has no outcome of its own: its handle says [`JoinError::Cancelled`].)
pub(crate) type Outcome = Result<Value, Raise>;

/// What a body returned, or what went through a queue.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    number: Option<u32>,
    /// Tells on queues, and on handles, that keep a value for ever.
    _token: Token,
}

impl Value {
    pub(crate) fn new(number: Option<u32>) -> Self {
        let _token = Token::new();
        Self { number, _token }
    }
}

/// What passes through bodies until somebody catches it. Nobody catches a cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Raise {
    Error(Name),
    Cancelled,
}

/// How statements were left without anything raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    Return(u32),
}

impl From<Flow> for Value {
    fn from(flow: Flow) -> Self {
        match flow {
            Flow::Next => Self::new(None),
            Flow::Return(value) => Self::new(Some(value)),
        }
    }
}

impl From<&JoinError> for Raise {
    fn from(error: &JoinError) -> Self {
        match error {
            JoinError::Cancelled => Self::Cancelled,
            // No program asks for it. In the trace it is a difference that explains itself.
            other => Self::Error(other.to_string().into()),
        }
    }
}

impl From<JoinError> for Raise {
    fn from(error: JoinError) -> Self {
        Self::from(&error)
    }
}

/// What a handle gave, without the difference between a body that ended as cancelled and a task that was dropped.
pub(crate) fn settle(given: &Result<Outcome, JoinError>) -> Outcome {
    match given {
        Ok(outcome) => outcome.clone(),
        Err(error) => Err(error.into()),
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(value) => write!(f, "{value}"),
            None => f.write_str("none"),
        }
    }
}

impl fmt::Display for Raise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(label) => write!(f, "!{label}"),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

/// What looking at the handle of a task that has ended gave. It is never taken, so it is there.
pub(crate) fn look(given: Option<&Result<Outcome, JoinError>>) -> Outcome {
    given.map_or(Err(Raise::from(&JoinError::Taken)), settle)
}

/// An outcome as the trace writes it.
pub(crate) fn render(outcome: &Outcome) -> String {
    match outcome {
        Ok(value) => value.to_string(),
        Err(raise) => raise.to_string(),
    }
}

/// A list of outcomes as the trace writes it.
pub(crate) fn render_list<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> String {
    let outcomes: Vec<String> = outcomes.into_iter().map(render).collect();
    format!("[{}]", outcomes.join(","))
}
