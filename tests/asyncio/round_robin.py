"""A fair queue: every task has its turn before any has the next one.

Nobody sleeps, so all of it happens at time zero; what is to be seen is the
order alone.
"""

import asyncio

TURNS = 3


async def player(log, name):
    for turn in range(1, TURNS + 1):
        log.say(name, f"turn {turn}")
        await asyncio.sleep(0)
    return TURNS


async def main(log, size):
    tasks = [asyncio.create_task(player(log, f"task{i}")) for i in range(1, size + 1)]
    total = 0
    for task in tasks:
        total += await task
    return total
