"""Ask everybody, take the first answer, call off the rest.

Here a mirror that is called off is run once more: CancelledError is raised
where it sleeps, and it may say a last word before the error leaves it. In
Rust nothing is raised. The cancelled task is dropped where it stands, none of
its code goes on, and the last word has to come from a destructor (`Drop`),
which cannot wait for anything.
"""

import asyncio


async def mirror(log, i):
    try:
        await asyncio.sleep(((i * 23) % 41 + 1) / 100)
    except asyncio.CancelledError:
        log.say(f"mirror{i}", "gives up")
        raise
    return i


async def main(log, size):
    if size == 0:
        log.say("main", "no mirrors")
        return None
    tasks = [asyncio.create_task(mirror(log, i)) for i in range(1, size + 1)]
    winner = await next(asyncio.as_completed(tasks))
    log.say("main", f"mirror {winner} answered")

    others = [task for i, task in enumerate(tasks, start=1) if i != winner]
    for task in others:
        task.cancel()
    # The errors as values: that a task was cancelled shall not end `main`.
    await asyncio.gather(*others, return_exceptions=True)
    cancelled = sum(task.cancelled() for task in others)
    log.say("main", f"{cancelled} cancelled")
    return winner
