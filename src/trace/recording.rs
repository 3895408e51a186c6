//! A run, written down.

use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec;

use serde::{Deserialize, Serialize};

use super::event::{Event, What};

/// All that happened in a run, in order. A plain value: it can be compared, gone through, written and read back (it is `serde`'s `Serialize` and `Deserialize`).
///
/// # Examples
///
/// ```
/// use yield_to_await::trace::{Recorder, Recording, What};
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let recorder = Recorder::new();
/// aw::run_with(Setup::new().clock(Clock::Simulated).record(&recorder), async {
///     aw::spawn_named("greeter", async {}).await.unwrap();
/// });
/// let recording = recorder.take();
/// let ended = recording.iter().filter(|event| event.what == What::Ended);
/// assert_eq!(ended.count(), 2);
///
/// let text = serde_json::to_string(&recording)?;
/// assert_eq!(serde_json::from_str::<Recording>(&text)?, recording);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recording {
    events: Vec<Event>,
}

impl Recording {
    /// The events, in the order in which they happened.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How many events it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Goes through the events in order.
    pub fn iter(&self) -> slice::Iter<'_, Event> {
        self.events.iter()
    }

    /// The same without what is a lane's own: the places in its source, and the names of the states of its machines. What is left is equal in every lane.
    #[must_use]
    pub fn without_places(&self) -> Self {
        self.iter().cloned().map(without_places).collect()
    }
}

fn without_places(mut event: Event) -> Event {
    match &mut event.what {
        What::Spawned { place, .. } => *place = super::Place::new("", 0, 0),
        What::Suspended { state, place, .. } => {
            *state = None;
            *place = None;
        }
        _ => {}
    }
    event
}

impl FromIterator<Event> for Recording {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        Self {
            events: events.into_iter().collect(),
        }
    }
}

impl Extend<Event> for Recording {
    fn extend<I: IntoIterator<Item = Event>>(&mut self, events: I) {
        self.events.extend(events);
    }
}

impl IntoIterator for Recording {
    type Item = Event;
    type IntoIter = vec::IntoIter<Event>;

    fn into_iter(self) -> Self::IntoIter {
        self.events.into_iter()
    }
}

impl<'a> IntoIterator for &'a Recording {
    type Item = &'a Event;
    type IntoIter = slice::Iter<'a, Event>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Takes a run down; give it to [`Setup::record`](crate::Setup::record). Clones write to the same recording.
///
/// An event takes a few dozen bytes to a few hundred, more where it names many tasks, and is kept until it is [taken](Self::take).
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    events: Arc<Mutex<Recording>>,
}

impl Recorder {
    /// A recorder that has heard nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what has been recorded so far. What happens after that is in the next recording.
    #[must_use]
    pub fn take(&self) -> Recording {
        std::mem::take(&mut *self.lock())
    }

    pub(crate) fn note(&self, event: Event) {
        self.lock().events.push(event);
    }

    /// Nothing can panic in between.
    fn lock(&self) -> MutexGuard<'_, Recording> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
