"""Which dtype and how many threads suit this machine: a matrix product of each kind is timed once in a process."""

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from inference.product import whole_numbers

SIZE = (128, 1_024, 1_024)  # rows, inputs and outputs: a few milliseconds, and as full as a step of a batch
TIMES = 8  # the fastest counts: whatever else the machine does only makes it slower
NATIVE = 1.3  # bfloat16 is taken from so many times float32's speed; where it is emulated it is slower than float32
FEWER = 1.1  # half the threads are taken from so many times the speed of all; two that share a core hinder each other
QUOTA = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True)
class Probe:
    """What was found."""

    dtype: torch.dtype
    """That weights are best kept in."""
    threads: int
    speeds: dict[str, float]
    """Thousand million operations a second by name of dtype, all threads together."""
    int8: bool
    """Whether products in 8-bit integers are exact here."""


@cache
def probe() -> Probe:
    """Time the products. `OMP_NUM_THREADS` settles the threads where it is set."""
    most = allowed()
    settled = bool(os.environ.get("OMP_NUM_THREADS"))
    tried = [torch.get_num_threads()] if settled else sorted({most, max(1, most // 2)}, reverse=True)
    threads = fewest({count: _speed(torch.float32, count) for count in tried})
    speeds = {str(kind).removeprefix("torch."): _speed(kind, threads) for kind in (torch.float32, torch.bfloat16)}
    return Probe(dtype(speeds), threads, speeds, whole_numbers())


def dtype(speeds: dict[str, float]) -> torch.dtype:
    """The dtype for such speeds: bfloat16 where the processor computes with it."""
    return torch.bfloat16 if speeds["bfloat16"] >= NATIVE * speeds["float32"] else torch.float32


def fewest(speeds: dict[int, float]) -> int:
    """How many threads, for speeds by threads: fewer only where they are clearly faster."""
    most = max(speeds)
    return next((count for count in sorted(speeds) if speeds[count] >= FEWER * speeds[most]), most)


def allowed() -> int:
    """How many processors this process may use: what it is bound to, and what its container is given time for."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = (QUOTA.read_text(encoding="utf-8") if QUOTA.exists() else "max").partition(" ")
    return min(bound, math.ceil(int(quota) / int(period))) if quota.strip().isdigit() else bound


def _speed(kind: torch.dtype, threads: int) -> float:
    rows, inputs, outputs = SIZE
    states, weight = torch.ones(rows, inputs, dtype=kind), torch.ones(outputs, inputs, dtype=kind)
    with _threads(threads), torch.inference_mode():
        seconds = min(_seconds(lambda: states @ weight.T) for _ in range(TIMES))
    return 2e-9 * rows * inputs * outputs / seconds


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
