"""Building blocks for the handle patterns of several providers."""

from __future__ import annotations

from typing import Final

HOST_NAME: Final = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
"""A DNS name that could be public: at least two labels, the last of which is not a number.

So it matches neither `localhost` nor an IP address. Whether it resolves to a public
address is checked when the socket connects.
"""
