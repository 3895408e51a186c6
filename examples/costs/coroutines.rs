//! How many bytes a coroutine is, by what it does.

use std::future::ready;
use std::mem::size_of_val;
use std::time::Duration;

use yield_to_await::Clock;
use yield_to_await::{async_await as aw, generators as g, state_machines as sm};

use crate::table::Table;

const NAP: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(2);

/// What the coroutines of a row do; all lanes have them in this order.
const ROWS: [&str; 7] = [
    "nothing",
    "yields once",
    "sleeps",
    "waits for an event",
    "receives a message",
    "sleeps under a time limit",
    "sleeps twice, one after the other",
];

/// Lane 1: an async block over `co`.
fn generators() -> [usize; 7] {
    g::run_on(Clock::Simulated, async |co: &g::Co| {
        let event = g::Event::new();
        let (_tx, rx) = g::channel::<u64>(1);
        [
            size_of_val(&async {}),
            size_of_val(&async { g::yield_now(co).await }),
            size_of_val(&async { g::sleep(co, NAP).await }),
            size_of_val(&async { event.wait(co).await }),
            size_of_val(&async { rx.recv(co).await }),
            size_of_val(&async { g::timeout(co, LIMIT, g::sleep(co, NAP)).await }),
            size_of_val(&async {
                g::sleep(co, NAP).await;
                g::sleep(co, NAP).await;
            }),
        ]
    })
}

/// Lane 2: the future that a hand-written machine keeps in a field.
fn state_machines() -> [usize; 7] {
    let event = sm::Event::new();
    let (_tx, rx) = sm::channel::<u64>(1);
    [
        size_of_val(&ready(())),
        size_of_val(&sm::yield_now()),
        size_of_val(&sm::sleep(NAP)),
        size_of_val(&event.wait()),
        size_of_val(&rx.recv()),
        size_of_val(&sm::timeout(LIMIT, sm::sleep(NAP))),
        size_of_val(&(0_u8, sm::sleep(NAP))), // one field is enough for both: the first is over when the second begins
    ]
}

/// Lane 3: the async block around it, which the compiler makes.
fn async_await() -> [usize; 7] {
    let event = aw::Event::new();
    let (_tx, rx) = aw::channel::<u64>(1);
    [
        size_of_val(&async {}),
        size_of_val(&async { aw::yield_now().await }),
        size_of_val(&async { aw::sleep(NAP).await }),
        size_of_val(&async { event.wait().await }),
        size_of_val(&async { rx.recv().await }),
        size_of_val(&async { aw::timeout(LIMIT, aw::sleep(NAP)).await }),
        size_of_val(&async {
            aw::sleep(NAP).await;
            aw::sleep(NAP).await;
        }),
    ]
}

pub(crate) fn print() {
    let mut table = Table::new(&[("", &["coroutine"]), ("lane", &["1", "2", "3"])]);
    let lanes = [generators(), state_machines(), async_await()];
    for (row, does) in ROWS.iter().enumerate() {
        let mut cells = vec![(*does).to_owned()];
        cells.extend(lanes.map(|sizes| sizes[row].to_string()));
        table.row(cells);
    }
    table.print();
}
