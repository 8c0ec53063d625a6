"""What the handle patterns of several providers are made of."""

from __future__ import annotations

from typing import Final

HOST_NAME: Final = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
"""A DNS name that could be public: two labels or more, the last of which is no number.

So neither `localhost` nor an IP address is one. Whether it leads to a public
address is judged where the socket connects.
"""
