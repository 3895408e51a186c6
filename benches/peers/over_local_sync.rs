//! Ping-pong over the channels of `local-sync`, which know one thread only, as ours do. They work on every executor.

use local_sync::mpsc::bounded::{Rx, Tx};

pub(super) async fn ping(rounds: usize, there: Tx<u64>, mut replies: Rx<u64>) -> u64 {
    let mut sum = 0;
    for i in 0..rounds as u64 {
        assert!(there.send(i).await.is_ok(), "pong receives");
        sum += replies.recv().await.expect("pong replies");
    }
    sum
}

pub(super) async fn pong(mut requests: Rx<u64>, back: Tx<u64>) {
    while let Some(i) = requests.recv().await {
        assert!(back.send(i).await.is_ok(), "ping receives");
    }
}
