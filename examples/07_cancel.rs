//! Seventh step: ending a task before its end.
//!
//! `cargo run --example 07_cancel`

mod walk;

fn main() {
    println!(
        "Python raises CancelledError inside the task; Rust drops the task, and its destructors run. Both do it at its turn."
    );
    walk::side_by_side("cancel", 2);
    walk::side_by_side("deadline", 7);
    walk::side_by_side("first_of_many", 7);
    walk::side_by_side("siblings", 7);
    println!(
        "\nThen read src/generators/timeout.rs (a limit that travels outwards like an exception) beside"
    );
    println!("src/state_machines/timeout.rs (a limit that polls its body first).");
    println!("-- next: cargo run --release --example tour");
}
