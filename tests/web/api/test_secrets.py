"""Secrets in requests that are carried out: no log and no answer tells them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from tests.service.world import picture_bytes
from tests.web.api.test_description import described

__all__ = ["described"]

if TYPE_CHECKING:
    import pytest

    from tests.web.api.conftest import Client

PASSWORD: Final = "canary-password"
KEY: Final = "canary-idempotency"
ADDRESS: Final = f"https://user:{PASSWORD}@agency.example/ada.jpg"
PARTS: Final = {
    "talent_id": "ada",
    "platform": "instagram",
    "name": "intranet",
    "run_id": "20261129-020000-4a03",
    "content_hash": "3f2a9c",
}
LAST: Final = ("remove_talent", "merge_talent", "forget", "remember")
GETS_THROUGH: Final = 30
"""Operations, at least, that do what they are asked with what their description gives as an example."""


def example_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """What a schema gives as an example; wherever an address may stand, one with a password."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema and "examples" not in schema:
        return example_of(schema["anyOf"][0], schemas)
    if schema.get("type") == "object":
        wanted = [name for name, one in schema["properties"].items() if "examples" in one or "url" in name]
        return {
            name: ADDRESS if "url" in name else example_of(schema["properties"][name], schemas)
            for name in dict.fromkeys([*schema.get("required", ()), *wanted])
        }
    given = schema.get("examples") or schema.get("enum")
    return given[0] if given else {"array": [], "boolean": False}.get(schema.get("type", ""), "a text")


def in_order(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """All operations; what takes away comes after all else, and who takes whole people away comes last."""
    found = [(m, path, told) for path, methods in described["paths"].items() for m, told in methods.items()]
    return sorted(found, key=lambda one: (one[2]["operationId"] in LAST, one[0] == "delete"))


async def test_no_operation_tells_a_secret_of_what_it_was_asked(
    client: Client, described: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client.world.web.pictures[ADDRESS] = picture_bytes(7)
    client.site.app.choosing = client.world.choosing()
    secrets = [client.browser.headers["authorization"].partition(" ")[2], PASSWORD, KEY]
    texts, done = [], set()
    for method, path, operation in in_order(described):
        name, content = operation["operationId"], operation.get("requestBody", {}).get("content", {})
        named: dict[str, Any] = {"headers": {"Idempotency-Key": f"{KEY}-{name}"}}
        if "application/json" in content:
            schema, schemas = content["application/json"]["schema"], described["components"]["schemas"]
            named["json"] = example_of(schema, schemas)
            for none_of_ours in {"add_talent": ["id"], "set_picture": ["crop"]}.get(name, []):
                del named["json"][none_of_ours]
        got = await client.ask(method.upper(), path.format(**PARTS), **named)
        assert got.status_code < 500, (method, path, got.text)
        done |= {name} if got.is_success else set()
        if name == "make_token":
            secrets.append(got.json()["token"])
        elif name != "export_roster":  # which an import takes back as it was, addresses and all
            texts.append(got.text)
    assert len(done) >= GETS_THROUGH, sorted(done)
    assert {"add_talent", "edit_talent", "set_picture", "make_token", "forget"} <= done
    texts += [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert not [text for text in texts if any(secret in text for secret in secrets)]
