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


def in_turns(call: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], turns: Sequence[Any]) -> tuple[list[list[Any]], list[float]]:
    """`call(*arguments[i], turn)` in one process each, turn after turn, all beginning each turn together, so that what is compared meets the
    same machine; for each turn what they returned, and the seconds from its signal until the last was done.

    Raises: RuntimeError with the first failure.
    """
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(len(arguments)), context.Queue()
    processes = [
        context.Process(target=_turns, args=(barrier, answers, place, call, own, turns), daemon=True) for place, own in enumerate(arguments)
    ]
    for process in processes:
        process.start()
    found = sorted(answers.get(timeout=600) for _ in processes)
    for process in processes:
        process.join()
    faults = [fault for _, fault, _ in found if fault]
    if faults:
        raise RuntimeError(next((fault for fault in faults if "BrokenBarrier" not in fault), faults[0]))
    told = [[own[turn] for _, _, own in found] for turn in range(len(turns))]
    seconds = [max(ended for _, ended, _ in turn) - min(began for began, _, _ in turn) for turn in told]
    return [[answer for _, _, answer in turn] for turn in told], seconds


def _turns(
    barrier: Barrier,
    answers: "Queue[tuple[int, str, Any]]",
    place: int,
    call: Callable[..., Any],
    own: tuple[Any, ...],
    turns: Sequence[Any],
) -> None:
    if not apps.ready:
        django.setup()
    from django.db import connection

    connection.ensure_connection()
    done: list[tuple[float, float, Any]] = []
    fault = ""
    try:
        for turn in turns:
            barrier.wait(300)
            began = time.perf_counter()
            answer = call(*own, turn)
            done.append((began, time.perf_counter(), answer))
    except Exception as failure:  # told to the parent, which raises
        fault = repr(failure)
        barrier.abort()
    finally:
        connection.close()
    answers.put((place, fault, done))
