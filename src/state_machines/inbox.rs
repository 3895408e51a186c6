//! Wake-ups from elsewhere: other threads, and wakers that are used while their loop is not running on this thread.
//!
//! Every loop has an inbox. A waker is only a number, so it finds the inbox through a table of all loops of the process.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::executor::Executor;
use super::waker::Address;
use crate::key::Key;

/// Where other threads leave word for a loop, and where the loop sleeps.
///
/// A condition variable and not the thread's park token: a task is free to use that token for itself.
#[derive(Debug)]
pub(crate) struct Inbox {
    mail: Mutex<Mail>,
    arrived: Condvar,
    /// Lets the loop pass by without taking the lock.
    has_mail: AtomicBool,
}

#[derive(Debug)]
struct Mail {
    woken: Vec<Key>,
    /// The same keys, so that two million wake-ups of one task take the room of one.
    known: HashSet<Key>,
    /// Copies of wakers made elsewhere less those dropped elsewhere; the loop counts its own thread's.
    copies: isize,
    /// The same one by one, since the loop has last asked.
    counts: Vec<(Key, isize)>,
    open: bool,
}

/// No user code ever runs under this crate's locks, so a poisoned one is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inbox {
    fn new() -> Self {
        Self {
            mail: Mutex::new(Mail {
                woken: Vec::new(),
                known: HashSet::new(),
                copies: 0,
                counts: Vec::new(),
                open: true,
            }),
            arrived: Condvar::new(),
            has_mail: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(crate) fn has_mail(&self) -> bool {
        self.has_mail.load(Ordering::Acquire)
    }

    /// Takes what has arrived, in the order of arrival.
    pub(crate) fn take(&self) -> Vec<Key> {
        if !self.has_mail() {
            return Vec::new();
        }
        let mut mail = lock(&self.mail);
        self.has_mail.store(false, Ordering::Release);
        mail.known = HashSet::new();
        std::mem::take(&mut mail.woken)
    }

    /// Takes what copies of wakers were made and dropped elsewhere.
    fn take_counts(&self) -> Vec<(Key, isize)> {
        std::mem::take(&mut lock(&self.mail).counts)
    }

    /// Sleeps until mail arrives or `limit` has passed. Without a limit it also returns when a copy of a waker is made or dropped elsewhere: it may
    /// have been the last of which mail could come.
    pub(crate) fn wait(&self, limit: Option<Duration>) {
        let mail = lock(&self.mail);
        let quiet =
            |mail: &mut Mail| mail.woken.is_empty() && (limit.is_some() || mail.counts.is_empty());
        // The check and the sleep are one step under the lock: no wake-up can fall between them.
        match limit {
            Some(limit) => drop(self.arrived.wait_timeout_while(mail, limit, quiet)),
            None => drop(self.arrived.wait_while(mail, quiet)),
        }
    }
}

/// So many counts are kept before the loop is asked to take them.
const MANY_COUNTS: usize = 1024;

/// All loops of the process by number. The number of an ended loop is given out again only when the last copy of its wakers is
/// gone, so that a late drop cannot disturb the count of a stranger.
static LOOPS: Mutex<Loops> = Mutex::new(Loops {
    inboxes: Vec::new(),
    next: 0,
});

struct Loops {
    inboxes: Vec<Option<Arc<Inbox>>>,
    next: usize,
}

const MOST_LOOPS: usize = 1 << 16;

/// Gives a new loop its number and its inbox.
#[expect(clippy::cast_possible_truncation, reason = "the index is below 2^16")]
pub(crate) fn open() -> (u16, Arc<Inbox>) {
    let mut loops = lock(&LOOPS);
    let inbox = Arc::new(Inbox::new());
    // Numbers go round: a stale waker should find an empty place rather than a new loop.
    let count = loops.inboxes.len();
    let free = if loops.next < MOST_LOOPS && loops.next >= count {
        loops.inboxes.push(None);
        count
    } else {
        (0..count)
            .map(|i| (loops.next + i) % count)
            .find(|i| loops.inboxes[*i].is_none())
            .unwrap_or_else(|| {
                panic!(
                    "{MOST_LOOPS} loops are running, or have left wakers that somebody still holds: drop those wakers"
                )
            })
    };
    loops.next = (free + 1) % MOST_LOOPS;
    loops.inboxes[free] = Some(Arc::clone(&inbox));
    (free as u16, inbox)
}

/// Ends a loop: from now on its wakers do nothing.
pub(crate) fn close(loop_number: u16, counted_by_loop: isize) {
    let mut loops = lock(&LOOPS);
    let place = &mut loops.inboxes[usize::from(loop_number)];
    let Some(inbox) = place else { return };
    let mut mail = lock(&inbox.mail);
    mail.open = false;
    mail.woken = Vec::new();
    mail.known = HashSet::new();
    mail.counts = Vec::new();
    mail.copies += counted_by_loop;
    if mail.copies == 0 {
        drop(mail);
        *place = None;
    }
}

fn find(loop_number: u16) -> Option<Arc<Inbox>> {
    lock(&LOOPS).inboxes.get(usize::from(loop_number))?.clone()
}

pub(crate) fn wake(address: Address) {
    let Some(inbox) = find(address.loop_number()) else {
        return;
    };
    let mut mail = lock(&inbox.mail);
    if mail.open && mail.known.insert(address.key()) {
        mail.woken.push(address.key());
        inbox.has_mail.store(true, Ordering::Release);
        drop(mail);
        inbox.arrived.notify_one();
    }
}

pub(crate) fn count(address: Address, copies: isize) {
    let mut loops = lock(&LOOPS);
    let Some(place) = loops.inboxes.get_mut(usize::from(address.loop_number())) else {
        return;
    };
    let Some(inbox) = place.clone() else { return };
    let mut mail = lock(&inbox.mail);
    mail.copies += copies;
    if mail.open {
        mail.counts.push((address.key(), copies));
        if mail.counts.len() >= MANY_COUNTS {
            inbox.has_mail.store(true, Ordering::Release);
        }
        drop(mail);
        inbox.arrived.notify_one();
    } else if mail.copies == 0 {
        drop(mail);
        *place = None;
    }
}

impl Executor {
    pub(super) fn inbox(&self) -> Arc<Inbox> {
        let inbox = self.inbox.borrow();
        Arc::clone(inbox.as_ref().expect("a running loop has an inbox"))
    }

    /// Takes what other threads have done with wakers.
    pub(super) fn count_copies(&self) {
        self.copies.count_elsewhere(self.inbox().take_counts());
    }

    /// Whether code outside the crate holds the waker of a task that lives, and could still wake it.
    pub(super) fn is_held_elsewhere(&self) -> bool {
        self.count_copies();
        self.copies.any(|key| !self.has_ended(key))
    }

    /// Takes what has come from elsewhere: counts of copies, and wake-ups.
    pub(super) fn take_mail(&self) {
        self.count_copies();
        self.wake_the_woken();
    }

    /// Wakes whom others have woken; false if nobody has. Counts stay where they are: whoever waits after this must be told of those that came since
    /// it looked.
    pub(super) fn wake_the_woken(&self) -> bool {
        let mail = self.inbox().take();
        mail.iter().for_each(|key| self.wake(*key));
        !mail.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::ROOT;

    #[test]
    fn one_task_woken_many_times_is_one_letter() {
        let (loop_number, inbox) = open();
        let key = ROOT;
        for _ in 0..1000 {
            wake(Address::new(loop_number, key));
        }
        assert_eq!(inbox.take(), [ROOT]);
        assert_eq!(inbox.take(), []);
        close(loop_number, 0);
    }

    #[test]
    fn a_number_is_not_given_out_again_while_a_waker_of_its_loop_lives() {
        let (loop_number, _) = open();
        count(Address::new(loop_number, ROOT), 1);
        close(loop_number, 0);
        assert!(find(loop_number).is_some());
        count(Address::new(loop_number, ROOT), -1);
        assert!(find(loop_number).is_none());
    }

    #[test]
    fn a_closed_loop_takes_no_mail() {
        let (loop_number, inbox) = open();
        count(Address::new(loop_number, ROOT), 1);
        close(loop_number, 0);
        let key = ROOT;
        wake(Address::new(loop_number, key));
        assert_eq!(inbox.take(), []);
        count(Address::new(loop_number, ROOT), -1);
    }
}
