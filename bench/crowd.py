"""Several processes doing one thing from one starting signal, each on a database connection of its own."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

import django
from django.apps import apps


def crowd(call: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> tuple[list[Any], float]:
    """`call(*arguments[i])` in one process each; what they returned, and the seconds from the signal until the last was done.

    Raises: RuntimeError with the first failure.
    """
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(len(arguments) + 1), context.Queue()
    processes = [
        context.Process(target=_one, args=(barrier, answers, place, call, own), daemon=True) for place, own in enumerate(arguments)
    ]
    for process in processes:
        process.start()
    barrier.wait(120)
    began = time.perf_counter()
    found = [answers.get(timeout=300) for _ in processes]
    took = time.perf_counter() - began
    for process in processes:
        process.join()
    for _, fault, _ in found:
        if fault:
            raise RuntimeError(fault)
    return [answer for _, _, answer in sorted(found, key=lambda one: one[0])], took


def _one(
    barrier: Barrier, answers: "Queue[tuple[int, str, Any]]", place: int, call: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    if not apps.ready:
        django.setup()
    from django.db import connection

    connection.ensure_connection()
    barrier.wait(120)
    try:
        answers.put((place, "", call(*arguments)))
    except Exception as fault:  # told to the parent, which raises
        answers.put((place, repr(fault), None))
    finally:
        connection.close()
