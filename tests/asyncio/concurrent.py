"""Several coroutines at once with `asyncio.gather`.

`gather` makes a task of each coroutine. They start in the order of the
arguments and end in the order of their sleeps, and the whole takes as long as
the longest of them. The results come in the order of the arguments. The sizes
are five scripts; the last one makes use of the results.
"""

import asyncio
from typing import NamedTuple


class Child(NamedTuple):
    starts: str
    delay: float
    ends: str


SCRIPTS = [
    [
        Child("task1 starts", 2, "task1 ends"),
        Child("task2 starts", 1, "task2 ends"),
        Child("task3 starts", 3, "task3 ends"),
    ],
    [
        Child("Main coroutine is running", 2, "Main coroutine completed"),
        Child("Second coroutine is running", 1, "Second coroutine completed"),
        Child("Third coroutine is running", 3, "Third coroutine completed"),
    ],
    [
        Child("Coroutine 1", 1, "Coroutine 1 done"),
        Child("Coroutine 2", 2, "Coroutine 2 done"),
    ],
    [
        Child("Task 1 is doing its job!", 2, "Task 1 is done!"),
        Child("Task 2 is doing its job!", 1, "Task 2 is done!"),
    ],
    [
        Child("func1 started", 2, "func1 completed"),
        Child("func2 started", 3, "func2 completed"),
        Child("func3 started", 1, "func3 completed"),
    ],
]
WITH_RESULTS = 4


async def run_child(log, k, child):
    log.say(f"task{k}", child.starts)
    await asyncio.sleep(child.delay)
    log.say(f"task{k}", child.ends)
    return k


async def main(log, size):
    children = enumerate(SCRIPTS[size], start=1)
    results = await asyncio.gather(*(run_child(log, k, child) for k, child in children))
    if size != WITH_RESULTS:
        return None
    log.say("main", str(results))
    return results
