"""A stream of values that come in time: an asynchronous generator.

`async for` waits for each value, and the generator waits between two of them.
It is no task: it runs only while the loop asks it for the next value.
"""

import asyncio


async def ticker(count):
    for i in range(1, count + 1):
        await asyncio.sleep(0.1)
        yield i


async def main(log, size):
    total = 0
    async for i in ticker(size):
        log.say("main", f"tick {i}")
        total += i
    log.say("main", "the ticker is exhausted")
    return total
