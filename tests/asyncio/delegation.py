"""What the innermost coroutine says and hears passes through all levels.

With generators this is `yield from`. Here the level at the bottom asks a
question and waits for the answer; every level above gets the doubled number
as the value of its `await`, reports it and hands it on.
"""

import asyncio

from twin import Channel


async def inner(questions, answers):
    await questions.put("inner is waiting")
    got = await answers.get()
    return got * 2


async def level(depth, questions, answers):
    if depth == 0:
        return await inner(questions, answers)
    doubled = await level(depth - 1, questions, answers)
    await questions.put(f"outer got {doubled}")
    return doubled


async def outer(depth, questions, answers):
    doubled = await level(depth, questions, answers)
    questions.close()
    return doubled


async def main(log, size):
    questions = Channel(1)
    answers = Channel(1)
    task = asyncio.create_task(outer(size, questions, answers))
    log.say("main", await questions.get())
    await answers.put(21)
    while (question := await questions.get()) is not None:
        log.say("main", question)
    return await task
