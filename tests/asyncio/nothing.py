"""Coroutines that never wait for anything.

Each one awaits the next, `size` levels deep, and the last does nothing.
`await` alone does not hand control to the event loop: the whole chain runs
like plain function calls, and no time passes.
"""


async def my_coroutine(depth):
    if depth > 0:
        await my_coroutine(depth - 1)


async def main(log, size):
    await my_coroutine(size)
