"""A whole roster over our API: brought, taken back, and taken away."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import zipfile
from typing import IO, TYPE_CHECKING

import httpx
import pytest

from talentimg.errors import StoreUnavailable
from talentimg.web.api.pipe import AHEAD, CHUNK, Pipe
from tests.service import workbooks

if TYPE_CHECKING:
    from talentimg.service.people.export.results import Written
    from tests.web.api.conftest import Client
    from tests.web.conftest import Site

CSV = b"id,name,instagram\ncleo,Cleo Sen,cleo\nada,Ada King,ada\n"


async def names(client: Client) -> dict[str, str]:
    got = await client.ask("GET", "/talents")
    return {one["talent_id"]: one["name"] for one in got.json()["talents"]}


async def test_what_an_import_would_do(client: Client) -> None:
    got = await client.ask("POST", "/imports?dry_run=true&name=new.csv", content=CSV)
    told = got.json()
    assert (told["dry_run"], told["new"]) == (True, [{"talent_id": "cleo", "name": "Cleo Sen"}])
    assert told["changed"][0]["changes"] == [{"field": "name", "old": "Ada Lovelace", "new": "Ada King"}]
    assert [one["talent_id"] for one in told["gone"]] == ["bob"]
    assert await names(client) == {"ada": "Ada Lovelace", "bob": "Bob"}


async def test_a_file_is_imported_seen_at_once_and_taken_back(client: Client) -> None:
    assert "cleo" not in await names(client)
    got = await client.ask("POST", "/imports?why=spring", files={"file": ("new.csv", CSV, "text/csv")})
    assert (got.json()["added"], got.json()["updated"]) == (1, 1)
    assert await names(client) == {"ada": "Ada King", "bob": "Bob", "cleo": "Cleo Sen"}
    said = client.site.app.repository.audit("cleo")[0]
    assert (said.by, said.why, said.about["file"]) == ("eve", "spring", "new.csv")
    would = (await client.ask("POST", "/imports/undo?dry_run=true")).json()
    assert (would["dry_run"], would["removed"], would["restored"]) == (True, ["cleo"], ["ada"])
    done = (await client.ask("POST", "/imports/undo", json={"why": "a mistake"})).json()
    assert (done["dry_run"], done["removed"]) == (False, ["cleo"])
    assert await names(client) == {"ada": "Ada Lovelace", "bob": "Bob"}
    again = await client.ask("POST", "/imports/undo")
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "There is no import left that could be taken back.",
    )


@pytest.mark.parametrize("form", ["csv", "json", "zip"])
async def test_what_was_exported_is_imported_again(client: Client, form: str) -> None:
    await client.ask("POST", "/talents/ada/sync")
    client.site.app.talent_rules.lock("ada", by="zoe")
    exported = await client.ask("GET", f"/export?format={form}")
    assert exported.headers["content-disposition"] == f'attachment; filename="roster.{form}"'
    got = await client.ask("POST", "/imports?dry_run=true", content=exported.content)
    assert (got.status_code, got.json()["unchanged"], got.json()["changed"]) == (200, 2, [])


async def test_every_form_of_an_export(client: Client) -> None:
    await client.ask("POST", "/talents/ada/sync")
    by_default = await client.ask("GET", "/export")
    assert by_default.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_default.content.startswith(b"\xef\xbb\xbfid,name")
    cards = await client.ask("GET", "/export?format=vcf")
    assert (cards.headers["content-type"], cards.text.count("BEGIN:VCARD")) == (
        "text/vcard; charset=utf-8",
        2,
    )
    archive = zipfile.ZipFile(io.BytesIO((await client.ask("GET", "/export?format=zip")).content))
    assert sorted(archive.namelist()) == ["pictures/ada.jpg", "roster.json"]
    assert (await client.ask("GET", "/export?format=pdf")).status_code == 422


async def test_spreadsheets_are_known_by_what_they_are(client: Client) -> None:
    rows = {"Roster": [["id", "name"], ["dan", "Dan"]]}
    for data in (workbooks.xlsx(rows), workbooks.ods(rows)):
        got = await client.ask("POST", "/imports?dry_run=true", content=data)
        assert [one["talent_id"] for one in got.json()["new"]] == ["dan"]


async def test_every_fault_is_named_with_its_line(client: Client) -> None:
    bad = b"id,name,instagram\n,Nobody,\ndan,Dan,a b\n"
    got = await client.ask("POST", "/imports", files={"file": ("bad.csv", bad)})
    assert (got.status_code, got.json()["detail"]) == (422, "bad.csv has 2 faults, and nothing was imported.")
    assert [one["detail"].split(":")[0] for one in got.json()["faults"]] == [
        "bad.csv, line 2",
        "bad.csv, line 3",
    ]
    assert await names(client) == {"ada": "Ada Lovelace", "bob": "Bob"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"id,name\n", 422),
        (b"\x00\x01\x02", 422),
        (b"PK\x03\x04", 400),
        (b"[]", 422),
        (b"{", 400),
    ],
    ids=repr,
)
async def test_what_is_no_roster(client: Client, body: bytes, status: int) -> None:
    got = await client.ask("POST", "/imports", content=body)
    assert got.status_code in {400, 422}, (status, got.text)
    assert got.json()["detail"]


async def test_a_form_without_a_file(client: Client) -> None:
    got = await client.ask("POST", "/imports", files={"other": ("a.csv", CSV)})
    assert (got.status_code, got.json()["hint"]) == (400, "Send it as the field `file`.")
    got = await client.ask(
        "POST", "/imports", content=b"--x", headers={"Content-Type": "multipart/form-data; boundary=y"}
    )
    assert got.status_code == 400


async def test_too_many_pictures_are_not_taken_away(client: Client) -> None:
    people = [{"id": f"t{n}", "name": f"T {n}", "instagram": f"t{n}"} for n in range(8)]
    await client.ask("POST", "/imports", json=people)
    for number in range(8):
        client.world.offers("instagram", f"t{number}", number + 10)
        await client.ask("POST", f"/talents/t{number}/sync")
    others = json.dumps([{**one, "instagram": f"other{n}"} for n, one in enumerate(people)])
    refused = await client.ask("POST", "/imports", content=others)
    assert (refused.status_code, refused.json()["code"]) == (409, "valve")
    would = await client.ask("POST", "/imports?dry_run=true", content=others)
    assert "would be taken away" in would.json()["refused"]
    assert (await client.ask("POST", "/imports?allow_losses=8", content=others)).status_code == 200


class Failing:
    """An exporter whose store goes away."""

    def __init__(self, after: int) -> None:
        self._after = after

    def write(self, _: object, file: IO[bytes]) -> Written:
        file.write(b"x" * self._after)
        raise StoreUnavailable("The database does not answer.")


async def test_a_store_that_is_away_is_told_before_the_first_byte(client: Client) -> None:
    client.site.app.exporter = Failing(0)  # type: ignore[assignment]
    got = await client.ask("GET", "/export")
    assert (got.status_code, got.json()["detail"]) == (503, "The database does not answer.")


@pytest.mark.network
def test_an_export_that_ends_early_is_no_whole_one(site: Site, served: str) -> None:
    site.app.exporter = Failing(2 * CHUNK)  # type: ignore[assignment]
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        httpx.get(f"{served}/api/v1/export", headers=site.bearer(), timeout=60)


async def test_little_is_held_while_nobody_reads() -> None:
    pipe = Pipe(asyncio.get_running_loop())
    written = 0
    is_full = threading.Event()

    def write() -> None:
        nonlocal written
        with pipe.file() as file:
            for number in range(3 * AHEAD):
                if number >= AHEAD - 1:
                    is_full.set()
                file.write(b"x" * CHUNK)
                written += 1

    pipe.written_by(asyncio.get_running_loop().run_in_executor(None, write))
    await asyncio.get_running_loop().run_in_executor(None, is_full.wait, 30)
    assert written <= AHEAD + 2
    chunks = []
    async for chunk in await pipe.begun():
        chunks.append(chunk)
        assert written <= len(chunks) + AHEAD + 2
    assert sum(map(len, chunks)) == 3 * AHEAD * CHUNK


async def test_whoever_stops_reading_ends_the_export() -> None:
    pipe = Pipe(asyncio.get_running_loop())

    def write() -> None:
        with pipe.file() as file:
            while True:
                file.write(b"x" * CHUNK)

    work = asyncio.get_running_loop().run_in_executor(None, write)
    pipe.written_by(work)
    await anext(await pipe.begun())
    pipe.leave()
    with pytest.raises(BrokenPipeError):
        await work
