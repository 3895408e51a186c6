"""Tasks without an end, and how to end them.

`cancel` is only a request, and false is its answer when the task has ended
already. The workers find CancelledError at their `await` in the next turn,
clean up and let it go on; a task that was cancelled before its first turn
never runs at all. In Rust a cancelled task gets no error and no further turn:
it is dropped, its locals with it, and cleaning up is the work of their
destructors (`Drop`). So a task there cannot refuse, and cannot await anything
on its way out.
"""

import asyncio
import itertools


async def worker(log, name):
    try:
        for k in itertools.count(1):
            log.say(name, f"tick {k}")
            await asyncio.sleep(0.1)
    except asyncio.CancelledError:
        log.say(name, "cleans up")
        raise


async def unlucky(log):
    log.say("unlucky", "never printed")


def request_cancel(log, name, task):
    answer = "requested" if task.cancel() else "refused"
    log.say("main", f"cancel {name}: {answer}")


async def was_cancelled(log, name, task):
    try:
        await task
    except asyncio.CancelledError:
        log.say("main", f"{name} was cancelled")
        return True
    return False


async def main(log, size):
    names = [f"worker{i}" for i in range(1, size + 1)]
    workers = {name: asyncio.create_task(worker(log, name)) for name in names}
    unlucky_task = asyncio.create_task(unlucky(log))
    unlucky_task.cancel()
    await asyncio.sleep(0.25)

    cancelled = 0
    for name, task in workers.items():
        request_cancel(log, name, task)
    for name, task in workers.items():
        cancelled += await was_cancelled(log, name, task)
    for name, task in workers.items():
        request_cancel(log, name, task)
    cancelled += await was_cancelled(log, "unlucky", unlucky_task)
    return cancelled
