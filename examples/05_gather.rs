//! Fifth step: waiting for many tasks.
//!
//! `cargo run --example 05_gather`

mod walk;

fn main() {
    println!("gather waits for all, and gives the results in argument order.");
    walk::side_by_side("concurrent", 4);
    walk::side_by_side("gather_results", 2);
    println!("\nas_completed gives them in the order of ending.");
    walk::side_by_side("countdown", 3);
    walk::side_by_side("completion_order", 2);
    println!(
        "\nThen read the three gathers: src/generators/gather.rs, src/state_machines/gather.rs, src/async_await.rs."
    );
    println!("-- next: examples/06_channels.rs");
}
