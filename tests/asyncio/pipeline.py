"""One producer, two workers of different speed, one consumer.

The channels hold two items each. So the producer cannot run away: when
`items` is full, `put` waits until a worker has taken one. The workers share
the channel, and the faster one takes more. The worker that ends last closes
`results`.
"""

import asyncio

from twin import Channel


async def producer(log, count, items):
    for i in range(1, count + 1):
        await items.put(i)
        log.say("producer", f"sent {i}")
    items.close()


async def worker(log, name, delay, items, results, at_work):
    while (item := await items.get()) is not None:
        log.say(name, f"takes {item}")
        await asyncio.sleep(delay)
        await results.put(item * item)
    at_work.remove(name)
    if not at_work:
        results.close()


async def main(log, size):
    items = Channel(2)
    results = Channel(2)
    at_work = {"worker1", "worker2"}
    tasks = [
        asyncio.create_task(producer(log, size, items)),
        asyncio.create_task(worker(log, "worker1", 0.100, items, results, at_work)),
        asyncio.create_task(worker(log, "worker2", 0.170, items, results, at_work)),
    ]
    total = 0
    while (result := await results.get()) is not None:
        log.say("main", f"got {result}")
        total += result
    for task in tasks:
        await task
    return total
