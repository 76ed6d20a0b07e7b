"""A program: threads that meet every record type for the first time, all at once. It prints how many types.

The threads take turns every microsecond: msgspec's preparing of a type then used to crash the process.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx
from msgspec import Struct

from core.api import pages, problems, records
from core.errors import ApiError
from tests.api.fakes import client

THREADS = 8


def kinds() -> Iterator[Any]:
    """All of them, and every list and answer that can hold them."""
    found = {kind for module in (records, pages) for kind in vars(module).values() if inspect.isclass(kind)}
    structs = sorted((kind for kind in found if issubclass(kind, Struct)), key=lambda kind: kind.__name__)
    generic = [kind for kind in structs if getattr(kind, "__parameters__", ())]
    plain = [kind for kind in structs if kind is not Struct and kind not in generic]
    for kind in plain:
        yield from (holder[kind] for holder in generic)
        yield from (list[kind], kind)
    yield problems._ErrorBody


def meet(each: list[Any], together: threading.Barrier) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(int(request.url.params["status"]), content=b'{"data":[{}],"error":{}}')

    with client(answer) as api:
        for kind in each:
            together.wait()
            for status in ("200", "400"):
                try:
                    api.get("/v1/organizations/me", [("status", status)], kind)
                except ApiError:
                    continue


if __name__ == "__main__":
    sys.setswitchinterval(1e-6)
    every, barrier = list(kinds()), threading.Barrier(THREADS)
    threads = [threading.Thread(target=meet, args=(every, barrier)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(f"{len(every)}\n")
