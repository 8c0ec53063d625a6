"""The least that any client could do with as much at once as ours: fetch the same bytes, throw them away.

    python -m tests.bench.floor STORE URL

The same profile calls, as many accounts in one as the platform allows, and the GETs of the pictures, each
as soon as its profile has answered. Nothing is checked, decoded, hashed or kept.

Each client has at most ten connections, since httpx's pool collapses with many
(docs/decisions/httpx-and-shards.md).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
from contextlib import AsyncExitStack
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from talentimg.http._httpx import httpx  # imported more cheaply than plainly: this is the floor
from tests.bench.calls import BATCHES, TIMEOUT_S, Platforms, addresses, read_entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.bench.calls import Entry

CALLS_AT_ONCE: Final = 12
"""Calls to each platform that are under way at once, as with ours."""
PICTURES_AT_ONCE: Final = 50
"""Pictures that are fetched at once, as with ours."""
SHARD: Final = 10
"""Connections of one client."""

Pictures: TypeAlias = "asyncio.Queue[str | None]"


def batches(entries: Sequence[Entry]) -> dict[str, Iterator[Sequence[Entry]]]:
    """By platform: the accounts in the parts that one call can answer."""
    ordered = sorted(entries, key=attrgetter("platform"))
    by_platform = {name: list(group) for name, group in groupby(ordered, key=attrgetter("platform"))}
    return {name: _parts(group, BATCHES[name]) for name, group in by_platform.items()}


def _parts(entries: Sequence[Entry], size: int) -> Iterator[Sequence[Entry]]:
    return (entries[start : start + size] for start in range(0, len(entries), size))


async def ask(
    client: httpx.AsyncClient, platforms: Platforms, parts: Iterator[Sequence[Entry]], pictures: Pictures
) -> None:
    """One of a platform's callers: takes the next part until there is none."""
    for part in parts:
        question = platforms.question(part)
        answer = await client.get(question.url, params=question.params, headers=question.headers)
        for address in addresses(part[0].platform, answer.raise_for_status().json()):
            pictures.put_nowait(address)


async def fetch(client: httpx.AsyncClient, pictures: Pictures) -> int:
    """One of those who fetch pictures, until the end is put into the queue; how many bytes it saw."""
    size = 0
    while address := await pictures.get():
        async with client.stream("GET", address) as answer:
            answer.raise_for_status()
            async for chunk in answer.aiter_raw():
                size += len(chunk)
    return size


async def run(url: str, entries: Sequence[Entry]) -> int:
    """Everything, side by side; how many bytes the pictures had."""
    platforms = Platforms(url)
    pictures: Pictures = asyncio.Queue()
    async with AsyncExitStack() as stack:
        fetchers = [
            asyncio.create_task(fetch(client, pictures)) for client in await _clients(stack, PICTURES_AT_ONCE)
        ]
        async with asyncio.TaskGroup() as group:
            for parts in batches(entries).values():
                for client in await _clients(stack, CALLS_AT_ONCE):
                    group.create_task(ask(client, platforms, parts, pictures))
        for _ in fetchers:
            pictures.put_nowait(None)
        return sum(await asyncio.gather(*fetchers))


async def _clients(stack: AsyncExitStack, at_once: int) -> list[httpx.AsyncClient]:
    """A client for each of those who ask at once, ten of them sharing one."""
    # No TLS here, and no proxy: loading certificates once for each client would be no part of the least.
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    shards = [
        await stack.enter_async_context(
            httpx.AsyncClient(
                timeout=TIMEOUT_S, trust_env=False, verify=plain, limits=httpx.Limits(max_connections=SHARD)
            )
        )
        for _ in range(-(-at_once // SHARD))
    ]
    return [shards[number // SHARD] for number in range(at_once)]


def main() -> None:
    """Fetch everything and say how much it was."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store", type=Path)
    parser.add_argument("url")
    arguments = parser.parse_args()
    entries = read_entries(arguments.store)
    size = asyncio.run(run(arguments.url, entries))
    print(json.dumps({"talents": len(entries), "picture_bytes": size}))


if __name__ == "__main__":
    main()
