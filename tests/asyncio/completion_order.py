"""Each result as soon as it is there, with `asyncio.as_completed`.

The same children as in gather_results, but `main` does not wait for the last
of them before it looks at the first.
"""

import asyncio


async def coroutine(i):
    await asyncio.sleep(i)
    return f"Coroutine {i}"


async def main(log, size):
    # Made here and not by as_completed, which would start them in any order.
    tasks = [asyncio.create_task(coroutine(i)) for i in range(1, size + 1)]
    for next_one in asyncio.as_completed(tasks):
        result = await next_one
        log.say("main", f"Result: {result}")
