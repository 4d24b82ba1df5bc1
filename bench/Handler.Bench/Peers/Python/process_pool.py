"""Measures Python's ProcessPoolExecutor and prints its figures as one line of JSON, like PeerChild.cs.

The memory limit is the address space of each worker, set once when it starts.
"""
import ctypes
import json
import mmap
import os
import resource
import signal
import struct
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as LimitExceeded
from concurrent.futures.process import BrokenProcessPool

WORKERS = 4
TIME_LIMIT_S = 0.1
SILENCE_S = 0.5
LIMIT_BYTES = 100 << 20
ALLOCATED_BYTES = 1 << 30
OBJECT_BYTES = 8 << 10


def start_worker():
    end_with_parent()
    limit_memory()


def limit_memory():
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + LIMIT_BYTES, used + LIMIT_BYTES))


def end_with_parent():
    """No worker outlives the process that measures: a busy loop cannot be stopped, and an idle worker waits forever."""
    pr_set_pdeathsig = 1
    if ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL) != 0:
        raise OSError("prctl(PR_SET_PDEATHSIG) failed")


def noop():
    return 0


def spin(path):
    """Writes the time into a page of memory, so that the caller sees when the loop really stopped."""
    with open(path, "r+b") as file:
        page = mmap.mmap(file.fileno(), mmap.PAGESIZE)
    while True:
        struct.pack_into("d", page, 0, time.perf_counter())


def allocate(what):
    if what == "buffer":
        return len(b"\1" * ALLOCATED_BYTES)
    return len([bytearray(OBJECT_BYTES) for _ in range(ALLOCATED_BYTES // OBJECT_BYTES)])


def run_for(seconds, in_flight, call):
    start = time.perf_counter()
    end = start + seconds
    calls = [0] * in_flight

    def loop(number):
        while time.perf_counter() < end:
            call()
            calls[number] += 1

    threads = [threading.Thread(target=loop, args=(number,)) for number in range(in_flight)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(calls) / (time.perf_counter() - start)


def median_us(seconds, call):
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    times.sort()
    return times[(len(times) + 1) // 2 - 1] * 1e6


def speed(pool, warm_up, duration):
    def call():
        return pool.submit(noop).result()

    run_for(warm_up, 1, call)
    latency = median_us(duration, call)
    run_for(warm_up, 16, call)
    return {
        "jobs_per_s_4": run_for(duration, 4, call),
        "jobs_per_s_16": run_for(duration, 16, call),
        "noop_p50_us": latency,
    }


def stop_busy_loop(pool):
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(mmap.PAGESIZE)
        start = time.perf_counter()
        future = pool.submit(spin, file.name)
        try:
            future.result(timeout=TIME_LIMIT_S)
        except LimitExceeded:
            future.cancel()
        time.sleep(SILENCE_S)
        last = struct.unpack("d", file.read(8))[0]
    return None if time.perf_counter() - last < SILENCE_S / 2 else (last - start) * 1000


def allocate_beyond_limit(pool, what):
    try:
        pool.submit(allocate, what).result()
        return True
    except (MemoryError, BrokenProcessPool):
        return False


def main():
    measurement, warm_up, duration = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    pool = ProcessPoolExecutor(WORKERS, initializer=start_worker)

    # All workers start here: the kernel ends them with the thread that started them.
    for sleep in [pool.submit(time.sleep, SILENCE_S) for _ in range(WORKERS)]:
        sleep.result()
    if measurement == "speed":
        figures = speed(pool, warm_up, duration)
    elif measurement == "stop":
        figures = {"stopped_ms": stop_busy_loop(pool)}
    else:
        figures = {"completed": allocate_beyond_limit(pool, measurement), "in_host": False}
    print(json.dumps(figures), flush=True)
    os._exit(0)  # an orderly end would wait for the busy loop


if __name__ == "__main__":
    main()
