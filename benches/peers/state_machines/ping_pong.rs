//! Ping-pong as two machines.

use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use yield_to_await::state_machines::{Receiver, Recv, Sender, Sending, channel, run, spawn};

use super::sum;

pub(crate) fn ping_pong(rounds: usize) -> u64 {
    run(sum(|| {
        let (there, requests) = channel(1);
        let (back, replies) = channel(1);
        let pinging = spawn(Ping {
            left: 0..rounds as u64,
            there,
            replies,
            sum: 0,
            state: Pinging::Next,
        });
        drop(spawn(Pong {
            state: Answering::Receiving(requests.recv()),
            requests,
            back,
        }));
        vec![pinging]
    }))
}

struct Ping {
    left: Range<u64>,
    there: Sender<u64>,
    replies: Receiver<u64>,
    sum: u64,
    state: Pinging,
}

enum Pinging {
    Next,
    Sending(Sending<u64>),
    Receiving(Recv<u64>),
}

impl Future for Ping {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                // for i in 0..rounds { there.send(i)
                Pinging::Next => match this.left.next() {
                    Some(i) => this.state = Pinging::Sending(this.there.send(i)),
                    None => return Poll::Ready(this.sum),
                },
                // .await;
                Pinging::Sending(sending) => {
                    ready!(Pin::new(sending).poll(cx)).expect("pong receives");
                    this.state = Pinging::Receiving(this.replies.recv());
                }
                // sum += replies.recv().await; } sum
                Pinging::Receiving(reply) => {
                    this.sum += ready!(Pin::new(reply).poll(cx)).expect("pong replies");
                    this.state = Pinging::Next;
                }
            }
        }
    }
}

struct Pong {
    requests: Receiver<u64>,
    back: Sender<u64>,
    state: Answering,
}

enum Answering {
    Receiving(Recv<u64>),
    Sending(Sending<u64>),
}

impl Future for Pong {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                // while let Some(i) = requests.recv().await { back.send(i)
                Answering::Receiving(request) => match ready!(Pin::new(request).poll(cx)) {
                    Some(i) => this.state = Answering::Sending(this.back.send(i)),
                    None => return Poll::Ready(()),
                },
                // .await; }
                Answering::Sending(sending) => {
                    ready!(Pin::new(sending).poll(cx)).expect("ping receives");
                    this.state = Answering::Receiving(this.requests.recv());
                }
            }
        }
    }
}
