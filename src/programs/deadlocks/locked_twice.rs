//! A task that waits for a lock which it holds itself.
//!
//! **What goes wrong.** `withdraw` locks the account and calls a helper; `charge` locks it, too, as it should where it is called from outside. A
//! mutex does not ask who wants it: like `asyncio.Lock`, it is not reentrant, and the task waits in line behind itself. There is one size.
//!
//! In asyncio, where it hangs and says nothing:
//!
//! ```python
//! async def withdraw(account, lock):
//!     async with lock:
//!         account["balance"] -= 30
//!         await charge(account, lock)
//!
//! async def charge(account, lock):
//!     async with lock:
//!         account["balance"] -= 1
//!
//! async def main():
//!     await asyncio.create_task(withdraw({"balance": 100}, asyncio.Lock()))
//! ```
//!
//! The report:
//!
//! ```text
#![doc = include_str!("reports/locked_twice.txt")]
//! ```
//!
//! **How to read it.** A circle of one: the teller waits for the account, which is held by the teller. The helper is not in the report, since
//! awaiting a coroutine makes no task; look in what the teller calls for the second `lock`.
//!
//! **The cure.** Lock once, and hand the guard on: a helper that takes `&mut i32` cannot lock. Where the helper is called from outside as well, split
//! it in two, one that locks and calls one that does not. Or drop the guard before the call.
//!
#![doc = include_str!("../timelines/locked_twice.svg")]

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "locked_twice",
    shows: "a task locks a mutex and calls a helper that locks it again: a circle of one",
    sizes: &[1],
    seeds: &[],
    recording: include_str!("reports/locked_twice.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

mod generators {
    use super::{Log, Report, Setup};
    use crate::generators::{Co, Mutex, run_with, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let account = Mutex::new(100);
            account.set_name("account");
            let teller = spawn_named(co, "teller", async move |co: &Co| {
                withdraw(co, &log, &account).await;
            });
            teller.join(co).await.expect("nobody cancels the teller");
            "None".to_owned()
        })
    }

    async fn withdraw(co: &Co, log: &Log, account: &Mutex<i32>) {
        let mut balance = account.lock(co).await;
        *balance -= 30;
        log.say(
            "teller",
            format_args!("pays out 30, {balance} left", balance = *balance),
        );
        charge(co, log, account).await;
    }

    async fn charge(co: &Co, log: &Log, account: &Mutex<i32>) {
        log.say("teller", "charges a fee");
        let mut balance = account.lock(co).await;
        *balance -= 1;
        log.say("teller", "has charged it");
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, Setup};
    use crate::state_machines::{JoinHandle, Lock, Mutex, MutexGuard, run_with, spawn_named};
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
        Teller(JoinHandle<()>),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let teller = spawn_named("teller", withdraw(log, account));
                    State::Start => {
                        let account = Mutex::new(100);
                        account.set_name("account");
                        let teller = spawn_named("teller", withdraw(this.log.clone(), account));
                        this.state = State::Teller(teller);
                    }
                    // teller.await;
                    State::Teller(teller) => {
                        state("Main::Teller");
                        ready!(Pin::new(teller).poll(cx)).expect("nobody cancels the teller");
                        return Poll::Ready("None".to_owned());
                    }
                }
            }
        }
    }

    struct Withdraw {
        log: Log,
        account: Mutex<i32>,
        /// Before what was made before it: fields are dropped from the top, the locals of an async fn from the bottom.
        state: Withdrawing,
        /// The account, locked. It lives to the end, which is what goes wrong here.
        balance: Option<MutexGuard<i32>>,
    }

    enum Withdrawing {
        Locking(Lock<i32>),
        Charging(Charge),
    }

    fn withdraw(log: Log, account: Mutex<i32>) -> Withdraw {
        let state = Withdrawing::Locking(account.lock());
        Withdraw {
            log,
            account,
            state,
            balance: None,
        }
    }

    impl Future for Withdraw {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let mut balance = account.lock().await; *balance -= 30; log.say("pays out 30");
                    Withdrawing::Locking(lock) => {
                        state("Withdraw::Locking");
                        let mut balance = ready!(Pin::new(lock).poll(cx));
                        *balance -= 30;
                        let left = *balance;
                        this.log
                            .say("teller", format_args!("pays out 30, {left} left"));
                        this.balance = Some(balance);
                        let charge = charge(this.log.clone(), &this.account);
                        this.state = Withdrawing::Charging(charge);
                    }
                    // charge(log, account).await;
                    Withdrawing::Charging(charge) => {
                        state("Withdraw::Charging");
                        return Pin::new(charge).poll(cx);
                    }
                }
            }
        }
    }

    struct Charge {
        log: Log,
        state: Charging,
    }

    enum Charging {
        Start(Mutex<i32>),
        Locking(Lock<i32>),
    }

    fn charge(log: Log, account: &Mutex<i32>) -> Charge {
        let state = Charging::Start(account.clone());
        Charge { log, state }
    }

    impl Future for Charge {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // log.say("charges a fee"); let mut balance = account.lock()
                    Charging::Start(account) => {
                        this.log.say("teller", "charges a fee");
                        this.state = Charging::Locking(account.lock());
                    }
                    // .await; *balance -= 1; log.say("has charged it");
                    Charging::Locking(lock) => {
                        state("Charge::Locking");
                        *ready!(Pin::new(lock).poll(cx)) -= 1;
                        this.log.say("teller", "has charged it");
                        return Poll::Ready(());
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, Setup};
    use crate::async_await::{Mutex, run_with, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async {
            let account = Mutex::new(100);
            account.set_name("account");
            let teller = spawn_named("teller", withdraw(log, account));
            teller.await.expect("nobody cancels the teller");
            "None".to_owned()
        })
    }

    async fn withdraw(log: Log, account: Mutex<i32>) {
        let mut balance = account.lock().await;
        *balance -= 30;
        log.say(
            "teller",
            format_args!("pays out 30, {balance} left", balance = *balance),
        );
        charge(&log, &account).await;
    }

    async fn charge(log: &Log, account: &Mutex<i32>) {
        log.say("teller", "charges a fee");
        let mut balance = account.lock().await;
        *balance -= 1;
        log.say("teller", "has charged it");
    }
}
