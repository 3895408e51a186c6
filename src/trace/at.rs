//! Where a future stands.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::observer::here;

pin_project! {
    /// A future of this crate that the compiler has written: it is asked for its place before it is polled.
    struct At<F> {
        #[pin]
        future: F,
    }
}

/// Has the place of whoever awaits `future` noted while it waits. The compiler's own futures do not ask who polls them.
#[inline]
pub(crate) fn at<F: Future>(future: F) -> impl Future<Output = F::Output> {
    At { future }
}

impl<F: Future> Future for At<F> {
    type Output = F::Output;

    #[track_caller]
    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        here();
        self.project().future.poll(cx)
    }
}
