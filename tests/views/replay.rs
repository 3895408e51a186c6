//! The state of the loop at every moment.

use yield_to_await::TaskId;
use yield_to_await::trace::{Cause, Recording, Replay, ReplayedTask, Standing, Wait, What};

use crate::made::{Maker, ms, task, two_called, two_sleepers};
use crate::runs;

/// The replay after so many events.
fn after(recording: &Recording, events: usize) -> Replay<'_> {
    let mut replay = Replay::new(recording);
    for _ in 0..events {
        assert!(replay.step().is_some());
    }
    replay
}

fn queue(replay: &Replay<'_>) -> Vec<u64> {
    replay.queue().map(TaskId::number).collect()
}

fn standings<'a>(replay: &Replay<'a>) -> Vec<Standing<'a>> {
    let tasks = replay.tasks().iter();
    tasks.map(|task| task.standing).collect()
}

#[test]
fn it_knows_what_the_loop_knew() {
    let recording = two_sleepers();
    let replay = after(&recording, 0);
    assert_eq!((replay.position(), replay.tasks().len()), (0, 0));

    let replay = after(&recording, 5);
    assert_eq!(queue(&replay), [1, 2]);
    assert_eq!(replay.running(), Some(task(0)));
    assert_eq!(replay.output().len(), 1);

    let replay = after(&recording, 12);
    let gather = [Wait::EndOfAll(vec![task(1), task(2)])];
    let (one, two) = ([Wait::Sleep(ms(1000))], [Wait::Sleep(ms(2000))]);
    let waiting = [&gather, &one, &two].map(|on| Standing::Waiting(on));
    assert_eq!(standings(&replay), waiting);
    assert_eq!(replay.running(), None);
    let timers: Vec<_> = replay.timers().collect();
    let deadlines = timers.iter().map(|timer| (timer.deadline, timer.task));
    let expected = [(ms(1000), Some(task(1))), (ms(2000), Some(task(2)))];
    assert!(deadlines.eq(expected));

    let mut replay = after(&recording, recording.len());
    assert!(replay.step().is_none());
    assert!(replay.tasks().iter().all(|task| task.standing.is_over()));
    assert_eq!((replay.timers().count(), replay.ready()), (0, 0));
    assert_eq!((replay.clock(), replay.steps()), (ms(2000), 6));
    assert_eq!(replay.task(task(1)).unwrap().steps, 2);
}

#[test]
fn a_task_that_is_woken_in_its_own_step_keeps_its_place() {
    let mut made = Maker::default();
    made.spawn(0, None, "main").begin(0, 0);
    made.wake(0, Cause::Task(task(0))).spawn(1, Some(0), "b");
    made.wait(0, &[Wait::Elsewhere]);
    let recording = made.take();
    let replay = after(&recording, recording.len());
    assert_eq!(queue(&replay), [0, 1]);
    assert_eq!(standings(&replay), [Standing::Ready; 2]);
}

#[test]
fn who_has_ended_stands_nowhere() {
    let mut made = Maker::default();
    made.spawn(0, None, "main").begin(0, 0);
    for number in 1..5 {
        made.spawn(number, Some(0), "a");
    }
    made.wake(0, Cause::Elsewhere).it(0, What::Ended);
    made.it(2, What::Dropped).it(1, What::Dropped);
    made.wake(2, Cause::Elsewhere);
    let recording = made.take();
    let replay = after(&recording, recording.len());
    assert_eq!(queue(&replay), [3, 4]);
    assert_eq!(replay.ready(), 2);
    assert_eq!(replay.tasks()[2].standing, Standing::Dropped);
}

#[test]
fn who_is_to_be_dropped_is_leaving() {
    let mut made = Maker::default();
    made.spawn(0, None, "main").begin(0, 0);
    made.it(0, What::CancelRequested { by: Some(task(0)) });
    let recording = made.take();
    let replay = after(&recording, recording.len());
    assert_eq!(standings(&replay), [Standing::Running]);
    assert_eq!(queue(&replay), [0]);

    made.wait(0, &[Wait::Nothing]);
    let recording: Recording = recording.into_iter().chain(made.take()).collect();
    let replay = after(&recording, recording.len());
    assert_eq!(standings(&replay), [Standing::Leaving]);
}

#[test]
fn tasks_of_one_name_are_told_apart_from_the_beginning() {
    let recording = two_called("worker", "worker");
    let names = |recording: &Recording| {
        let replay = after(recording, 0);
        [0, 1, 2, 3].map(|number| replay.name(task(number)))
    };
    let worker = ["main", "worker (task 1)", "worker (task 2)", "task 3"];
    assert_eq!(names(&recording), worker);
    // A name that looks like a number.
    let recording = two_called("task 2", "");
    let numbers = ["main", "task 2 (task 1)", "task 2 (task 2)", "task 3"];
    assert_eq!(names(&recording), numbers);
    let recording = two_called("a\nb", "\u{1b}[1m\u{202e}");
    let escaped = ["main", "a\\nb", "\\u{1b}[1m\\u{202e}", "task 3"];
    assert_eq!(names(&recording), escaped);
}

#[test]
fn strangers_are_made_up() {
    let mut made = Maker::default();
    made.wake(7, Cause::Elsewhere).begin(9, 1).begin(7, 0);
    let recording = made.take();
    let replay = after(&recording, recording.len());
    let stands = [Standing::Running, Standing::Waiting(&[])];
    assert_eq!(standings(&replay), stands);
    assert_eq!(replay.tasks()[0].spawned_at, None);
    assert_eq!(replay.name(task(7)), "task 7");
}

#[test]
fn its_queue_is_as_long_as_the_loop_says() {
    let mut steps = 0;
    for (title, recording) in runs::all() {
        let mut replay = Replay::new(&recording);
        while let Some(event) = replay.step() {
            if let What::StepBegan { ready } = event.what {
                let context = format!("{title}, step {}", event.step);
                assert_eq!(replay.ready(), ready, "{context}");
                assert_eq!(replay.queue().count(), ready, "{context}");
                assert_eq!(replay.running(), event.task, "{context}");
                steps += 1;
            }
        }
        let over = |task: &ReplayedTask<'_>| task.standing.is_over();
        let all_over = replay.tasks().iter().all(over);
        assert!(all_over || replay.is_stuck(), "{title}");
        assert!(replay.timers().next().is_none(), "{title}");
    }
    assert!(steps > 1000, "{steps}");
}

#[test]
fn its_first_in_line_is_the_next_to_run() {
    for (title, recording) in runs::all() {
        let mut replay = Replay::new(&recording);
        loop {
            let leaving = |replay: &Replay<'_>, id| {
                let task = replay.task(id);
                task.is_some_and(|task| task.standing == Standing::Leaving)
            };
            let mut line = replay.queue().filter(|id| !leaving(&replay, *id));
            let first = line.next();
            drop(line);
            match replay.step() {
                Some(event) if matches!(event.what, What::StepBegan { .. }) => {
                    assert_eq!(first, event.task, "{title}, step {}", event.step);
                }
                Some(_) => {}
                None => break,
            }
        }
    }
}
