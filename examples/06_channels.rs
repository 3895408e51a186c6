//! Sixth step: tasks that talk.
//!
//! `cargo run --example 06_channels`

mod walk;

fn main() {
    println!("Python sends values into a generator; tasks send them over channels.");
    walk::side_by_side("running_average", 3);
    walk::side_by_side("delegation", 1);
    walk::side_by_side("ping_pong", 2);
    println!("\nA bounded channel slows the fast side down.");
    walk::side_by_side("pipeline", 7);
    walk::side_by_side("ticker", 2);
    println!("\nThen read src/generators/channel.rs beside src/state_machines/channel.rs.");
    println!("-- next: examples/07_cancel.rs");
}
