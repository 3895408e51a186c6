//! What an observer may do while it is told.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use yield_to_await::trace::{Event, Recording, What, say};
use yield_to_await::{Setup, async_await as aw, state_machines as sm};

use crate::lanes::in_every_lane;
use crate::{SIM, check, ms, panic_of, story};

/// An observer that keeps what it hears, and does something more at each event.
fn keeping(
    mut also: impl FnMut(&Event) + Send + 'static,
) -> (Arc<Mutex<Vec<Event>>>, impl FnMut(Event) + Send + 'static) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    let observer = move |event: Event| {
        kept.lock().unwrap().push(event.clone());
        also(&event);
    };
    (heard, observer)
}

fn taken(heard: &Mutex<Vec<Event>>) -> Recording {
    let recording = std::mem::take(&mut *heard.lock().unwrap()).into_iter();
    let recording = recording.collect();
    check(&recording);
    recording
}

fn is_suspended(event: &Event, task: u64) -> bool {
    let of_task = event.task.is_some_and(|id| id.number() == task);
    of_task && matches!(event.what, What::Suspended { .. })
}

#[test]
fn it_may_spawn_and_cancel() {
    let mut first = true;
    let (heard, observer) = keeping(move |event| {
        if is_suspended(event, 0) && std::mem::take(&mut first) {
            drop(aw::spawn_named("mine", aw::yield_now()));
            let unlucky = aw::spawn_named("unlucky", async {});
            assert!(unlucky.cancel());
        }
    });
    aw::run_with(Setup::new().clock(SIM).observe(observer), aw::sleep(ms(1)));
    let story = story(&taken(&heard));
    assert_eq!(
        story[3..],
        [
            "main: suspended on the clock to reach 1ms",
            "mine: spawned by nobody",
            "unlucky: spawned by nobody",
            "unlucky: cancel requested by nobody",
            "mine: step begins",
            "mine: suspended on its next turn",
            "unlucky: dropped",
            "mine: step begins",
            "mine: ended",
            "main: timer fired 1",
            "main: woken by timer 1",
            "main: step begins",
            "main: ended",
        ]
    );
}

/// What it does is nobody's doing, also if it is told that a step begins.
#[test]
fn what_it_does_when_a_step_begins_is_not_that_tasks_doing() {
    let mut first = true;
    let (heard, observer) = keeping(move |event| {
        if matches!(event.what, What::StepBegan { .. }) && std::mem::take(&mut first) {
            drop(aw::spawn_named("mine", async {}));
            say("hello");
        }
    });
    aw::run_with(Setup::new().clock(SIM).observe(observer), aw::yield_now());
    let story = story(&taken(&heard));
    assert!(
        story.contains(&"mine: spawned by nobody".to_owned()),
        "{story:?}"
    );
    assert!(
        story.contains(&"nobody: printed: hello".to_owned()),
        "{story:?}"
    );
}

/// Nor is it the doing of one who has panicked, or of the last who has ended.
#[test]
fn what_it_does_when_a_task_has_ended_is_not_that_tasks_doing() {
    let (heard, observer) = keeping(move |event| {
        if event.task.is_some_and(|id| id.number() == 1)
            && matches!(event.what, What::Panicked { .. })
        {
            say("it panics");
        }
        if event.task.is_some_and(|id| id.number() == 0) && event.what == What::Ended {
            say("it ends");
        }
    });
    aw::run_with(Setup::new().clock(SIM).observe(observer), async {
        let task = aw::spawn(async { panic!("on purpose") });
        task.finished().await;
    });
    let story = story(&taken(&heard));
    assert!(
        story.contains(&"nobody: printed: it panics".to_owned()),
        "{story:?}"
    );
    assert!(
        story.contains(&"nobody: printed: it ends".to_owned()),
        "{story:?}"
    );
}

/// Whatever it hears, and be it the last word of a run.
#[test]
fn it_may_ask_at_every_event() {
    let (heard, observer) = keeping(|_| {
        let _ = aw::tasks();
    });
    aw::run_with(Setup::new().clock(SIM).observe(observer), async {
        drop(aw::spawn(aw::sleep(ms(1))));
        aw::yield_now().await;
    });
    taken(&heard);
}

