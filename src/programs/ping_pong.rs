//! Two tasks that wait for each other in turn.
//!
//! A number goes there over one channel and comes back over another. `ping` owns the only sender of its channel, so nothing has to be
//! closed: when it returns, the sender is dropped, and `pong` receives `None`. The size is the number of rounds.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/ping_pong.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/ping_pong.txt")]
//! ```
//!
#![doc = include_str!("timelines/ping_pong.svg")]

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "ping_pong",
    shows: "two tasks that hand a value to and fro, and how the end of one ends the other",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[],
    recording: include_str!("traces/ping_pong.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

mod generators {
    use super::{Log, Report, Setup};
    use crate::generators::{Co, Receiver, Sender, channel, run_with, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, rounds: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let (there_tx, there_rx) = channel(1);
            let (back_tx, back_rx) = channel(1);
            let (ping_log, pong_log) = (log.clone(), log);
            let ping = spawn_named(co, "ping", async move |co: &Co| {
                ping(co, &ping_log, rounds, there_tx, back_rx).await;
            });
            let pong = spawn_named(co, "pong", async move |co: &Co| {
                pong(co, &pong_log, there_rx, back_tx).await
            });
            ping.join(co).await.expect("nobody cancels ping");
            let answered = pong.join(co).await.expect("nobody cancels pong");
            answered.to_string()
        })
    }

    async fn ping(co: &Co, log: &Log, rounds: usize, there: Sender<usize>, back: Receiver<usize>) {
        for i in 1..=rounds {
            log.say("ping", format_args!("ping {i}"));
            there.send(co, i).await.expect("pong receives");
            back.recv(co).await.expect("pong replies");
        }
    }

    async fn pong(co: &Co, log: &Log, there: Receiver<usize>, back: Sender<usize>) -> usize {
        let mut answered = 0;
        while let Some(i) = there.recv(co).await {
            log.say("pong", format_args!("pong {i}"));
            back.send(co, i).await.expect("ping receives");
            answered += 1;
        }
        answered
    }
}

mod state_machines {
    use std::ops::RangeInclusive;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, Setup};
    use crate::state_machines::{
        JoinHandle, Receiver, Recv, Sender, Sending, channel, run_with, spawn_named,
    };
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, rounds: usize) -> Report<String> {
        let main = Main {
            log,
            rounds,
            pong: None,
            state: Joining::Start,
        };
        run_with(setup, main)
    }

    struct Main {
        log: Log,
        rounds: usize,
        /// A local that lives across the wait for `ping`. It is `None` until the line that makes it has run.
        pong: Option<JoinHandle<usize>>,
        state: Joining,
    }

    enum Joining {
        Start,
        Ping(JoinHandle<()>),
        Pong,
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            let log = &this.log;
            loop {
                match &mut this.state {
                    // let ping = spawn_named("ping", ping(..)); let pong = spawn_named("pong", pong(..));
                    Joining::Start => {
                        let (there_tx, there_rx) = channel(1);
                        let (back_tx, back_rx) = channel(1);
                        let ping = ping(log.clone(), this.rounds, there_tx, back_rx);
                        let pong = pong(log.clone(), there_rx, back_tx);
                        this.state = Joining::Ping(spawn_named("ping", ping));
                        this.pong = Some(spawn_named("pong", pong));
                    }
                    // ping.await;
                    Joining::Ping(ping) => {
                        state("Main::Ping");
                        ready!(Pin::new(ping).poll(cx)).expect("nobody cancels ping");
                        this.state = Joining::Pong;
                    }
                    // let answered = pong.await; answered.to_string()
                    Joining::Pong => {
                        state("Main::Pong");
                        let pong = this.pong.as_mut().expect("made at the start");
                        let answered = ready!(Pin::new(pong).poll(cx));
                        let answered = answered.expect("nobody cancels pong");
                        return Poll::Ready(answered.to_string());
                    }
                }
            }
        }
    }

    struct Ping {
        log: Log,
        range: RangeInclusive<usize>,
        there: Sender<usize>,
        back: Receiver<usize>,
        state: Pinging,
    }

    enum Pinging {
        Next,
        Sending(Sending<usize>),
        Receiving(Recv<usize>),
    }

    fn ping(log: Log, rounds: usize, there: Sender<usize>, back: Receiver<usize>) -> Ping {
        Ping {
            log,
            range: 1..=rounds,
            there,
            back,
            state: Pinging::Next,
        }
    }

    impl Future for Ping {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // for i in 1..=rounds { log.say(i); there.send(i)
                    Pinging::Next => match this.range.next() {
                        Some(i) => {
                            this.log.say("ping", format_args!("ping {i}"));
                            this.state = Pinging::Sending(this.there.send(i));
                        }
                        None => return Poll::Ready(()),
                    },
                    // .await;
                    Pinging::Sending(sending) => {
                        state("Ping::Sending");
                        ready!(Pin::new(sending).poll(cx)).expect("pong receives");
                        this.state = Pinging::Receiving(this.back.recv());
                    }
                    // back.recv().await; }
                    Pinging::Receiving(reply) => {
                        state("Ping::Receiving");
                        ready!(Pin::new(reply).poll(cx)).expect("pong replies");
                        this.state = Pinging::Next;
                    }
                }
            }
        }
    }

    struct Pong {
        log: Log,
        there: Receiver<usize>,
        back: Sender<usize>,
        answered: usize,
        state: Answering,
    }

    enum Answering {
        Receiving(Recv<usize>),
        Sending(Sending<usize>),
    }

    fn pong(log: Log, there: Receiver<usize>, back: Sender<usize>) -> Pong {
        Pong {
            log,
            state: Answering::Receiving(there.recv()),
            there,
            back,
            answered: 0,
        }
    }

    impl Future for Pong {
        type Output = usize;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // while let Some(i) = there.recv().await { log.say(i); back.send(i)
                    Answering::Receiving(i) => {
                        state("Pong::Receiving");
                        let Some(i) = ready!(Pin::new(i).poll(cx)) else {
                            return Poll::Ready(this.answered);
                        };
                        this.log.say("pong", format_args!("pong {i}"));
                        this.state = Answering::Sending(this.back.send(i));
                    }
                    // .await; answered += 1; }
                    Answering::Sending(sending) => {
                        state("Pong::Sending");
                        ready!(Pin::new(sending).poll(cx)).expect("ping receives");
                        this.answered += 1;
                        this.state = Answering::Receiving(this.there.recv());
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, Setup};
    use crate::async_await::{Receiver, Sender, channel, run_with, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, rounds: usize) -> Report<String> {
        run_with(setup, async {
            let (there_tx, there_rx) = channel(1);
            let (back_tx, back_rx) = channel(1);
            let ping = spawn_named("ping", ping(log.clone(), rounds, there_tx, back_rx));
            let pong = spawn_named("pong", pong(log, there_rx, back_tx));
            ping.await.expect("nobody cancels ping");
            let answered = pong.await.expect("nobody cancels pong");
            answered.to_string()
        })
    }

    async fn ping(log: Log, rounds: usize, there: Sender<usize>, back: Receiver<usize>) {
        for i in 1..=rounds {
            log.say("ping", format_args!("ping {i}"));
            there.send(i).await.expect("pong receives");
            back.recv().await.expect("pong replies");
        }
    }

    async fn pong(log: Log, there: Receiver<usize>, back: Sender<usize>) -> usize {
        let mut answered = 0;
        while let Some(i) = there.recv().await {
            log.say("pong", format_args!("pong {i}"));
            back.send(i).await.expect("ping receives");
            answered += 1;
        }
        answered
    }
}
