"""A coroutine waits in the middle of its work for another one.

`fn2` sleeps, and with it `fn1`, which awaits it: both are one task, and when
`fn2` returns, `fn1` goes on behind its `await`.
"""

import asyncio


async def fn1(log):
    log.say("main", "one")
    await asyncio.sleep(1)
    await fn2(log)
    log.say("main", "four")
    await asyncio.sleep(1)
    log.say("main", "five")
    await asyncio.sleep(1)


async def fn2(log):
    await asyncio.sleep(1)
    log.say("main", "two")
    await asyncio.sleep(1)
    log.say("main", "three")


async def main(log, size):
    await fn1(log)
