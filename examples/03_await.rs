//! Third step: awaiting a coroutine runs it in place.
//!
//! `cargo run --example 03_await`

mod walk;

fn main() {
    println!("Calling a coroutine makes a value; awaiting it runs it in the caller's own turn.");
    walk::side_by_side("nothing", 2);
    println!(
        "\nTwo awaits, and only one step: `await` gives up the turn only where something has to be waited for."
    );
    walk::side_by_side("awaiting", 4);
    walk::side_by_side("sequential", 2);
    walk::side_by_side("nested_await", 1);
    println!("\nNothing overlaps yet: each line waits for the one before.");
    println!(
        "Then read src/generators/co.rs (a wait is a trap) beside src/state_machines/sleep.rs (a wait is a waker)."
    );
    println!("-- next: examples/04_tasks.rs");
}
