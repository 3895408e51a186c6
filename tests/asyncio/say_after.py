"""Two greetings, one second apart, in two seconds and not in three.

The time of day is the loop's own: it is midnight when the program starts.
"""

import asyncio


def clock():
    seconds = int(asyncio.get_running_loop().time())
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


async def say_after(log, task, delay, message):
    await asyncio.sleep(delay)
    log.say(task, message)


async def main(log, size):
    log.say("main", f"Started at {clock()}")
    await asyncio.gather(
        say_after(log, "hello", 1, "Hello"),
        say_after(log, "world", 2, "World"),
    )
    log.say("main", f"Finished at {clock()}")
