"""Work that has to be done within half a second.

`asyncio.timeout` cancels the task that is inside it: CancelledError is raised
in the job, which could even catch it and go on, and at the end of the block
it becomes TimeoutError. In Rust the timeout simply drops the job's future.
Nothing is raised in it, it cannot resist, and what it has to say in the end
comes from a destructor (`Drop`).
"""

import asyncio


async def job(log, i):
    try:
        await asyncio.sleep((i * 100 + 50) / 1000)
    except asyncio.CancelledError:
        log.say("main", f"job {i} is dropped")
        raise
    return i * 10


async def main(log, size):
    finished = 0
    for i in range(1, size + 1):
        try:
            async with asyncio.timeout(0.5):
                value = await job(log, i)
        except TimeoutError:
            log.say("main", f"job {i}: too late")
        else:
            log.say("main", f"job {i}: {value}")
            finished += 1
    return finished
