"""The description of our API: what FastAPI makes of its routes, and what holds for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from talentimg.web.api.once import LONGEST, PATTERN
from talentimg.web.api.schemas.base import ProblemDetails, problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from fastapi.routing import APIRoute

DESCRIPTION: Final = """
Keeps the profile picture of everybody on a roster right.

Answers have the shapes that the commands print with `--json`. Times are ISO 8601 in UTC. Errors are problem
details (RFC 9457): `detail` is a sentence for a person, `hint` says what to do, `code` is the name of the
exit code that the command would have ended with. Later versions may add fields: pass over those that you
do not know.

A `POST` may carry an `Idempotency-Key`: sent again under the same key within 24 hours, it is answered as
before, with `Idempotent-Replayed: true`, and not done again.
""".strip()
TAGS: Final = [
    {"name": "talents", "description": "The roster: who is on it, how each stands, and why."},
    {"name": "accounts", "description": "Accounts of talents on platforms."},
    {
        "name": "words",
        "description": "What people say of what is shown: it comes before all that platforms offer.",
    },
    {"name": "history", "description": "What was shown and who said what, and the way back."},
    {"name": "identities", "description": "Accounts that answer as somebody else."},
    {"name": "reviews", "description": "Pictures that wait for a person."},
    {"name": "placeholders", "description": "Pictures that are refused for everybody."},
    {"name": "forgetting", "description": "Everything about a talent goes, for good."},
    {"name": "imports", "description": "The roster as a file: brought, taken back, taken away."},
    {"name": "runs", "description": "Looks at everybody who is due: begun, watched, stopped."},
    {"name": "changes", "description": "What happened, in order, for those who follow."},
    {"name": "tokens", "description": "Who may ask, and for what."},
    {"name": "operation", "description": "The server and the platforms that it asks."},
]
_KEY: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A name for this request, such as a UUID: the same again is not done again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST + 2, "pattern": PATTERN},
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
_REPLAYED: Final[dict[str, Any]] = {
    "description": "Whether this was answered before.",
    "schema": {"type": "string", "enum": ["true"]},
}
_OF_POSTS: Final = (400, 409, 413)
_WITH_BODY: Final = (413,)


def operation_id(route: APIRoute) -> str:
    """What clients call a route: the name of its function."""
    return route.name


def describing(api: FastAPI) -> Callable[[], dict[str, Any]]:
    """What makes the description, once."""
    made = api.openapi

    def described() -> dict[str, Any]:
        if api.openapi_schema is None:
            found = made()
            schemas = found["components"]["schemas"]
            # What FastAPI says of requests that are invalid: ours are told in the same form as all else.
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas |= _definitions()
            for methods in found["paths"].values():
                for method, operation in methods.items():
                    _complete(method, operation)
        return api.openapi_schema or {}

    return described


def _complete(method: str, operation: dict[str, Any]) -> None:
    statuses = _OF_POSTS if method == "post" else _WITH_BODY if "requestBody" in operation else ()
    for status, told in problems(*statuses).items():
        operation["responses"].setdefault(str(status), told)
    if method != "post":
        return
    operation.setdefault("parameters", []).append(_KEY)
    for status, told in operation["responses"].items():
        if status.startswith("2"):
            told.setdefault("headers", {})["Idempotent-Replayed"] = _REPLAYED


def _definitions() -> dict[str, Any]:
    """The form of a problem, which no route names by its class."""
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    inner: dict[str, Any] = schema.pop("$defs", {})
    return {**inner, "ProblemDetails": schema}
