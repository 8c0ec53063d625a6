"""The app's own endpoints, described as its frontend knows them: whatever is sent, no 5xx, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

if TYPE_CHECKING:
    from schemathesis import Case

    from tests.web.conftest import Site

EXAMPLES = 4
JSON: Final[dict[str, Any]] = {"application/json": {"schema": {}}}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
BODIES = {
    "socials": {
        "type": "object",
        "properties": {"platform": {"type": "string"}, "handle": {"type": "string"}},
        "required": ["platform", "handle"],
    },
    "sync": {"type": "object", "properties": {"forceRefresh": {"type": "boolean"}}},
}
TALENT = "/api/admin/talent"
ENDPOINTS = (
    ("get", TALENT, None, (200,)),
    ("get", f"{TALENT}/{{id}}", None, (200, 404)),
    ("get", f"{TALENT}/{{id}}/profile-image", None, (200, 404)),
    ("post", f"{TALENT}/{{id}}/profile-image/sync", "sync", (200, 400, 404, 413, 424)),
    ("get", f"{TALENT}/{{id}}/socials", None, (200, 404)),
    ("post", f"{TALENT}/{{id}}/socials", "socials", (201, 400, 404, 409, 413)),
    ("delete", f"{TALENT}/socials/{{id}}", None, (200, 404)),
)


def description() -> dict[str, Any]:
    """What they are, in the words of OpenAPI."""
    paths: dict[str, Any] = {}
    for method, path, body, statuses in ENDPOINTS:
        operation: dict[str, Any] = {
            "parameters": [ID] if "{id}" in path else [],
            "responses": {str(status): {"description": "", "content": JSON} for status in statuses},
        }
        if body:
            operation["requestBody"] = {"content": {"application/json": {"schema": BODIES[body]}}}
        paths.setdefault(path, {})[method] = operation
    return {"openapi": "3.1.0", "info": {"title": "the app", "version": "1"}, "paths": paths}


@pytest.mark.network
def test_every_endpoint_answers_with_what_the_app_knows(site: Site, served: str) -> None:
    headers = {"Cookie": f"break_session={site.token()}"}
    schema = schemathesis.openapi.from_dict(description())
    schema.config.update(base_url=served)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        strategies = [
            operation.as_strategy(mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        ]

        @given(case=st.one_of(strategies), is_known=st.booleans())
        @settings(
            max_examples=2 * EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def answers(case: Case[Any], is_known: bool) -> None:
            if is_known and "id" in case.path_parameters:
                case.path_parameters["id"] = "ada"
            checks = [not_a_server_error, status_code_conformance, content_type_conformance]
            case.call_and_validate(headers=headers, checks=checks)

        answers()
