"""What main leaves behind when it returns.

`gather` passes the error of `a` on at once, and `b` runs on. When `b` fails,
too, nobody waits for it any more. CPython says nothing of that: for a child
that fails after its gather is over, `gather` fetches the exception and throws
it away. The heartbeat has no end of its own: `asyncio.run` cancels it, and
says nothing of that either.
"""

import asyncio


async def heartbeat(log):
    while True:
        log.say("heartbeat", "tick")
        await asyncio.sleep(0.7)


async def child(log, name, delay):
    await asyncio.sleep(delay)
    log.say(name, "fails")
    raise OSError(f"{name} failed")


async def main(log, size):
    # The loop keeps only weak references to its tasks: without this one the
    # heartbeat might be collected in mid-flight.
    beating = asyncio.create_task(heartbeat(log), name="heartbeat")
    children = [
        asyncio.create_task(child(log, name, delay), name=name)
        for name, delay in [("a", 1), ("b", 2)]
    ]
    try:
        await asyncio.gather(*children)
    except OSError as error:
        log.say("main", str(error))
    await asyncio.sleep(1.2)
    log.say("main", "returns")
    return "done"
