//! Fourth step: tasks, which is where waiting overlaps.
//!
//! `cargo run --example 04_tasks`

mod walk;

fn main() {
    println!(
        "`spawn` (create_task) puts a coroutine in the ready queue and goes on. Its first turn comes later."
    );
    walk::side_by_side("create_task", 1);
    println!("\nSpawned and awaited at once: nothing overlaps. Here something does:");
    walk::side_by_side("background_task", 1);
    walk::side_by_side("round_robin", 2);
    println!("\nOne queue, first in, first out: the same order every time.");
    println!("Then read src/generators/kernel.rs beside src/state_machines/executor.rs.");
    println!("-- next: examples/05_gather.rs");
}
