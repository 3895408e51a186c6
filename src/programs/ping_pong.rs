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
            let sent = there.send(co, i).await;
            sent.expect("pong receives as long as we send");
            let reply = back.recv(co).await;
            reply.expect("pong answers every ping");
        }
    }

    async fn pong(co: &Co, log: &Log, there: Receiver<usize>, back: Sender<usize>) -> usize {
        let mut answered = 0;
        while let Some(i) = there.recv(co).await {
            log.say("pong", format_args!("pong {i}"));
            let sent = back.send(co, i).await;
            sent.expect("ping waits for the reply");
            answered += 1;
        }
        answered
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, Setup};
    use crate::state_machines::{
        JoinHandle, Receiver, Recv, Sender, Sending, channel, run_with, spawn_named,
    };

    pub(super) fn play(setup: Setup, log: Log, rounds: usize) -> Report<String> {
        let locals = None;
        run_with(
            setup,
            Main {
                log,
                rounds,
                locals,
            },
        )
    }

    struct Main {
        log: Log,
        rounds: usize,
        /// `None` until the first poll.
        locals: Option<Locals>,
    }

    struct Locals {
        ping: JoinHandle<()>,
        pong: JoinHandle<usize>,
        state: Joining,
    }

    enum Joining {
        Ping,
        Pong,
    }

    impl Locals {
        fn start(log: &Log, rounds: usize) -> Self {
            let (there_tx, there_rx) = channel(1);
            let (back_tx, back_rx) = channel(1);
            Self {
                ping: spawn_named("ping", ping(log.clone(), rounds, there_tx, back_rx)),
                pong: spawn_named("pong", pong(log.clone(), there_rx, back_tx)),
                state: Joining::Ping,
            }
        }
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let Self {
                log,
                rounds,
                locals,
            } = &mut *self;
            // let ping = spawn_named("ping", ping(..)); let pong = spawn_named("pong", pong(..));
            let this = locals.get_or_insert_with(|| Locals::start(log, *rounds));
            loop {
                match this.state {
                    // ping.await;
                    Joining::Ping => {
                        let ended = ready!(Pin::new(&mut this.ping).poll(cx));
                        ended.expect("nobody cancels ping");
                        this.state = Joining::Pong;
                    }
                    // let answered = pong.await; answered.to_string()
                    Joining::Pong => {
                        let answered = ready!(Pin::new(&mut this.pong).poll(cx));
                        let answered = answered.expect("nobody cancels pong");
                        return Poll::Ready(answered.to_string());
                    }
                }
            }
        }
    }

    struct Ping {
        log: Log,
        rounds: usize,
        there: Sender<usize>,
        back: Receiver<usize>,
        i: usize,
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
            rounds,
            there,
            back,
            i: 1,
            state: Pinging::Next,
        }
    }

    impl Future for Ping {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    Pinging::Next if this.i > this.rounds => return Poll::Ready(()),
                    // for i in 1..=rounds { log.say(i); there.send(i)
                    Pinging::Next => {
                        this.log.say("ping", format_args!("ping {}", this.i));
                        this.state = Pinging::Sending(this.there.send(this.i));
                    }
                    // .await;
                    Pinging::Sending(sending) => {
                        let sent = ready!(Pin::new(sending).poll(cx));
                        sent.expect("pong receives as long as we send");
                        this.state = Pinging::Receiving(this.back.recv());
                    }
                    // back.recv().await; }
                    Pinging::Receiving(reply) => {
                        let reply = ready!(Pin::new(reply).poll(cx));
                        reply.expect("pong answers every ping");
                        this.i += 1;
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
                        let Some(i) = ready!(Pin::new(i).poll(cx)) else {
                            return Poll::Ready(this.answered);
                        };
                        this.log.say("pong", format_args!("pong {i}"));
                        this.state = Answering::Sending(this.back.send(i));
                    }
                    // .await; answered += 1; }
                    Answering::Sending(sending) => {
                        let sent = ready!(Pin::new(sending).poll(cx));
                        sent.expect("ping waits for the reply");
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
            let sent = there.send(i).await;
            sent.expect("pong receives as long as we send");
            let reply = back.recv().await;
            reply.expect("pong answers every ping");
        }
    }

    async fn pong(log: Log, there: Receiver<usize>, back: Sender<usize>) -> usize {
        let mut answered = 0;
        while let Some(i) = there.recv().await {
            log.say("pong", format_args!("pong {i}"));
            let sent = back.send(i).await;
            sent.expect("ping waits for the reply");
            answered += 1;
        }
        answered
    }
}
