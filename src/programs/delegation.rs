//! A question from the innermost coroutine of a chain, and what becomes of the answer on its way out.
//!
//! With generators this is `yield from`. Here every level awaits the one below it, all in one task; the innermost asks a question over a
//! channel, and the whole chain waits for the answer. When the task ends, its ends of the channels are dropped, which ends the
//! questions for main.
//!
//! A coroutine that awaits itself has to be boxed: it would otherwise contain itself. In the written-out form a level has its own copies
//! of the channel's ends, because one field of a struct cannot borrow from another; that the locals of an `async fn`
//! may is what `Pin` is for. The size is the depth.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/delegation.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/delegation.txt")]
//! ```
//!
#![doc = include_str!("timelines/delegation.svg")]

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "delegation",
    shows: "`await` all the way down: what `yield from` does for generators",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[("16_seed3_coroutine_py", 1)],
    recording: include_str!("traces/delegation.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

mod generators {
    use super::{Log, Report, Setup};
    use crate::generators::{Co, Receiver, Sender, channel, run_with, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, depth: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let (questions_tx, questions) = channel(1);
            let (answers, answers_rx) = channel(1);
            let task = spawn_named(co, "outer", async move |co: &Co| {
                level(co, depth, &questions_tx, &answers_rx).await
            });
            let question = questions.recv(co).await.expect("inner asks");
            log.say("main", question);
            answers.send(co, 21).await.expect("inner receives");
            while let Some(question) = questions.recv(co).await {
                log.say("main", question);
            }
            let doubled = task.join(co).await.expect("nobody cancels the task");
            doubled.to_string()
        })
    }

    async fn inner(co: &Co, questions: &Sender<String>, answers: &Receiver<u32>) -> u32 {
        let question = "inner is waiting".to_owned();
        questions.send(co, question).await.expect("main receives");
        let got = answers.recv(co).await.expect("main answers");
        got * 2
    }

    async fn level(
        co: &Co,
        depth: usize,
        questions: &Sender<String>,
        answers: &Receiver<u32>,
    ) -> u32 {
        if depth == 0 {
            return inner(co, questions, answers).await;
        }
        let doubled = Box::pin(level(co, depth - 1, questions, answers)).await;
        let report = format!("outer got {doubled}");
        questions.send(co, report).await.expect("main receives");
        doubled
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, Setup};
    use crate::state_machines::{
        JoinHandle, Receiver, Recv, Sender, Sending, channel, run_with, spawn_named,
    };
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, depth: usize) -> Report<String> {
        let locals = None;
        run_with(setup, Main { log, depth, locals })
    }

    struct Main {
        log: Log,
        depth: usize,
        /// `None` until the first poll.
        locals: Option<Locals>,
    }

    struct Locals {
        questions: Receiver<String>,
        answers: Sender<u32>,
        task: JoinHandle<u32>,
        state: Hearing,
    }

    enum Hearing {
        First(Recv<String>),
        Answering(Sending<u32>),
        Next(Recv<String>),
        Joining,
    }

    impl Locals {
        fn start(depth: usize) -> Self {
            let (questions_tx, questions) = channel(1);
            let (answers, answers_rx) = channel(1);
            Self {
                state: Hearing::First(questions.recv()),
                questions,
                answers,
                task: spawn_named("outer", level(depth, questions_tx, answers_rx)),
            }
        }
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let Self { log, depth, locals } = &mut *self;
            // let task = spawn_named("outer", level(depth, ..));
            let this = locals.get_or_insert_with(|| Locals::start(*depth));
            loop {
                match &mut this.state {
                    // let question = questions.recv().await; log.say(question);
                    Hearing::First(question) => {
                        state("Main::First");
                        let question = ready!(Pin::new(question).poll(cx)).expect("inner asks");
                        log.say("main", question);
                        this.state = Hearing::Answering(this.answers.send(21));
                    }
                    // answers.send(21).await;
                    Hearing::Answering(sending) => {
                        state("Main::Answering");
                        ready!(Pin::new(sending).poll(cx)).expect("inner receives");
                        this.state = Hearing::Next(this.questions.recv());
                    }
                    // while let Some(question) = questions.recv().await { log.say(question); }
                    Hearing::Next(question) => {
                        state("Main::Next");
                        match ready!(Pin::new(question).poll(cx)) {
                            Some(question) => {
                                log.say("main", question);
                                this.state = Hearing::Next(this.questions.recv());
                            }
                            None => this.state = Hearing::Joining,
                        }
                    }
                    // let doubled = task.await; doubled.to_string()
                    Hearing::Joining => {
                        state("Main::Joining");
                        let doubled = ready!(Pin::new(&mut this.task).poll(cx));
                        let doubled = doubled.expect("nobody cancels the task");
                        return Poll::Ready(doubled.to_string());
                    }
                }
            }
        }
    }

    struct Inner {
        answers: Receiver<u32>,
        state: Asking,
    }

    enum Asking {
        Sending(Sending<String>),
        Receiving(Recv<u32>),
    }

    fn inner(questions: &Sender<String>, answers: Receiver<u32>) -> Inner {
        let state = Asking::Sending(questions.send("inner is waiting".to_owned()));
        Inner { answers, state }
    }

    impl Future for Inner {
        type Output = u32;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // questions.send("inner is waiting").await;
                    Asking::Sending(sending) => {
                        state("Inner::Sending");
                        ready!(Pin::new(sending).poll(cx)).expect("main receives");
                        this.state = Asking::Receiving(this.answers.recv());
                    }
                    // let got = answers.recv().await; got * 2
                    Asking::Receiving(got) => {
                        state("Inner::Receiving");
                        let got = ready!(Pin::new(got).poll(cx)).expect("main answers");
                        return Poll::Ready(got * 2);
                    }
                }
            }
        }
    }

    struct Level {
        questions: Sender<String>,
        state: Delegating,
    }

    enum Delegating {
        Inner(Inner),
        Level(Box<Level>),
        Sending {
            doubled: u32,
            sending: Sending<String>,
        },
    }

    fn level(depth: usize, questions: Sender<String>, answers: Receiver<u32>) -> Level {
        let state = match depth {
            0 => Delegating::Inner(inner(&questions, answers)),
            _ => Delegating::Level(Box::new(level(depth - 1, questions.clone(), answers))),
        };
        Level { questions, state }
    }

    impl Future for Level {
        type Output = u32;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // if depth == 0 { return inner(questions, answers).await; }
                    Delegating::Inner(inner) => {
                        state("Level::Inner");
                        return Pin::new(inner).poll(cx);
                    }
                    // let doubled = level(depth - 1, questions, answers).await;
                    Delegating::Level(level) => {
                        state("Level::Level");
                        let doubled = ready!(Pin::new(level).poll(cx));
                        let sending = this.questions.send(format!("outer got {doubled}"));
                        this.state = Delegating::Sending { doubled, sending };
                    }
                    // questions.send("outer got {doubled}").await; doubled
                    Delegating::Sending { doubled, sending } => {
                        state("Level::Sending");
                        ready!(Pin::new(sending).poll(cx)).expect("main receives");
                        return Poll::Ready(*doubled);
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, Setup};
    use crate::async_await::{Receiver, Sender, channel, run_with, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, depth: usize) -> Report<String> {
        run_with(setup, async {
            let (questions_tx, questions) = channel(1);
            let (answers, answers_rx) = channel(1);
            let task = spawn_named("outer", async move {
                level(depth, &questions_tx, &answers_rx).await
            });
            let question = questions.recv().await.expect("inner asks");
            log.say("main", question);
            answers.send(21).await.expect("inner receives");
            while let Some(question) = questions.recv().await {
                log.say("main", question);
            }
            let doubled = task.await.expect("nobody cancels the task");
            doubled.to_string()
        })
    }

    async fn inner(questions: &Sender<String>, answers: &Receiver<u32>) -> u32 {
        let question = "inner is waiting".to_owned();
        questions.send(question).await.expect("main receives");
        let got = answers.recv().await.expect("main answers");
        got * 2
    }

    async fn level(depth: usize, questions: &Sender<String>, answers: &Receiver<u32>) -> u32 {
        if depth == 0 {
            return inner(questions, answers).await;
        }
        let doubled = Box::pin(level(depth - 1, questions, answers)).await;
        let report = format!("outer got {doubled}");
        questions.send(report).await.expect("main receives");
        doubled
    }
}
