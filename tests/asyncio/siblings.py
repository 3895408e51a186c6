"""A group of tasks that stands or falls together.

The group is over when all its children have ended. When one fails, the group
cancels the others, waits for them, and passes the error on. Here each of the
others finds CancelledError at its `await`. In Rust they are dropped where
they stand: no error is raised in them, and "is dropped" comes from a
destructor (`Drop`).
"""

import asyncio


class SpawnOrder(dict):
    """A set, as far as TaskGroup needs one, which keeps the order of insertion."""

    def add(self, task):
        self[task] = None

    def discard(self, task):
        self.pop(task, None)


async def child(log, i):
    try:
        await asyncio.sleep(i / 10)
    except asyncio.CancelledError:
        log.say(f"child{i}", "is dropped")
        raise
    if i == 3:
        raise RuntimeError("child 3 failed")
    log.say(f"child{i}", "done")
    return i


async def main(log, size):
    try:
        async with asyncio.TaskGroup() as group:
            # CPython keeps the children in a set and cancels them in its order,
            # which is anybody's guess; the order of creation can be relied on.
            group._tasks = SpawnOrder()
            tasks = [group.create_task(child(log, i)) for i in range(1, size + 1)]
    except* RuntimeError as errors:
        outcome = f"failed: {errors.exceptions[0]}"
    else:
        outcome = f"finished: {[task.result() for task in tasks]}"
    log.say("main", f"group {outcome}")
    return outcome
