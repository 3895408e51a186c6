//! A worker that waits for an event which nobody will set any more.
//!
//! **What goes wrong.** The loader was to set `ready` at its end, and left by the back door: an error, a `?`, and the line with `set` was never
//! reached. Main even hears of the error, notes it, and goes on to wait for the worker. There is one size.
//!
//! In asyncio, where it hangs and says nothing:
//!
//! ```python
//! async def work(ready):
//!     await ready.wait()
//!
//! async def load(ready):
//!     await asyncio.sleep(0.005)
//!     open("/no/such/file")
//!     ready.set()
//!
//! async def main():
//!     ready = asyncio.Event()
//!     worker = asyncio.create_task(work(ready))
//!     loader = asyncio.create_task(load(ready))
//!     try:
//!         await loader
//!     except OSError as error:
//!         print(error)
//!     await worker
//! ```
//!
//! The report:
//!
//! ```text
#![doc = include_str!("reports/forgotten_set.txt")]
//! ```
//!
//! **How to read it.** "Nobody is left" says that there is no circle: somebody is missing. Who is it? Main has waited for 5 ms less than the worker,
//! so look for what happened at that moment; and the numbers of the tasks show that one is not there: task 2, the loader, has ended. An event has no
//! holder, and so the report cannot say who should have set it.
//!
//! **The cure.** What has to happen on every way out belongs into a destructor: let a small guard set the event when it is dropped. Then the worker
//! is woken in any case, and must look whether there is any data. Or use what notices by itself: a channel closes when its last sender is gone, and
//! whoever joins the loader is given the error.
//!
#![doc = include_str!("../timelines/forgotten_set.svg")]

use std::time::Duration;

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "forgotten_set",
    shows: "the task that was to set an event has ended without it: nobody is left to do it",
    sizes: &[1],
    seeds: &[],
    recording: include_str!("reports/forgotten_set.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

const A_WHILE: Duration = Duration::from_millis(5);

/// What the loader calls, with bad luck.
fn read() -> Result<u32, String> {
    Err("no such file".to_owned())
}

mod generators {
    use super::{A_WHILE, Log, Report, Setup, read};
    use crate::generators::{Co, Event, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let ready = Event::new();
            ready.set_name("ready");
            let (own_log, own_ready) = (log.clone(), ready.clone());
            let worker = spawn_named(co, "worker", async move |co: &Co| {
                work(co, &own_log, &own_ready).await;
            });
            let own_log = log.clone();
            let loader = spawn_named(co, "loader", async move |co: &Co| {
                load(co, &own_log, &ready).await
            });
            let loaded = loader.join(co).await.expect("nobody cancels the loader");
            if let Err(error) = loaded {
                log.say("main", format_args!("notes an error: {error}"));
            }
            worker.join(co).await.expect("nobody cancels the worker");
            "None".to_owned()
        })
    }

    async fn work(co: &Co, log: &Log, ready: &Event) {
        log.say("worker", "waits for the data");
        ready.wait(co).await;
        log.say("worker", "works");
    }

    async fn load(co: &Co, log: &Log, ready: &Event) -> Result<(), String> {
        sleep(co, A_WHILE).await;
        log.say("loader", "reads the file");
        let data = read()?;
        log.say("loader", format_args!("has read {data}"));
        ready.set();
        Ok(())
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{A_WHILE, Log, Report, Setup, read};
    use crate::state_machines::{Event, JoinHandle, Sleep, Wait, run_with, sleep, spawn_named};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        let (worker, state) = (None, State::Start);
        run_with(setup, Main { log, worker, state })
    }

    struct Main {
        log: Log,
        /// A local that lives across the first wait. It is `None` until the line that makes it has run.
        worker: Option<JoinHandle<()>>,
        state: State,
    }

    enum State {
        Start,
        Loader(JoinHandle<Result<(), String>>),
        Worker,
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let worker = spawn_named("worker", work(..)); let loader = spawn_named("loader", load(..));
                    State::Start => {
                        let ready = Event::new();
                        ready.set_name("ready");
                        let work = work(this.log.clone(), ready.clone());
                        this.worker = Some(spawn_named("worker", work));
                        let loader = spawn_named("loader", load(this.log.clone(), ready));
                        this.state = State::Loader(loader);
                    }
                    // if let Err(error) = loader.await { log.say(error); }
                    State::Loader(loader) => {
                        state("Main::Loader");
                        let loaded = ready!(Pin::new(loader).poll(cx));
                        if let Err(error) = loaded.expect("nobody cancels the loader") {
                            this.log
                                .say("main", format_args!("notes an error: {error}"));
                        }
                        this.state = State::Worker;
                    }
                    // worker.await;
                    State::Worker => {
                        state("Main::Worker");
                        let worker = this.worker.as_mut().expect("made at the start");
                        ready!(Pin::new(worker).poll(cx)).expect("nobody cancels the worker");
                        return Poll::Ready("None".to_owned());
                    }
                }
            }
        }
    }

    struct Work {
        log: Log,
        state: Working,
    }

    enum Working {
        Start(Event),
        Ready(Wait),
    }

    fn work(log: Log, ready: Event) -> Work {
        let state = Working::Start(ready);
        Work { log, state }
    }

    impl Future for Work {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // log.say("waits for the data"); ready.wait()
                    Working::Start(ready) => {
                        this.log.say("worker", "waits for the data");
                        this.state = Working::Ready(ready.wait());
                    }
                    // .await; log.say("works");
                    Working::Ready(wait) => {
                        state("Work::Ready");
                        ready!(Pin::new(wait).poll(cx));
                        this.log.say("worker", "works");
                        return Poll::Ready(());
                    }
                }
            }
        }
    }

    /// It begins with its only wait: no enum, and the sleep counts from its first poll.
    struct Load {
        log: Log,
        ready: Event,
        nap: Sleep,
    }

    fn load(log: Log, ready: Event) -> Load {
        let nap = sleep(A_WHILE);
        Load { log, ready, nap }
    }

    impl Future for Load {
        type Output = Result<(), String>;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
            // sleep(A_WHILE).await; log.say("reads the file");
            state("Load");
            ready!(Pin::new(&mut self.nap).poll(cx));
            self.log.say("loader", "reads the file");
            // let data = read()?; log.say(data);
            let data = read()?;
            self.log.say("loader", format_args!("has read {data}"));
            // ready.set(); Ok(())
            self.ready.set();
            Poll::Ready(Ok(()))
        }
    }
}

mod async_await {
    use super::{A_WHILE, Log, Report, Setup, read};
    use crate::async_await::{Event, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async {
            let ready = Event::new();
            ready.set_name("ready");
            let worker = spawn_named("worker", work(log.clone(), ready.clone()));
            let loader = spawn_named("loader", load(log.clone(), ready));
            let loaded = loader.await.expect("nobody cancels the loader");
            if let Err(error) = loaded {
                log.say("main", format_args!("notes an error: {error}"));
            }
            worker.await.expect("nobody cancels the worker");
            "None".to_owned()
        })
    }

    async fn work(log: Log, ready: Event) {
        log.say("worker", "waits for the data");
        ready.wait().await;
        log.say("worker", "works");
    }

    async fn load(log: Log, ready: Event) -> Result<(), String> {
        sleep(A_WHILE).await;
        log.say("loader", "reads the file");
        let data = read()?;
        log.say("loader", format_args!("has read {data}"));
        ready.set();
        Ok(())
    }
}
