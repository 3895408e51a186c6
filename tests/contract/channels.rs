//! Channels: order, closing on both sides, and wake-ups that are passed on.

use yield_to_await::{Closed, TryRecvError, TrySendError};

use crate::lanes::{Trace, in_every_lane};
use crate::{SIM, ms};

in_every_lane! {
    fn values_come_out_in_order_and_a_full_channel_waits() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel(2);
            let noisy = trace.clone();
            drop(spawn(co, async move |co: &Co| {
                for i in 1..=4 {
                    send(co, &tx, i).await.unwrap();
                    noisy.note(format!("sent {i}"));
                }
            }));
            sleep(co, ms(5)).await;
            while let Some(i) = recv(co, &rx).await {
                trace.note(format!("got {i}"));
            }
        });
        assert_eq!(
            trace.take(),
            ["sent 1", "sent 2", "got 1", "got 2", "sent 3", "sent 4", "got 3", "got 4"]
        );
    }

    /// Faults 71 and 75: what is inside comes out, and then `None`, every time.
    fn the_last_sender_closes_and_what_is_inside_comes_out() {
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = unbounded();
            let other = tx.clone();
            tx.try_send(1).unwrap();
            drop(tx);
            other.try_send(2).unwrap();
            drop(other);
            assert_eq!(recv(co, &rx).await, Some(1));
            assert_eq!(rx.try_recv(), Ok(2));
            assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
            assert_eq!(recv(co, &rx).await, None);
            assert_eq!(recv(co, &rx).await, None);
        });
    }

    /// Fault 72: the last sender goes while receivers wait.
    fn a_receiver_that_waits_learns_that_the_channel_closes() {
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel::<i32>(1);
            let waiting = [rx.clone(), rx].map(|rx| {
                spawn(co, async move |co: &Co| recv(co, &rx).await)
            });
            sleep(co, ms(1)).await;
            drop(tx);
            assert_eq!(gather(co, waiting).await.unwrap(), [None, None]);
        });
    }

    /// Faults 70, 72 and 75: the last receiver goes while a sender waits, which has its value back; what is inside is dropped once.
    fn the_last_receiver_closes_and_senders_get_their_values_back() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel(1);
            tx.try_send(trace.on_drop("inside")).unwrap();
            let waiting = spawn(co, {
                let (tx, value) = (tx.clone(), trace.on_drop("waiting"));
                async move |co: &Co| send(co, &tx, value).await
            });
            sleep(co, ms(1)).await;
            assert!(!tx.is_closed());
            drop(rx);
            trace.note("receiver gone");
            assert!(tx.is_closed());
            let Err(Closed(value)) = join(co, &waiting).await.unwrap() else {
                panic!("the channel is closed");
            };
            drop(value);
            let late = tx.try_send(trace.on_drop("late"));
            assert!(matches!(late, Err(TrySendError::Closed(_))));
        });
        assert_eq!(trace.take(), ["inside", "receiver gone", "waiting", "late"]);
    }

    fn trying_does_not_wait() {
        run_on(SIM, async |_: &Co| {
            let (tx, rx) = channel(1);
            assert!(rx.is_empty() && tx.is_empty());
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
            tx.try_send(1).unwrap();
            assert_eq!(tx.try_send(2).map_err(TrySendError::into_inner), Err(2));
            assert_eq!((tx.len(), rx.len()), (1, 1));
            assert_eq!(rx.try_recv(), Ok(1));
        });
    }

    /// Fault 74: a getter that was woken and is dropped before its turn passes the wake-up on.
    fn a_dropped_getter_passes_its_wake_up_on() {
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel(2);
            let getters = [(); 2].map(|()| {
                let rx = rx.clone();
                spawn(co, async move |co: &Co| recv(co, &rx).await)
            });
            yield_now(co).await;
            tx.try_send(7).unwrap(); // wakes the first
            getters[0].cancel();
            assert_eq!(join(co, &getters[1]).await.unwrap(), Some(7));
        });
    }

    /// Fault 74: the same on the other side.
    fn a_dropped_putter_passes_its_wake_up_on() {
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel(1);
            tx.try_send(0).unwrap();
            let putters = [1, 2].map(|i| {
                let tx = tx.clone();
                spawn(co, async move |co: &Co| send(co, &tx, i).await.is_ok())
            });
            yield_now(co).await;
            assert_eq!(rx.try_recv(), Ok(0)); // wakes the first
            putters[0].cancel();
            assert!(join(co, &putters[1]).await.unwrap());
            assert_eq!(rx.try_recv(), Ok(2));
        });
    }

    /// Fault 61: one whose time limit passes in the turn in which it was woken takes the value.
    fn a_getter_that_was_woken_at_the_deadline_takes_the_value() {
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel(1);
            let getter = spawn(co, async move |co: &Co| {
                timeout(co, ms(5), recv(co, &rx)).await
            });
            sleep(co, ms(5)).await; // armed after the limit: the getter is queued already
            tx.try_send(7).unwrap();
            assert_eq!(join(co, &getter).await.unwrap(), Ok(Some(7)));
        });
    }

    /// Like `asyncio.Queue`, a channel is not fair: a newcomer may take the value before the woken getter has had its turn.
    fn a_newcomer_may_overtake() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel(1);
            let (early, noisy) = (rx.clone(), trace.clone());
            let getter = spawn(co, async move |co: &Co| {
                noisy.note(format!("woken one: {:?}", recv(co, &early).await));
            });
            yield_now(co).await;
            tx.try_send(1).unwrap();
            trace.note(format!("newcomer: {:?}", rx.try_recv()));
            tx.try_send(2).unwrap();
            join(co, &getter).await.unwrap();
        });
        assert_eq!(trace.take(), ["newcomer: Ok(1)", "woken one: Some(2)"]);
    }
}
