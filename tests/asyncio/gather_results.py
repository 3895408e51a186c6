"""What `asyncio.gather` returns: one list of all results.

The list is there when the last child has ended, and it has the order of the
arguments, whoever was first.
"""

import asyncio


async def coroutine(i):
    await asyncio.sleep(i)
    return f"Coroutine {i}"


async def main(log, size):
    results = await asyncio.gather(*(coroutine(i) for i in range(1, size + 1)))
    log.say("main", f"Results: {results}")
