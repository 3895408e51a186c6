//! One producer, two workers of different speed, one consumer.
//!
//! The channels hold two values each, so nobody can run away from the others: when `items` is full, the producer waits in `send` until a worker has taken something. The workers share one end
//! of a channel by cloning it, and the faster one takes more. `results` is closed when the last clone of its sender is gone, which is when the last worker ends; main must not keep one for itself. The size is the number of items.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/pipeline.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/pipeline.txt")]
//! ```
//!
#![doc = include_str!("timelines/pipeline.svg")]

use std::time::Duration;

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "pipeline",
    shows: "bounded channels: back-pressure, shared ends, and closing by dropping",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[],
    recording: include_str!("traces/pipeline.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

const WORKERS: [(&str, Duration); 2] = [
    ("worker1", Duration::from_millis(100)),
    ("worker2", Duration::from_millis(170)),
];

mod generators {
    use super::{Duration, Log, Report, Setup, WORKERS};
    use crate::generators::{Co, Receiver, Sender, channel, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let (items_tx, items_rx) = channel(2);
            let (results_tx, results) = channel(2);
            let own_log = log.clone();
            let mut tasks = vec![spawn_named(co, "producer", async move |co: &Co| {
                producer(co, &own_log, n, items_tx).await;
            })];
            for (name, delay) in WORKERS {
                let (log, items, results) = (log.clone(), items_rx.clone(), results_tx.clone());
                tasks.push(spawn_named(co, name, async move |co: &Co| {
                    worker(co, &log, name, delay, items, results).await;
                }));
            }
            drop((items_rx, results_tx));
            let mut total = 0;
            while let Some(result) = results.recv(co).await {
                log.say("main", format_args!("got {result}"));
                total += result;
            }
            for task in tasks {
                task.join(co).await.expect("nobody cancels a task");
            }
            total.to_string()
        })
    }

    async fn producer(co: &Co, log: &Log, n: usize, items: Sender<usize>) {
        for i in 1..=n {
            items.send(co, i).await.expect("the workers receive");
            log.say("producer", format_args!("sent {i}"));
        }
    }

    async fn worker(
        co: &Co,
        log: &Log,
        name: &str,
        delay: Duration,
        items: Receiver<usize>,
        results: Sender<usize>,
    ) {
        while let Some(item) = items.recv(co).await {
            log.say(name, format_args!("takes {item}"));
            sleep(co, delay).await;
            results.send(co, item * item).await.expect("main receives");
        }
    }
}

