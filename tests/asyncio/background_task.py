"""A task that runs while its maker does something else.

`fn1` is the main task and `fn2` runs beside it. After one second both are due
at the same moment; `fn1` fell asleep first, so it wakes up first. At the end
`fn1` has to wait for the slower `fn2`.
"""

import asyncio


async def fn1(log):
    task = asyncio.create_task(fn2(log))
    log.say("main", "one")
    await asyncio.sleep(1)
    log.say("main", "two")
    await asyncio.sleep(1)
    log.say("main", "three")
    await task


async def fn2(log):
    log.say("task", "task one")
    await asyncio.sleep(1)
    log.say("task", "task two")
    await asyncio.sleep(2)
    log.say("task", "task three")


async def main(log, size):
    await fn1(log)
