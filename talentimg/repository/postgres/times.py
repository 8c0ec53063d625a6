"""Reads times as Python can hold them: Postgres knows later and earlier ones, and `infinity`.

The app may write any of them (`infinity` for a token that never expires, a typing mistake for the year
20026), and one such row must not keep everybody else from being read. So a time that is too late or too
early is read as the last or first that we deal with: far enough from what Python can hold to reckon with.

https://www.psycopg.org/psycopg3/docs/advanced/adapt.html#example-handling-infinity-date
https://github.com/psycopg/psycopg/issues/1251
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from psycopg import DataError
from psycopg.types.datetime import TimestampLoader, TimestamptzLoader

if TYPE_CHECKING:
    from psycopg import Connection

LAST: Final = datetime(9000, 1, 1, tzinfo=UTC)
FIRST: Final = datetime(1000, 1, 1, tzinfo=UTC)
"""What stands for all times that are too late or too early for Python."""


class _Timestamp(TimestampLoader):
    """A time without a zone: UTC, as the app writes it."""

    def load(self, data: Any) -> datetime:  # noqa: ANN401  bytes of several kinds
        try:
            return super().load(data)
        except DataError:
            return _nearest(data).replace(tzinfo=None)


class _Timestamptz(TimestamptzLoader):
    """A time with a zone."""

    def load(self, data: Any) -> datetime:  # noqa: ANN401  bytes of several kinds
        try:
            return super().load(data).astimezone(UTC)
        except (DataError, OverflowError):
            return _nearest(data)


def _nearest(data: Any) -> datetime:  # noqa: ANN401  bytes of several kinds
    text = bytes(data)
    return FIRST if text.endswith(b" BC") or text == b"-infinity" else LAST


def read_all_times(connection: Connection[Any]) -> None:
    """Have a connection read every time that Postgres can hold.

    The form in which a server writes times is a setting of databases and roles (DateStyle), and the driver
    reads only one of them. A pooler keeps this setting for each of its clients:
    https://www.pgbouncer.org/config.html#track_extra_parameters
    """
    connection.adapters.register_loader("timestamp", _Timestamp)
    connection.adapters.register_loader("timestamptz", _Timestamptz)
    style = connection.info.parameter_status("DateStyle") or ""
    if not style.startswith("ISO"):
        connection.execute(b"SET DateStyle = ISO")
