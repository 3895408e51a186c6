//! A coroutine that is fed with values and answers each of them with the average so far.
//!
//! In the source document a generator is fed by `send`. Between two tasks a pair of channels does the same, one for each direction. Nobody
//! closes them: a channel is closed when its last sender is dropped, so `drop(values)` tells the averager that there is no more.
//! What it returns then arrives through its handle. The size is the number of values.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/running_average.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/running_average.txt")]
//! ```
//!
#![doc = include_str!("timelines/running_average.svg")]

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "running_average",
    shows: "a coroutine that receives: channels do what a generator's `send` does",
    sizes: &[0, 1, 2, 3, 7, 40],
    seeds: &[("16_seed3_coroutine_py", 3)],
    recording: include_str!("traces/running_average.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

fn value(i: usize) -> f64 {
    [10.0, 20.0, 60.0][i % 3]
}

mod generators {
    use super::{Log, Report, Setup, value};
    use crate::generators::{Co, Receiver, Sender, channel, run_with, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let (values, values_rx) = channel(1);
            let (averages_tx, averages) = channel(1);
            let task = spawn_named(co, "averager", async move |co: &Co| {
                averager(co, values_rx, averages_tx).await
            });
            for i in 0..n {
                values.send(co, value(i)).await.expect("the task receives");
                let average = averages.recv(co).await.expect("the task answers");
                log.say("main", format_args!("average: {average:?}"));
            }
            drop(values);
            let count = task.join(co).await.expect("nobody cancels the task");
            log.say("main", format_args!("values seen: {count}"));
            count.to_string()
        })
    }

    async fn averager(co: &Co, values: Receiver<f64>, averages: Sender<f64>) -> u32 {
        let (mut total, mut count) = (0.0, 0);
        while let Some(value) = values.recv(co).await {
            total += value;
            count += 1;
            let average = total / f64::from(count);
            averages.send(co, average).await.expect("main receives");
        }
        count
    }
}

mod state_machines {
    use std::ops::Range;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, Setup, value};
    use crate::state_machines::{
        JoinHandle, Receiver, Recv, Sender, Sending, channel, run_with, spawn_named,
    };
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let locals = None;
        run_with(setup, Main { log, n, locals })
    }

    struct Main {
        log: Log,
        n: usize,
        /// `None` until the first poll.
        locals: Option<Locals>,
    }

    struct Locals {
        /// `None` once the last value is sent.
        values: Option<Sender<f64>>,
        averages: Receiver<f64>,
        task: JoinHandle<u32>,
        range: Range<usize>,
        state: Asking,
    }

    enum Asking {
        Next,
        Sending(Sending<f64>),
        Receiving(Recv<f64>),
        Joining,
    }

    impl Locals {
        fn start(n: usize) -> Self {
            let (values, values_rx) = channel(1);
            let (averages_tx, averages) = channel(1);
            Self {
                values: Some(values),
                averages,
                task: spawn_named("averager", averager(values_rx, averages_tx)),
                range: 0..n,
                state: Asking::Next,
            }
        }
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let Self { log, n, locals } = &mut *self;
            // let task = spawn_named("averager", averager(values_rx, averages_tx));
            let this = locals.get_or_insert_with(|| Locals::start(*n));
            loop {
                match &mut this.state {
                    // for i in 0..n { values.send(value(i))
                    Asking::Next => match this.range.next() {
                        Some(i) => {
                            let values = this.values.as_ref().expect("one more is to be sent");
                            this.state = Asking::Sending(values.send(value(i)));
                        }
                        // drop(values);
                        None => {
                            this.values = None;
                            this.state = Asking::Joining;
                        }
                    },
                    // .await;
                    Asking::Sending(sending) => {
                        state("Main::Sending");
                        ready!(Pin::new(sending).poll(cx)).expect("the task receives");
                        this.state = Asking::Receiving(this.averages.recv());
                    }
                    // let average = averages.recv().await; log.say(average); }
                    Asking::Receiving(average) => {
                        state("Main::Receiving");
                        let average = ready!(Pin::new(average).poll(cx)).expect("the task answers");
                        log.say("main", format_args!("average: {average:?}"));
                        this.state = Asking::Next;
                    }
                    // let count = task.await; log.say(count); count
                    Asking::Joining => {
                        state("Main::Joining");
                        let count = ready!(Pin::new(&mut this.task).poll(cx));
                        let count = count.expect("nobody cancels the task");
                        log.say("main", format_args!("values seen: {count}"));
                        return Poll::Ready(count.to_string());
                    }
                }
            }
        }
    }

    struct Averager {
        values: Receiver<f64>,
        averages: Sender<f64>,
        total: f64,
        count: u32,
        state: Averaging,
    }

    enum Averaging {
        Receiving(Recv<f64>),
        Sending(Sending<f64>),
    }

    fn averager(values: Receiver<f64>, averages: Sender<f64>) -> Averager {
        Averager {
            state: Averaging::Receiving(values.recv()),
            values,
            averages,
            total: 0.0,
            count: 0,
        }
    }

    impl Future for Averager {
        type Output = u32;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // while let Some(value) = values.recv().await { total += value; count += 1; averages.send(total / count)
                    Averaging::Receiving(value) => {
                        state("Averager::Receiving");
                        let Some(value) = ready!(Pin::new(value).poll(cx)) else {
                            return Poll::Ready(this.count);
                        };
                        this.total += value;
                        this.count += 1;
                        let average = this.total / f64::from(this.count);
                        this.state = Averaging::Sending(this.averages.send(average));
                    }
                    // .await; }
                    Averaging::Sending(sending) => {
                        state("Averager::Sending");
                        ready!(Pin::new(sending).poll(cx)).expect("main receives");
                        this.state = Averaging::Receiving(this.values.recv());
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, Setup, value};
    use crate::async_await::{Receiver, Sender, channel, run_with, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let (values, values_rx) = channel(1);
            let (averages_tx, averages) = channel(1);
            let task = spawn_named("averager", averager(values_rx, averages_tx));
            for i in 0..n {
                values.send(value(i)).await.expect("the task receives");
                let average = averages.recv().await.expect("the task answers");
                log.say("main", format_args!("average: {average:?}"));
            }
            drop(values);
            let count = task.await.expect("nobody cancels the task");
            log.say("main", format_args!("values seen: {count}"));
            count.to_string()
        })
    }

    async fn averager(values: Receiver<f64>, averages: Sender<f64>) -> u32 {
        let (mut total, mut count) = (0.0, 0);
        while let Some(value) = values.recv().await {
            total += value;
            count += 1;
            let average = total / f64::from(count);
            averages.send(average).await.expect("main receives");
        }
        count
    }
}
