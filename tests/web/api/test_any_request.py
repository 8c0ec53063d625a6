"""Whatever is sent to our API: an answer as it is described, and never a bug."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

if TYPE_CHECKING:
    from schemathesis import Case

    from tests.web.conftest import Site

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 4
"""For each operation, of each kind: the point is every operation, each time the tests run."""
ODD = {"talent_id": st.sampled_from(["ada", "bob", "nobody", "a\x00b", "..", "%", "\u202eada", "x" * 300])}


@pytest.mark.network
def test_every_operation_answers_as_it_is_described(site: Site, served: str) -> None:
    headers = site.bearer()
    schema = schemathesis.openapi.from_url(f"{served}/api/v1/openapi.json", headers=headers)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    operations.sort(key=lambda one: one.method == "delete")  # when all else has been said of whom it removes
    assert len(operations) > 15
    for operation in operations:
        strategies = [
            operation.as_strategy(mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        ]

        @given(case=st.one_of(strategies), data=st.data())
        @settings(
            max_examples=2 * EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def answers(case: Case[Any], data: Any) -> None:
            if "talent_id" in case.path_parameters and data.draw(st.booleans()):
                case.path_parameters["talent_id"] = data.draw(ODD["talent_id"])
            case.call_and_validate(headers=headers, checks=CHECKS)

        answers()
