"""What is asked of every provider alike.

A test module subclasses `ProviderContract` (or `JsonContract`, for platforms that answer in JSON),
names its provider, account, settings and expected candidate, and has its recordings in
`tests/recordings/<name>/<case>.json`: what was asked and what came back, one exchange after the
other. Recordings are played through pytest-httpx to the real HTTP clients.

A recording is `{"source": ..., "exchanges": [{"request": ..., "response": ...}]}`. A request is its
`method` (GET when left out), its `url` without the query and its `params`, of which `"*"` stands
for any value; so a recording never holds a secret. A response is its `status` (200 when left out),
`headers` and `body`: a text as it is, anything else as JSON.
"""

from __future__ import annotations

import copy
import json
import traceback
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final
from unittest.mock import ANY
from urllib.parse import urlsplit

import httpx
import pytest

from talentimg.errors import Misconfigured, ProviderError, RateLimited, ReconnectRequired
from talentimg.models import Reason, Token
from talentimg.providers.interface import Absent, Found, ProviderContext, TokenStore
from talentimg.repository.values import grant_of
from tests.providers.foreign import FOREIGN
from tests.providers.played import before, played
from tests.providers.times import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pytest_httpx import HTTPXMock

    from talentimg.http.interface import Api, Reply, Web
    from talentimg.models import Account
    from talentimg.providers.interface import Answer, Provider
    from tests.providers.foreign import Foreign

RECORDINGS: Final = Path(__file__).parent.parent / "recordings"
CASES: Final = ("found", "missing", "placeholder", "refused", "throttled", "garbled")
CANARY: Final = "CANARY"
"""Stands in every secret that the tests hand out, so that a leak can be found."""
ABSENT_KEY: Final = object()
NOBODY: Final = "of somebody who is not there"


def canary_token(*, expires_at: datetime | None = None, refresh: bool = True) -> Token:
    """A talent's token whose every secret can be recognised where it does not belong."""
    return Token(f"{CANARY}-access", f"{CANARY}-refresh" if refresh else None, expires_at)


def recording(name: str, case: str) -> dict[str, Any]:
    """One recording as a document."""
    document: dict[str, Any] = json.loads((RECORDINGS / name / f"{case}.json").read_text("utf-8"))
    return document


@dataclass
class Bench(TokenStore):
    """A provider's surroundings in a test: real clients, played answers, a fixed clock, kept tokens."""

    api: Api
    web: Web
    mock: HTTPXMock
    saved: list[tuple[Account, Token]] = field(default_factory=list)
    stored: dict[str, Token] = field(default_factory=dict)
    """By account; what another process or a person has written can be put here."""
    now: datetime = NOW

    def provider(self, kind: type[Provider], settings: Mapping[str, str] | None = None) -> Provider:
        """A provider with every default filled in."""
        filled: dict[str, str | None] = {s.key: s.default for s in kind.info.settings}
        filled.update(settings or {})
        return kind(
            ProviderContext(
                api=self.api,
                web=self.web,
                settings=filled,
                now=lambda: self.now,
                tokens=self,
            )
        )

    async def load(self, account: Account) -> Token | None:
        """The token that the store has: unless a test says otherwise, that of the account."""
        return self.stored.get(account.id, account.token)

    async def begin(self, account: Account) -> Token | None:
        """Nobody else is at it."""
        return self.stored.get(account.id, account.token)

    async def end(self, account: Account, *, failed: bool = False) -> None:
        """Nobody waits."""

    async def save(self, account: Account, token: Token) -> Token | None:
        """Keep a token as the store would."""
        theirs = self.stored.get(account.id)
        if theirs is not None and grant_of(theirs) != grant_of(account.token):
            return theirs
        self.saved.append((account, token))
        self.stored[account.id] = token
        return token

    def play(self, name: str, case: str, *, reusable: bool = False) -> None:
        """Answer the requests of a recording."""
        for exchange in recording(name, case)["exchanges"]:
            self.answer(exchange["request"], exchange["response"], reusable=reusable)

    def answer(
        self, request: Mapping[str, Any], response: Mapping[str, Any], *, reusable: bool = False
    ) -> None:
        """Answer one request, given as in a recording."""
        self.mock.add_response(
            status_code=response.get("status", 200),
            headers=dict(response.get("headers", {})),
            content=_bytes(response.get("body", "")),
            method=request.get("method", "GET"),
            url=request["url"],
            match_params={k: ANY if v == "*" else v for k, v in request.get("params", {}).items()},
            is_reusable=reusable or response.get("status", 200) >= 500,  # which are tried again
        )


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def said(foreign: Foreign) -> Reply | ProviderError:
    """A foreign answer as a client hands it over."""
    if foreign.is_endless:
        return ProviderError("played.test did not answer in time.", reason=Reason.TIMEOUT)
    return foreign.reply


