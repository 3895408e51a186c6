"""Two tasks that wait for each other in turn.

A number goes over one channel and comes back over the other. `ping` closes
its channel when it has had enough, and that ends `pong`.
"""

import asyncio

from twin import Channel


async def ping(log, rounds, there, back):
    for i in range(1, rounds + 1):
        log.say("ping", f"ping {i}")
        await there.put(i)
        await back.get()
    there.close()


async def pong(log, there, back):
    answered = 0
    while (i := await there.get()) is not None:
        log.say("pong", f"pong {i}")
        await back.put(i)
        answered += 1
    return answered


async def main(log, size):
    there = Channel(1)
    back = Channel(1)
    ping_task = asyncio.create_task(ping(log, size, there, back))
    pong_task = asyncio.create_task(pong(log, there, back))
    await ping_task
    return await pong_task
