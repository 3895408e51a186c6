//! Fault 42: destructors and wakers that call the crate while the crate calls them.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use futures::task::LocalSpawnExt;
use yield_to_await::async_await as aw;

use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{SECOND, SIM};

in_every_lane! {
    /// Fault 42: a destructor that calls everything there is, wherever a value of the user's is dropped. No borrow is held meanwhile.
    fn destructors_may_call_everything_wherever_they_run() {
        let calls = Rc::new(Cell::new(0));
        run_on(SIM, async |co: &Co| {
            let (event, permits, mutex) = (Event::new(), Semaphore::new(0), Mutex::new(0));
            let (tx, rx) = unbounded::<u32>();
            let ended = spawn(co, async |_: &Co| 7);
            finished(co, &ended).await;
            let bystander = spawn(co, {
                let (event, mutex, rx) = (event.clone(), mutex.clone(), rx.clone());
                let permits = permits.clone();
                async move |co: &Co| loop {
                    wait(co, &event).await;
                    acquire(co, &permits).await.forget();
                    *lock(co, &mutex).await += 1;
                    recv(co, &rx).await;
                    yield_now(co).await;
                }
            });
            let victims = Rc::new(RefCell::new(Vec::<JoinHandle<()>>::new()));
            let meddler = || {
                victims.borrow_mut().push(spawn(co, async |co: &Co| sleep(co, SECOND).await));
                let (event, permits, mutex) = (event.clone(), permits.clone(), mutex.clone());
                let (tx, rx, ended, bystander) = (tx.clone(), rx.clone(), ended.clone(), bystander.clone());
                let (victims, calls) = (Rc::clone(&victims), Rc::clone(&calls));
                Defer(move || {
                    event.set();
                    event.clear();
                    permits.release();
                    mutex.try_lock().into_iter().for_each(|mut guard| *guard += 1);
                    tx.try_send(1).unwrap();
                    let _ = rx.try_recv();
                    tx.try_send(2).unwrap();
                    assert!(ended.peek(|outcome| matches!(outcome, Some(Ok(7)))));
                    let _ = bystander.clone().is_finished();
                    let victim = victims.borrow_mut().pop();
                    victim.unwrap().cancel();
                    calls.set(calls.get() + 1);
                })
            };

            let ways = [meddler(), meddler(), meddler(), meddler()];
            let [returned, cancelled, panicked, unpolled] = ways.map(|meddler| (meddler, ended.clone()));
            let returned = spawn(co, async move |_: &Co| drop(returned));
            let cancelled = spawn(co, async move |co: &Co| {
                let _meddler = cancelled;
                sleep(co, SECOND).await;
            });
            let panicked = spawn(co, async move |_: &Co| {
                let _meddler = panicked;
                panic!("on purpose");
            });
            yield_now(co).await;
            let unpolled = spawn(co, async move |_: &Co| drop(unpolled));
            assert!(cancelled.cancel() && unpolled.cancel());
            join(co, &returned).await.unwrap();
            assert!(join(co, &cancelled).await.is_err() && join(co, &panicked).await.is_err());
            assert!(join(co, &unpolled).await.is_err());
            assert_eq!(calls.take(), 4, "locals");

            let value = meddler();
            let unread = spawn(co, async move |_: &Co| value);
            finished(co, &unread).await;
            unread.peek(|_| drop(meddler()));
            assert_eq!(calls.take(), 1, "while somebody looks");
            drop(unread);
            let value = meddler();
            drop(spawn(co, async move |_: &Co| value));
            yield_now(co).await;
            assert_eq!(calls.take(), 2, "outcomes");

            let (to_nobody, nobody) = channel(1);
            to_nobody.try_send(meddler()).map_err(drop).unwrap();
            drop(nobody);
            drop(to_nobody.try_send(meddler()));
            let guarded = Mutex::new(meddler());
            drop(guarded);
            let body = async {
                let _meddler = meddler();
                sleep(co, 2 * SECOND).await;
            };
            assert!(timeout(co, SECOND, body).await.is_err());
            assert_eq!(calls.take(), 4, "values in channels and locks, bodies of limits");

            for meddler in [meddler(), meddler()] {
                drop(spawn(co, async move |co: &Co| {
                    let _meddler = meddler;
                    yield_now(co).await;
                    sleep(co, SECOND).await;
                }));
            }
            yield_now(co).await;
        });
        assert_eq!(calls.take(), 2, "at the end");
        assert_eq!(run_on(SIM, async |_: &Co| 7), 7);
    }
}

