"""One await after the other: the sleeps add up.

Nothing here is concurrent. `task(2)` is not even called before `task(1)` has
given its result.
"""

import asyncio


async def task(log, i):
    log.say("main", f"task{i} starts")
    await asyncio.sleep(i)
    log.say("main", f"task{i} ends")
    return f"r{i}"


async def main(log, size):
    results = []
    for i in range(1, size + 1):
        results.append(await task(log, i))
    log.say("main", " ".join(results) or "no results")
