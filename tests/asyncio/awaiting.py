"""One coroutine that sleeps, and a caller that awaits it.

The caller goes on only when the coroutine has ended. The sizes are seven
scripts of the same scene; some of them leave out a line or two. Everything is
said in the name of `main`: to await a coroutine does not make a task.
"""

import asyncio
from typing import NamedTuple


class Script(NamedTuple):
    starts: str | None
    delay: float
    ends: str | None
    after: str | None


SCRIPTS = [
    Script(None, 1, None, None),
    Script(None, 1, None, "This runs after my_coroutine completes"),
    Script("async_operation starts", 1, "async_operation ends", "result: value"),
    Script("Async function is doing its magic!", 1, "Async function has completed!", None),
    Script("Hello", 1, "World", "Coroutine returned: Done"),
    Script("Hello", 1, "World", None),
    Script(None, 1.5, "Hello after 1.5 seconds...", None),
]


async def my_coroutine(log, script):
    if script.starts is not None:
        log.say("main", script.starts)
    await asyncio.sleep(script.delay)
    if script.ends is not None:
        log.say("main", script.ends)


async def main(log, size):
    script = SCRIPTS[size]
    await my_coroutine(log, script)
    if script.after is not None:
        log.say("main", script.after)
