"""A walk through a binary tree, as a coroutine that awaits itself.

The tree has the nodes 1 to `size`, and below node k are 2k and 2k + 1. The
walk stops at every node and gives way to others, however deep it is: one
`await` at the bottom suspends the whole chain of calls.
"""

import asyncio


async def walk(log, k, size, visited):
    if k > size:
        return
    await walk(log, 2 * k, size, visited)
    log.say("main", f"visit {k}")
    visited.append(k)
    await asyncio.sleep(0)
    await walk(log, 2 * k + 1, size, visited)


async def main(log, size):
    visited = []
    await walk(log, 1, size, visited)
    return visited