/// Fault 42: a spawner does not keep its loop alive, so a task may own one: it is dropped with the loop all the same.
#[test]
fn a_task_may_own_a_spawner_of_its_loop() {
    let trace = Trace::default();
    aw::run_on(SIM, async {
        let (spawner, local) = (aw::spawner(), trace.on_drop("dropped"));
        drop(aw::spawn(async move {
            let (_local, own) = (local, spawner);
            own.spawn_local(pending()).unwrap();
            pending::<()>().await;
        }));
        aw::yield_now().await;
    });
    assert_eq!(trace.take(), ["dropped"]);
}

type Meddle = Rc<dyn Fn(&str)>;

thread_local! {
    static MEDDLE: RefCell<Option<Meddle>> = const { RefCell::new(None) };
}

/// A waker that calls back: when it is called, and when it is dropped.
struct Meddler;

impl Meddler {
    fn call(event: &str) {
        let meddle = MEDDLE.with_borrow(Clone::clone);
        meddle.iter().for_each(|meddle| meddle(event));
    }
}

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        Self::call("woken");
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        Self::call("dropped");
    }
}

/// Fault 42: a foreign waker that spawns, cancels, wakes and sleeps when it is called, when another takes its place, and when it is thrown
/// away. (That a waker's `clone` calls back cannot be written without `unsafe`.)
#[test]
fn a_foreign_waker_may_call_everything() {
    let seen = Trace::default();
    aw::run_on(SIM, async {
        let (event, permits, mutex) = (aw::Event::new(), aw::Semaphore::new(0), aw::Mutex::new(()));
        let (tx, rx) = aw::channel(1);
        let (full, drain) = aw::channel(1);
        full.try_send(0).unwrap();
        let guard = mutex.try_lock().unwrap();
        let joined = aw::spawn(aw::sleep(SECOND));
        MEDDLE.set(Some(Rc::new({
            let (event, permits, mutex, joined) = (
                event.clone(),
                permits.clone(),
                mutex.clone(),
                joined.clone(),
            );
            let (tx, rx, full, seen) = (tx.clone(), rx.clone(), full.clone(), seen.clone());
            move |what| {
                let mut all = [
                    Box::pin(event.wait()) as Pin<Box<dyn Future<Output = ()>>>,
                    Box::pin(aw::sleep(SECOND)),
                    Box::pin(joined.finished()),
                ];
                for future in &mut all {
                    let _ = future
                        .as_mut()
                        .poll(&mut Context::from_waker(Waker::noop()));
                }
                drop(all);
                assert!(aw::spawn(pending::<()>()).cancel());
                drop(aw::spawn(async {}));
                drop((permits.try_acquire(), mutex.try_lock()));
                let _ = (tx.len(), rx.is_empty(), full.try_send(1), aw::now());
                seen.note(what);
            }
        })));
        let waiting: [Pin<Box<dyn Future<Output = ()>>>; 8] = [
            Box::pin(event.wait()),
            Box::pin(async { permits.acquire().await.forget() }),
            Box::pin(async { drop(mutex.lock().await) }),
            Box::pin(async { assert!(rx.recv().await.is_some()) }),
            Box::pin(async { full.send(2).await.unwrap() }),
            Box::pin(aw::sleep(SECOND)),
            Box::pin(async { drop(joined.clone().await) }),
            Box::pin(joined.finished()),
        ];
        let poll = |future: &mut Pin<Box<dyn Future<Output = ()> + '_>>| {
            let waker = Waker::from(Arc::new(Meddler));
            let poll = future.as_mut().poll(&mut Context::from_waker(&waker));
            drop(waker); // the future has the last of it
            poll
        };
        let mut waiting = waiting;
        for future in &mut waiting {
            assert!(poll(future).is_pending());
            assert!(seen.take().is_empty());
            assert!(poll(future).is_pending());
            assert_eq!(seen.take(), ["dropped"], "another has taken its place");
        }
        event.set();
        permits.release();
        drop(guard);
        tx.try_send(3).unwrap();
        assert_eq!(drain.try_recv(), Ok(0));
        assert_eq!(seen.take(), ["woken", "dropped"].repeat(5));
        aw::sleep(2 * SECOND).await;
        assert_eq!(seen.take(), ["woken", "dropped"].repeat(3));
        drop(waiting);
        // Thrown away before anything has happened.
        let mut never = Box::pin(aw::Event::new().wait()) as Pin<Box<dyn Future<Output = ()>>>;
        assert!(poll(&mut never).is_pending());
        drop(never);
        assert_eq!(seen.take(), ["dropped"]);
        MEDDLE.take();
    });
}