mod state_machines {
    use std::ops::RangeInclusive;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Duration, Log, Report, Setup, WORKERS};
    use crate::state_machines::{
        JoinHandle, Receiver, Recv, Sender, Sending, Sleep, channel, run_with, sleep, spawn_named,
    };
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let main = Main {
            log,
            n,
            tasks: Vec::new(),
            total: 0,
            state: Consuming::Start,
        };
        run_with(setup, main)
    }

    struct Main {
        log: Log,
        n: usize,
        tasks: Vec<JoinHandle<()>>,
        total: usize,
        state: Consuming,
    }

    enum Consuming {
        Start,
        Receiving(Receiver<usize>, Recv<usize>),
        /// The task of this index.
        Joining(usize),
    }

    impl Main {
        fn start(&mut self) -> Consuming {
            let (items_tx, items_rx) = channel(2);
            let (results_tx, results) = channel(2);
            let producer = producer(self.log.clone(), self.n, items_tx);
            self.tasks.push(spawn_named("producer", producer));
            for (name, delay) in WORKERS {
                let (items, results) = (items_rx.clone(), results_tx.clone());
                let worker = worker(self.log.clone(), name, delay, items, results);
                self.tasks.push(spawn_named(name, worker));
            }
            let next = results.recv();
            Consuming::Receiving(results, next)
        }
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // tasks.push(spawn_named("producer", producer(..))); ..
                    Consuming::Start => this.state = this.start(),
                    // while let Some(result) = results.recv().await { log.say(result); total += result; }
                    Consuming::Receiving(results, next) => {
                        state("Main::Receiving");
                        match ready!(Pin::new(&mut *next).poll(cx)) {
                            Some(result) => {
                                this.log.say("main", format_args!("got {result}"));
                                this.total += result;
                                *next = results.recv();
                            }
                            None => this.state = Consuming::Joining(0),
                        }
                    }
                    // for task in tasks { task.await; } total.to_string()
                    Consuming::Joining(i) => {
                        state("Main::Joining");
                        let Some(task) = this.tasks.get_mut(*i) else {
                            return Poll::Ready(this.total.to_string());
                        };
                        ready!(Pin::new(task).poll(cx)).expect("nobody cancels a task");
                        *i += 1;
                    }
                }
            }
        }
    }

    struct Producer {
        log: Log,
        range: RangeInclusive<usize>,
        items: Sender<usize>,
        state: Producing,
    }

    enum Producing {
        Next,
        Sending { i: usize, sending: Sending<usize> },
    }

    fn producer(log: Log, n: usize, items: Sender<usize>) -> Producer {
        Producer {
            log,
            range: 1..=n,
            items,
            state: Producing::Next,
        }
    }

    impl Future for Producer {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // for i in 1..=n { items.send(i)
                    Producing::Next => {
                        let Some(i) = this.range.next() else {
                            return Poll::Ready(());
                        };
                        let sending = this.items.send(i);
                        this.state = Producing::Sending { i, sending };
                    }
                    // .await; log.say(i); }
                    Producing::Sending { i, sending } => {
                        state("Producer::Sending");
                        ready!(Pin::new(sending).poll(cx)).expect("the workers receive");
                        this.log.say("producer", format_args!("sent {i}"));
                        this.state = Producing::Next;
                    }
                }
            }
        }
    }

    struct Worker {
        log: Log,
        name: &'static str,
        delay: Duration,
        items: Receiver<usize>,
        results: Sender<usize>,
        state: Working,
    }

    enum Working {
        Receiving(Recv<usize>),
        Sleeping { item: usize, nap: Sleep },
        Sending(Sending<usize>),
    }

    fn worker(
        log: Log,
        name: &'static str,
        delay: Duration,
        items: Receiver<usize>,
        results: Sender<usize>,
    ) -> Worker {
        Worker {
            log,
            name,
            delay,
            state: Working::Receiving(items.recv()),
            items,
            results,
        }
    }

    impl Future for Worker {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // while let Some(item) = items.recv().await { log.say(item);
                    Working::Receiving(item) => {
                        state("Worker::Receiving");
                        let Some(item) = ready!(Pin::new(item).poll(cx)) else {
                            return Poll::Ready(());
                        };
                        this.log.say(this.name, format_args!("takes {item}"));
                        let nap = sleep(this.delay);
                        this.state = Working::Sleeping { item, nap };
                    }
                    // sleep(delay).await; results.send(item * item)
                    Working::Sleeping { item, nap } => {
                        state("Worker::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        this.state = Working::Sending(this.results.send(*item * *item));
                    }
                    // .await; }
                    Working::Sending(sending) => {
                        state("Worker::Sending");
                        ready!(Pin::new(sending).poll(cx)).expect("main receives");
                        this.state = Working::Receiving(this.items.recv());
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Duration, Log, Report, Setup, WORKERS};
    use crate::async_await::{Receiver, Sender, channel, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let (items_tx, items_rx) = channel(2);
            let (results_tx, results) = channel(2);
            let producer = producer(log.clone(), n, items_tx);
            let mut tasks = vec![spawn_named("producer", producer)];
            for (name, delay) in WORKERS {
                let (items, results) = (items_rx.clone(), results_tx.clone());
                let worker = worker(log.clone(), name, delay, items, results);
                tasks.push(spawn_named(name, worker));
            }
            drop((items_rx, results_tx));
            let mut total = 0;
            while let Some(result) = results.recv().await {
                log.say("main", format_args!("got {result}"));
                total += result;
            }
            for task in tasks {
                task.await.expect("nobody cancels a task");
            }
            total.to_string()
        })
    }

    async fn producer(log: Log, n: usize, items: Sender<usize>) {
        for i in 1..=n {
            items.send(i).await.expect("the workers receive");
            log.say("producer", format_args!("sent {i}"));
        }
    }

    async fn worker(
        log: Log,
        name: &str,
        delay: Duration,
        items: Receiver<usize>,
        results: Sender<usize>,
    ) {
        while let Some(item) = items.recv().await {
            log.say(name, format_args!("takes {item}"));
            sleep(delay).await;
            results.send(item * item).await.expect("main receives");
        }
    }
}
