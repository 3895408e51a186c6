//! A channel that never closes, because a sender was leaked.
//!
//! **What goes wrong.** Main receives until the channel is closed, which it is when its last sender is dropped. The producer has ended, but its
//! sender has not: it was leaked. Here that is a plain `mem::forget`; in real programs it is a circle of `Rc`s, a global, or a list of senders that
//! nobody clears. There is one size.
//!
//! In asyncio a queue had no end before Python 3.13: somebody has to put a last item, or else it hangs and says nothing:
//!
//! ```python
//! async def produce(numbers):
//!     for i in range(1, 3):
//!         await numbers.put(i)
//!     # await numbers.put(None) is missing
//!
//! async def main():
//!     numbers = asyncio.Queue(1)
//!     asyncio.create_task(produce(numbers))
//!     while (i := await numbers.get()) is not None:
//!         print(i)
//! ```
//!
//! The report:
//!
//! ```text
#![doc = include_str!("reports/leaked_sender.txt")]
//! ```
//!
//! **How to read it.** Main waits for a value, and the channel has a sender left: that is why it is not closed. But no task is there that could send,
//! main itself aside. So the sender is somewhere outside of all tasks, or in main, which often keeps the one that it made all the others from.
//!
//! **The cure.** Let the sender go with its task. Where it must stay in a global, take it out at the end; and where main hands out clones of a
//! sender, drop its own before the loop that receives.
//!
#![doc = include_str!("../timelines/leaked_sender.svg")]

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "leaked_sender",
    shows: "the task that sends has ended, but its sender was leaked: the channel never closes",
    sizes: &[1],
    seeds: &[],
    recording: include_str!("reports/leaked_sender.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

mod generators {
    use std::mem;

    use super::{Log, Report, Setup};
    use crate::generators::{Co, Sender, channel, run_with, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let (tx, rx) = channel(1);
            tx.set_name("numbers");
            let own_log = log.clone();
            let producer = async move |co: &Co| produce(co, &own_log, tx).await;
            drop(spawn_named(co, "producer", producer));
            while let Some(i) = rx.recv(co).await {
                log.say("main", format_args!("got {i}"));
            }
            log.say("main", "has got everything");
            "None".to_owned()
        })
    }

    async fn produce(co: &Co, log: &Log, numbers: Sender<u32>) {
        for i in 1..=2 {
            numbers.send(co, i).await.expect("main receives");
            log.say("producer", format_args!("sent {i}"));
        }
        mem::forget(numbers);
        log.say("producer", "ends");
    }
}

mod state_machines {
    use std::mem;
    use std::ops::RangeInclusive;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, Setup};
    use crate::state_machines::{Receiver, Recv, Sender, Sending, channel, run_with, spawn_named};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        let state = State::Start;
        run_with(setup, Main { log, state })
    }

    struct Main {
        log: Log,
        state: State,
    }

    enum State {
        Start,
        Receiving {
            numbers: Receiver<u32>,
            next: Recv<u32>,
        },
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let (tx, rx) = channel(1); spawn_named("producer", produce(log, tx));
                    State::Start => {
                        let (tx, rx) = channel(1);
                        tx.set_name("numbers");
                        drop(spawn_named("producer", produce(this.log.clone(), tx)));
                        this.state = State::Receiving {
                            next: rx.recv(),
                            numbers: rx,
                        };
                    }
                    // while let Some(i) = rx.recv().await { log.say(i); } log.say("has got everything");
                    State::Receiving { numbers, next } => {
                        state("Main::Receiving");
                        let Some(i) = ready!(Pin::new(&mut *next).poll(cx)) else {
                            this.log.say("main", "has got everything");
                            return Poll::Ready("None".to_owned());
                        };
                        this.log.say("main", format_args!("got {i}"));
                        *next = numbers.recv();
                    }
                }
            }
        }
    }

    struct Produce {
        log: Log,
        range: RangeInclusive<u32>,
        /// `None` once it has been leaked.
        numbers: Option<Sender<u32>>,
        state: Producing,
    }

    enum Producing {
        Next,
        Sending { i: u32, sending: Sending<u32> },
    }

    fn produce(log: Log, numbers: Sender<u32>) -> Produce {
        Produce {
            log,
            range: 1..=2,
            numbers: Some(numbers),
            state: Producing::Next,
        }
    }

    impl Future for Produce {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // for i in 1..=2 { numbers.send(i)
                    Producing::Next => {
                        let Some(i) = this.range.next() else {
                            // mem::forget(numbers); log.say("ends");
                            mem::forget(this.numbers.take());
                            this.log.say("producer", "ends");
                            return Poll::Ready(());
                        };
                        let numbers = this.numbers.as_ref().expect("leaked at the end only");
                        let sending = numbers.send(i);
                        this.state = Producing::Sending { i, sending };
                    }
                    // .await; log.say(i); }
                    Producing::Sending { i, sending } => {
                        state("Produce::Sending");
                        ready!(Pin::new(sending).poll(cx)).expect("main receives");
                        this.log.say("producer", format_args!("sent {i}"));
                        this.state = Producing::Next;
                    }
                }
            }
        }
    }
}

mod async_await {
    use std::mem;

    use super::{Log, Report, Setup};
    use crate::async_await::{Sender, channel, run_with, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async {
            let (tx, rx) = channel(1);
            tx.set_name("numbers");
            drop(spawn_named("producer", produce(log.clone(), tx)));
            while let Some(i) = rx.recv().await {
                log.say("main", format_args!("got {i}"));
            }
            log.say("main", "has got everything");
            "None".to_owned()
        })
    }

    async fn produce(log: Log, numbers: Sender<u32>) {
        for i in 1..=2 {
            numbers.send(i).await.expect("main receives");
            log.say("producer", format_args!("sent {i}"));
        }
        mem::forget(numbers);
        log.say("producer", "ends");
    }
}
