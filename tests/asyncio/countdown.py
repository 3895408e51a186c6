"""Tasks that take turns, of different length.

`asyncio.sleep(0)` gives way to all others that are ready and comes back in
the next turn. The results arrive in the order in which the tasks end.
"""

import asyncio

LETTERS = "abcdefghijklmnopqrstuvwxyz"
COUNTS = [2, 3, 1]


def letter(i):
    """a, b, .. z, a2, b2, .."""
    again = f"{i // 26 + 1}" if i >= 26 else ""
    return LETTERS[i % 26] + again


async def countdown(log, name, k):
    while k > 0:
        log.say(name, f"{name} {k}")
        await asyncio.sleep(0)
        k -= 1
    log.say(name, f"{name} done")
    return name.upper()


async def main(log, size):
    tasks = [asyncio.create_task(countdown(log, letter(i), COUNTS[i % 3])) for i in range(size)]
    results = [await next_one for next_one in asyncio.as_completed(tasks)]
    log.say("main", str(results))
    return results
