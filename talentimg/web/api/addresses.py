"""Addresses within our API, as answers name them."""

from urllib.parse import quote

from fastapi import Request


def address_of(request: Request, talent_id: str) -> str:
    """Where a talent is."""
    root: str = request.scope.get("root_path", "")
    return f"{root}/talents/{quote(talent_id, safe='')}"
