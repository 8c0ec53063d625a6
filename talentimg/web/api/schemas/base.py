"""What all schemas are made of."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field


class Told(BaseModel):
    """Part of an answer. Later versions may add fields to it."""


class Given(BaseModel):
    """The body of a request. A field that nobody knows is refused: it is probably misspelt."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Fault(Told):
    """One of several things that are wrong."""

    detail: str
    hint: str | None = None
    place: str | None = Field(None, description="Where in the request it is.")


class ProblemDetails(Told):
    """What is wrong, after RFC 9457."""

    type: str = Field(examples=["urn:talentimg:error:TalentNotFound"])
    title: str = Field(description="The same for each of its kind.", examples=["No talent has this id"])
    status: int = Field(examples=[404])
    detail: str = Field(description="A sentence for a person.", examples=["There is no talent 'adda'."])
    hint: str | None = Field(None, description="What to do about it.", examples=["Did you mean ada?"])
    code: str | None = Field(
        None, description="The name of the exit code of the command.", examples=["not_found"]
    )
    faults: list[Fault] | None = Field(None, description="All that is wrong, where that is several things.")


_MEANINGS: Final = {
    400: "It makes no sense as it is.",
    401: "A valid token is needed.",
    403: "The token does not allow it.",
    404: "There is no such thing.",
    409: "Something else is under way that excludes it.",
    412: "It has changed since it was read.",
    413: "It is too large.",
    422: "It has faults, each of which is named.",
    503: "Not now: try again later.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses` of a route: these, and those that any may have."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    return {
        status: {"description": _MEANINGS[status], "content": content}
        for status in sorted({401, 403, 422, 503, *statuses})
    }


def answers(model: type[BaseModel] | Any, description: str, status: int = 200) -> dict[int | str, Any]:  # noqa: ANN401  list[Model] is no type
    """For `responses` of a route: what a good answer holds."""
    return {status: {"model": model, "description": description}}
