"""A coroutine becomes a task of its own, and its maker waits for it.

`create_task` only puts the task into the queue of those that are ready. It
starts when `main` lets go of control, which is at the `await`.
"""

import asyncio


async def my_async_function(log):
    log.say("task", "Async function is doing its magic!")
    await asyncio.sleep(1)
    log.say("task", "Async function has completed!")


async def main(log, size):
    task = asyncio.create_task(my_async_function(log))
    await task
