"""A coroutine that is fed with values and answers each of them.

With generators one would call `send`; between two tasks a pair of channels
does the same. That the channel of the values is closed tells the other side
to finish, and its return value arrives through the task.
"""

import asyncio

from twin import Channel

VALUES = [10, 20, 60]


async def averager(values, averages):
    total = 0
    count = 0
    while (value := await values.get()) is not None:
        total += value
        count += 1
        await averages.put(total / count)
    return count


async def main(log, size):
    values = Channel(1)
    averages = Channel(1)
    task = asyncio.create_task(averager(values, averages))
    for i in range(size):
        await values.put(VALUES[i % 3])
        log.say("main", f"average: {await averages.get()}")
    values.close()
    count = await task
    log.say("main", f"values seen: {count}")
    return count