/// The same on the way, where somebody has a turn yet to come.
#[test]
fn it_may_ask_for_the_tasks_and_the_time() {
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let (heard, observer) = keeping(move |event| {
        if let What::Spawned { .. } | What::StepBegan { .. } | What::Suspended { .. } = event.what {
            assert_eq!(sm::now(), event.at);
            assert!(!sm::tasks().is_empty());
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    aw::run_with(Setup::new().clock(SIM).observe(observer), async {
        let task = aw::spawn(aw::sleep(ms(1)));
        task.await.unwrap();
    });
    taken(&heard);
    assert_eq!(asked.load(Ordering::Relaxed), 2 + 4 + 2);
}

/// What it says is in no task's name, and it hears of it, too.
#[test]
fn it_may_print() {
    let (heard, observer) = keeping(|event| {
        if is_suspended(event, 0) {
            say("noted");
        }
    });
    aw::run_with(Setup::new().clock(SIM).observe(observer), aw::yield_now());
    let story = story(&taken(&heard));
    assert_eq!(
        story[2..4],
        ["main: suspended on its next turn", "nobody: printed: noted"]
    );
}

#[test]
fn it_must_not_run_a_loop_inside_this_one() {
    let panic = panic_of(|| {
        let setup = Setup::new().clock(SIM).observe(|_| aw::run(async {}));
        aw::run_with(setup, async {})
    });
    assert!(
        panic.starts_with("`run` was called inside a task"),
        "{panic}"
    );
    // On a thread of its own it may.
    let setup = Setup::new().clock(SIM).observe(|_| {
        let other = std::thread::spawn(|| aw::run_on(SIM, aw::sleep(ms(1))));
        other.join().unwrap();
    });
    aw::run_with(setup, aw::yield_now()).outcome.unwrap();
}

/// It works off what it was told before that: an observer that makes tasks which tell it more comes to an end with them.
#[test]
fn it_may_make_what_it_hears_of() {
    let mut left = 5;
    let (heard, observer) = keeping(move |event| {
        if let What::Spawned { .. } = event.what
            && left > 0
        {
            left -= 1;
            drop(aw::spawn(async {}));
        }
    });
    aw::run_with(Setup::new().clock(SIM).observe(observer), aw::sleep(ms(1)));
    let recording = taken(&heard);
    let ended = recording.iter().filter(|event| event.what == What::Ended);
    assert_eq!(ended.count(), 6);
}

in_every_lane! {
    /// Through what it has been given: a handle, a sender, an event.
    fn it_may_wake_whom_it_likes() {
        thread_local! {
            static CALLS: RefCell<Vec<Box<dyn FnOnce()>>> = const { RefCell::new(Vec::new()) };
        }
        let (heard, observer) = keeping(|event| {
            if is_suspended(event, 0) {
                CALLS.take().into_iter().for_each(|call| call());
            }
        });
        run_with(Setup::new().clock(SIM).observe(observer), async |co: &Co| {
            let (event, permits, mutex) = (Event::new(), Semaphore::new(0), Mutex::new(()));
            let (tx, rx) = channel(1);
            let stuck = spawn_named(co, "stuck", async |co: &Co| sleep(co, ms(9)).await);
            yield_now(co).await;
            let later = |call: Box<dyn FnOnce()>| CALLS.with_borrow_mut(|calls| calls.push(call));
            later(Box::new({ let event = event.clone(); move || event.set() }));
            wait(co, &event).await;
            later(Box::new({ let permits = permits.clone(); move || permits.release() }));
            acquire(co, &permits).await.forget();
            later(Box::new(move || tx.try_send(1).unwrap()));
            assert_eq!(recv(co, &rx).await, Some(1));
            later(Box::new({ let stuck = stuck.clone(); move || assert!(stuck.cancel()) }));
            finished(co, &stuck).await;
            let guard = lock(co, &mutex).await;
            later(Box::new(move || drop(guard)));
            drop(lock(co, &mutex).await);
        }).outcome.unwrap();
        let story = story(&taken(&heard));
        let woken: Vec<&str> = story.iter().map(String::as_str).filter(|line| line.contains("woken") || line.contains("request")).collect();
        assert_eq!(woken, [
            "main: woken from elsewhere", "main: woken from elsewhere", "main: woken from elsewhere",
            "stuck: cancel requested by nobody", "main: woken by stuck", "main: woken from elsewhere",
        ]);
    }

    fn its_own_time_is_in_no_slow_step() {
        if cfg!(miri) {
            return; // every turn is slow
        }
        let (heard, observer) = keeping(|event| match event.what {
            What::StepBegan { .. } | What::Suspended { .. } | What::Ended => std::thread::sleep(ms(30)),
            _ => {}
        });
        let setup = Setup::new().clock(SIM).slow_step(ms(25)).observe(observer);
        let report = run_with(setup, async |co: &Co| {
            let slow = spawn_named(co, "slow", async |_: &Co| std::thread::sleep(ms(26)));
            join(co, &slow).await.unwrap();
        });
        taken(&heard);
        let slow: Vec<_> = report.exit.slow_steps.iter().map(|step| (step.step(), step.task().name().map(str::to_owned))).collect();
        assert_eq!(slow, [(2, Some("slow".to_owned()))]);
    }
}
