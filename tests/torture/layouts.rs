//! Fault 38: futures and values of unusual size and alignment.

use std::thread;

use crate::lanes::in_every_lane;
use crate::{SECOND, SIM};

const LARGE: usize = if cfg!(miri) { 1 << 14 } else { 1 << 20 };

in_every_lane! {
    /// Fault 38: futures and results that are aligned to 4096 and 512 bytes, that take no room, and that take a mebibyte.
    fn large_aligned_and_empty_tasks() {
        #[repr(align(4096))]
        #[derive(Clone, Copy)]
        struct Page(u8);
        #[repr(align(512))]
        #[derive(Debug)]
        struct Sector(u8);
        fn check<T>(value: &T) {
            assert_eq!(std::ptr::from_ref(value).addr() % align_of::<T>(), 0);
        }
        let body = || run_on(SIM, async |co: &Co| {
            let tasks = (0..3).map(|i| {
                let page = Page(i);
                spawn(co, async move |co: &Co| {
                    check(&page);
                    let sector = Sector(page.0);
                    yield_now(co).await;
                    check(&page);
                    check(&sector);
                    sector
                })
            });
            let tasks: Vec<_> = tasks.collect();
            for task in &tasks {
                finished(co, task).await;
                task.peek(|outcome| check(outcome.unwrap().as_ref().unwrap()));
            }
            let sectors = gather(co, tasks).await.unwrap();
            sectors.iter().for_each(check);
            assert_eq!(sectors.iter().map(|sector| sector.0).collect::<Vec<_>>(), [0, 1, 2]);

            let page = Page(4);
            let limited = timeout(co, SECOND, async {
                check(&page);
                yield_now(co).await;
                Sector(page.0)
            });
            check(&limited.await.unwrap());

            let empty = gather(co, (0..100).map(|_| spawn(co, async |_: &Co| ()))).await;
            assert_eq!(empty.unwrap().len(), 100);

            let large = spawn(co, async |co: &Co| {
                let mut large = [1_u8; LARGE];
                yield_now(co).await;
                large[LARGE - 1] += 1;
                large
            });
            let large = join(co, &large).await.unwrap();
            assert_eq!((large[0], large[LARGE - 1]), (1, 2));
        });
        // Unoptimized code moves the mebibyte through a good many frames.
        thread::Builder::new().stack_size(64 << 20).spawn(body).unwrap().join().unwrap();
    }
}
