"""Our API describes itself: whole, with examples, and so that clients can be made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from talentimg.web.access import Doorkeeper
from talentimg.web.api.app import make_api
from talentimg.web.services import Services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.conftest import Site


@pytest.fixture
def described(site: Site) -> dict[str, Any]:
    api: Any = make_api(site.app, Doorkeeper(site.app), Services(site.app)).app
    found: dict[str, Any] = api.openapi()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for methods in described["paths"].values():
        yield from methods.items()


def test_each_operation_has_a_name_of_its_own_a_summary_and_a_tag(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(described)]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)
    tags = {tag["name"] for tag in described["tags"]}
    assert all(tag["description"] for tag in described["tags"])
    for _, operation in operations(described):
        assert operation["summary"]
        assert operation["description"]
        assert set(operation["tags"]) <= tags, operation["operationId"]
        assert operation["tags"]


def test_each_operation_tells_of_what_may_go_wrong_in_one_form(described: dict[str, Any]) -> None:
    for method, operation in operations(described):
        statuses = set(operation["responses"])
        assert {"401", "403", "422", "503"} <= statuses
        assert ("requestBody" not in operation) or "413" in statuses
        for status, told in operation["responses"].items():
            if status.startswith(("4", "5")):
                content = told["content"]["application/problem+json"]
                assert content["schema"]["$ref"].endswith("/ProblemDetails")
        named = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert ("Idempotency-Key" in named) == (method == "post")
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_what_people_send_has_examples(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for _, operation in operations(described):
        for parameter in operation.get("parameters", ()):
            schema = parameter["schema"]
            is_plain = any(kind in str(schema) for kind in ("enum", "$ref", "integer", "boolean"))
            has_example = "examples" in schema or "example" in parameter or "examples" in parameter
            assert parameter.get("description"), (operation["operationId"], parameter["name"])
            free = parameter["in"] == "path" or parameter["name"] in {"q", "platform", "source"}
            assert is_plain or has_example or not free, (operation["operationId"], parameter["name"])
    for name in ("AddedTalent", "ConnectedAccount", "EditedTalent", "MergeInto"):
        assert any("examples" in field for field in schemas[name]["properties"].values()), name


def test_what_is_referred_to_is_there(described: dict[str, Any]) -> None:
    there = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    assert set(references(described)) <= there
    # Of two classes with one name FastAPI makes others, which clients then have to call so.
    assert [name for name in described["components"]["schemas"] if not name.isidentifier()] == []


def references(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        if isinstance(found.get("$ref"), str):
            yield found["$ref"]
        for value in found.values():
            yield from references(value)
    elif isinstance(found, list):
        for value in found:
            yield from references(value)