def assert_spotless(thing: object) -> None:
    """No secret can be read off an answer or an error, however it is shown."""
    shown = f"{thing!s}\n{thing!r}"
    if isinstance(thing, BaseException):
        shown += "".join(traceback.format_exception(thing)) + repr(vars(thing))
    assert CANARY not in shown


def changed(body: Any, path: tuple[str | int, ...], value: object) -> Any:
    """A document with another value (or, with `ABSENT_KEY`, no key) in one place."""
    body = copy.deepcopy(body)
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    if value is ABSENT_KEY:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return body


@dataclass(frozen=True)
class Way:
    """One way of asking: an account with what is known of it, and how the conversation goes usually."""

    name: str
    account: Account
    cases: tuple[str, ...]
    """Recordings, the exchanges of which follow one another."""
    settings: Mapping[str, str] = field(default_factory=dict)

    def replies(self, platform: str) -> list[Reply]:
        """The platform's own answers."""
        exchanges = [e for case in self.cases for e in recording(platform, case)["exchanges"]]
        return [
            played(
                e["response"].get("status", 200), e["response"].get("body", ""), e["response"].get("headers")
            )
            for e in exchanges
        ]


class ProviderContract:
    """Every provider passes these. Attributes without a value are what a subclass has to say."""

    kind: ClassVar[type[Provider]]
    account: ClassVar[Account]
    settings: ClassVar[Mapping[str, str]] = {}
    expected: ClassVar[Found]
    """What `found` gives, but for `asked`, which only has to be there."""

    other_ways: ClassVar[tuple[Way, ...]] = ()
    """Every further way in which this provider asks, besides that of `account`."""
    missing_reason: ClassVar[Reason] = Reason.NOT_FOUND
    placeholder_reason: ClassVar[Reason | None] = Reason.DEFAULT_PICTURE
    """None where the platform does not mark its placeholders: only their pixels can tell."""
    refused_error: ClassVar[type[ProviderError]] = ReconnectRequired
    refused_reason: ClassVar[Reason] = Reason.TOKEN
    garbled_reason: ClassVar[Reason] = Reason.BAD_JSON

    @property
    def name(self) -> str:
        return self.kind.info.name

    async def ask(self, bench: Bench, case: str, account: Account | None = None) -> Found | Absent:
        """Play a case and ask."""
        bench.play(self.name, case)
        return await self._ask(bench, account)

    async def trouble(self, bench: Bench, case: str) -> ProviderError:
        """Play a case that ends in trouble, and give the trouble back, seen to hold no secret."""
        bench.play(self.name, case)
        return await self._trouble(bench)

    async def _ask(self, bench: Bench, account: Account | None = None) -> Found | Absent:
        answer = await bench.provider(self.kind, self.settings).lookup_one(account or self.account)
        assert_spotless(answer)
        return answer

    async def _trouble(self, bench: Bench, account: Account | None = None) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            await self._ask(bench, account)
        error = caught.value
        assert_spotless(error)
        assert error.message.endswith(".")
        asked = len(bench.mock.get_requests())
        assert 0 < error.tries <= asked or error.tries == asked == 0
        return error

    # -- what came back -------------------------------------------------------

    async def test_found_gives_the_expected_candidate(self, bench: Bench) -> None:
        answer = await self.ask(bench, "found")
        assert isinstance(answer, Found)
        assert answer.asked
        assert replace(answer, asked=None) == self.expected

    async def test_a_missing_account_is_absent(self, bench: Bench) -> None:
        answer = await self.ask(bench, "missing")
        assert isinstance(answer, Absent)
        assert answer.reason == self.missing_reason
        assert answer.detail.endswith(".")
        assert answer.asked

    async def test_a_placeholder_is_no_picture(self, bench: Bench) -> None:
        answer = await self.ask(bench, "placeholder")
        if self.placeholder_reason is None:
            assert isinstance(answer, Found)
        else:
            assert isinstance(answer, Absent)
            assert answer.reason == self.placeholder_reason
            assert answer.detail.endswith(".")

    async def test_a_refusal_is_trouble_that_says_who_can_mend_it(self, bench: Bench) -> None:
        error = await self.trouble(bench, "refused")
        assert type(error) is self.refused_error
        assert error.reason == self.refused_reason

    async def test_throttling_says_when_to_come_back(self, bench: Bench) -> None:
        error = await self.trouble(bench, "throttled")
        assert isinstance(error, RateLimited)
        assert error.reason == Reason.THROTTLED
        assert error.retry_at is not None
        assert error.retry_at > NOW

    async def test_garbage_is_trouble(self, bench: Bench) -> None:
        error = await self.trouble(bench, "garbled")
        assert error.reason == self.garbled_reason

    async def test_a_server_error_is_trouble(self, bench: Bench) -> None:
        first = recording(self.name, "found")["exchanges"][0]["request"]
        bench.answer(first, {"status": 500, "body": "<h1>Oops</h1>"})
        error = await self._trouble(bench)
        assert error.reason == Reason.STATUS

    @pytest.mark.parametrize(
        "failure",
        [httpx.ConnectError("CANARY"), httpx.ReadTimeout("CANARY"), httpx.RemoteProtocolError("CANARY")],
        ids=["unreachable", "timeout", "protocol"],
    )
    async def test_a_network_failure_is_trouble(self, bench: Bench, failure: Exception) -> None:
        bench.mock.add_exception(failure, is_reusable=True)
        error = await self._trouble(bench)
        assert error.reason in {Reason.UNREACHABLE, Reason.TIMEOUT, Reason.PROTOCOL}

    async def test_every_account_of_several_gets_its_answer(self, bench: Bench) -> None:
        bench.play(self.name, "found", reusable=True)
        accounts = [self.account, replace(self.account, id="another", talent_id="another")]
        answers = await bench.provider(self.kind, self.settings).lookup(accounts)
        assert list(answers) == [self.account.id, "another"]
        assert all(isinstance(answer, Found) for answer in answers.values())

    async def test_trouble_is_returned_for_every_account_of_several(self, bench: Bench) -> None:
        bench.play(self.name, "refused", reusable=True)
        accounts = [self.account, replace(self.account, id="another", talent_id="another")]
        answers = await bench.provider(self.kind, self.settings).lookup(accounts)
        assert list(answers) == [self.account.id, "another"]
        assert all(isinstance(answer, ProviderError) for answer in answers.values())

    async def test_nobody_else_is_taken_for_the_person(self, bench: Bench) -> None:
        if self.expected.user_id is None:
            return  # this platform has no stable ids
        stranger = replace(self.account, external_id="somebody-else-before")
        for exchange in recording(self.name, "found")["exchanges"]:
            bench.mock.add_response(
                status_code=exchange["response"].get("status", 200),
                headers=exchange["response"].get("headers", {}),
                content=_bytes(exchange["response"]["body"]),
                is_optional=True,
            )
        bench.mock.add_response(status_code=404, text="{}", is_optional=True, is_reusable=True)
        try:
            answer = await self._ask(bench, stranger)
        except ProviderError as error:
            assert_spotless(error)
        else:  # asked by the known id, and nobody has it
            assert isinstance(answer, Absent)

    async def test_no_secret_is_logged(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        for case in ("found", "throttled"):
            bench.play(self.name, case)
            await bench.provider(self.kind, self.settings).lookup([self.account])
        assert CANARY not in caplog.text

    # -- what others say in the platform's place --------------------------------

    @property
    def ways(self) -> tuple[Way, ...]:
        usual = Way("as usual", self.account, ("found",), self.settings)
        known = replace(self.account, external_id=self.expected.user_id or "1")
        again = Way("by what is known", known, ("found",), self.settings)
        nobody = Way(NOBODY, self.account, ("missing",), self.settings)
        return (usual, again, nobody, *self.other_ways)

    @pytest.mark.parametrize("foreign", FOREIGN, ids=lambda foreign: foreign.name)
    async def test_what_the_platform_did_not_say_costs_nobody_anything(self, foreign: Foreign) -> None:
        """From every point of every conversation on, somebody else answers."""
        for way in self.ways:
            replies = way.replies(self.name)
            for kept in range(1 if way.name == NOBODY else len(replies)):
                await self._hear(way, replies[:kept], foreign)

    @pytest.mark.parametrize("foreign", FOREIGN, ids=lambda foreign: foreign.name)
    async def test_what_the_platform_did_not_say_costs_none_of_several_anything(
        self, foreign: Foreign
    ) -> None:
        for way in self.ways:
            other = replace(way.account, id="other", handle=self.kind.info.handle_example, external_id=None)
            provider = before(self.kind, said(foreign), settings=way.settings)
            answers = await provider.lookup([way.account, other])
            assert len(answers) == 2
            for answer in answers.values():
                assert not isinstance(answer, Absent | ReconnectRequired | Misconfigured), way.name

    @pytest.mark.parametrize("foreign", FOREIGN, ids=lambda foreign: foreign.name)
    async def test_one_foreign_answer_among_the_platforms_own_does_no_harm(self, foreign: Foreign) -> None:
        for way in self.ways:
            if way.name == NOBODY:
                continue  # who really is not there may be found to be absent
            replies = way.replies(self.name)
            for place in range(len(replies)):
                answer = await self._answer_to(
                    way, [*replies[:place], said(foreign), *replies[place + 1 :], *replies]
                )
                assert not isinstance(answer, Absent | ReconnectRequired), (way.name, place)

    async def _hear(self, way: Way, before_it: list[Reply], foreign: Foreign) -> None:
        answer = await self._answer_to(way, [*before_it, said(foreign)])
        assert not isinstance(answer, Absent | ReconnectRequired | Misconfigured), (way.name, answer)
        if foreign.status == 429:
            assert isinstance(answer, RateLimited), (way.name, answer)
            assert answer.retry_at is not None
            assert answer.retry_at > NOW

    async def _answer_to(self, way: Way, replies: list[Reply | ProviderError]) -> Answer:
        provider = before(self.kind, *replies, settings=way.settings)
        return (await provider.lookup([way.account]))[way.account.id]

    # -- what it says of itself -----------------------------------------------

    def test_the_fact_sheet_is_complete(self) -> None:
        info = self.kind.info
        assert info.name == info.name.lower()
        assert info.docs.startswith("https://")
        assert info.label
        assert info.needs
        assert self.kind.normalise(info.handle_example)
        assert self.kind.normalise(self.account.handle) == self.account.handle
        for setting in info.settings:
            assert setting.help.endswith(".")
            assert not (setting.secret and setting.default)

    def test_pictures_of_another_server_may_come_from_anywhere(self, bench: Bench) -> None:
        provider = bench.provider(self.kind, {"base_url": "http://127.0.0.1:8080"})
        assert provider.picture_hosts == ()

    @pytest.mark.parametrize("case", CASES)
    def test_a_recording_says_where_it_is_from_and_holds_no_secret(self, case: str) -> None:
        document = recording(self.name, case)
        assert "documentation" in document["source"] or "recorded" in document["source"]
        assert document["exchanges"]
        text = json.dumps(document)
        assert CANARY not in text
        assert not any(value in text for value in self.settings.values() if CANARY in value)
        for exchange in document["exchanges"]:
            assert not urlsplit(exchange["request"]["url"]).query


class JsonContract(ProviderContract):
    """What is asked besides of a provider whose platform answers in JSON."""

    picture_paths: ClassVar[tuple[tuple[str | int, ...], ...]]
    """Where, in the body of the last exchange of `found`, the picture's addresses stand."""
    no_key_reason: ClassVar[Reason] = Reason.SHAPE
    """What it means that the key is absent: trouble, unless the platform documents it as "no picture"."""
    null_reason: ClassVar[Reason] = Reason.SHAPE
    """What null means, likewise."""
    empty_reason: ClassVar[Reason] = Reason.SHAPE
    """What "" means, likewise."""

    async def _reason(self, bench: Bench, body: Any) -> Reason:
        *before, last = recording(self.name, "found")["exchanges"]
        for exchange in before:
            bench.answer(exchange["request"], exchange["response"])
        bench.answer(last["request"], {**last["response"], "body": json.dumps(body)})
        try:
            answer = await self._ask(bench)
        except ProviderError as error:
            assert_spotless(error)
            return error.reason
        assert isinstance(answer, Absent)
        return answer.reason

    def _with_picture(self, value: object) -> Any:
        body = recording(self.name, "found")["exchanges"][-1]["response"]["body"]
        for path in self.picture_paths:
            body = changed(body, path, value)
        return body

    @pytest.mark.parametrize("body", [[], "x", 42, None, True, {}], ids=repr)
    async def test_a_document_of_the_wrong_shape_is_trouble(self, bench: Bench, body: Any) -> None:
        assert await self._reason(bench, body) == Reason.SHAPE

    @pytest.mark.parametrize("value", [["https://x.test/a"], {"data": "x"}, True, 42], ids=repr)
    async def test_a_picture_of_the_wrong_kind_is_trouble(self, bench: Bench, value: object) -> None:
        assert await self._reason(bench, self._with_picture(value)) == Reason.SHAPE

    async def test_a_picture_without_its_key_is_what_the_platform_means_by_it(self, bench: Bench) -> None:
        assert await self._reason(bench, self._with_picture(ABSENT_KEY)) == self.no_key_reason

    async def test_a_picture_that_is_null_is_what_the_platform_means_by_it(self, bench: Bench) -> None:
        assert await self._reason(bench, self._with_picture(None)) == self.null_reason

    async def test_a_picture_that_is_empty_is_what_the_platform_means_by_it(self, bench: Bench) -> None:
        assert await self._reason(bench, self._with_picture("")) == self.empty_reason

    @pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"[" * 100_000, b""], ids=["utf16", "nested", "empty"])
    async def test_bytes_that_are_no_json_are_trouble(self, bench: Bench, body: bytes) -> None:
        bench.mock.add_response(content=body, is_reusable=True)
        error = await self._trouble(bench)
        assert error.reason == Reason.BAD_JSON
