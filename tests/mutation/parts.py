"""What is changed, and the tests that have to notice it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SLOW: Final = (
    *("damage", "foreign_addresses", "month", "questions", "recrop", "recrop_faces", "roster_files"),
    "words_killed",
)
"""Tests of the service that take seconds, those about other parts, and those in processes of their own, where
nothing is changed."""
_STORES: Final = tuple(
    f"tests/repository/test_{name}.py"
    for name in (
        *("contract", "cuts", "disconnects", "marks", "questions", "clocks", "runs", "nobody_else"),
        "alike",
        "app_tables",
    )
)
"""What every backend is held to."""


@dataclass(frozen=True, slots=True)
class Part:
    """Files that the same tests are about."""

    files: tuple[str, ...]
    """Below `talentimg`, without their ending."""
    tests: tuple[str, ...]
    """As pytest is told of them."""


def _files(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}" for name in names)


_SQLITE: Final = tuple(
    f"tests/repository/test_sqlite.py::test_{name}"
    for name in (
        "of_two_spellings_of_a_platform_the_latest_counts",
        "the_name_that_the_app_shows_follows_an_update",
        "a_look_is_written_back_as_the_app_expects_it",
        "a_disconnected_row_stays_without_its_tokens",
        "no_hot_query_scans_a_table",
    )
)
_POSTGRES: Final = tuple(
    f"tests/repository/test_postgres.py::test_{name}"
    for name in (
        "what_a_sync_writes_is_all_that_changes",
        "columns_of_other_types_than_prismas_are_fine",
        "somebody_new_gets_what_the_app_wants_of_every_row",
        "a_save_whose_acknowledgement_was_lost_is_kept_once",
        "nothing_outlives_a_transaction",
        "a_cooldown_of_long_ago_that_somebody_holds_is_neither_waited_for_nor_forgotten",
    )
)
"""What the app must find in its tables, whose tests would else take too long."""

_WRITES: Final = ("results", "roster", "disconnects", "cuts", "politeness")


def _service(*names: str) -> tuple[str, ...]:
    """Tests of the service, over the store in memory: that of the databases is tried beside."""
    return (
        *(f"tests/service/test_{name}.py" for name in names),
        "-k",
        "not sqlite and not postgres",
    )


_TAKEN: Final = tuple(
    f"tests/repository/test_{name}.py" for name in ("feed", "renewals", "turns", "webhooks", "working")
)
"""What every backend is held to of what processes take from one another."""

PARTS: Final = {
    "service": Part(
        _files("service/decision", "candidates", "cause", "chain", "due", "explain", "learnt", "observe")
        + _files("service/decision", "resolver", "review", "said", "state", "versions")
        + _files("service/lookup", "pacing", "pictures", "placeholders", "sources")
        + _files("service/run", "duplicates", "queue", "valve", "writer"),
        (
            "tests/service",
            *(f"--ignore=tests/service/test_{name}.py" for name in _SLOW),
            "-k",
            "not sqlite and not postgres",
        ),
    ),
    "valves": Part(
        _files("service/run", "night_valve", "day_valve"),
        _service("night_valve", "valve"),
    ),
    "turns": Part(
        _files("service/lookup", "turns", "gate"), _service("turns", "pacing", "rate", "platforms")
    ),
    "wishes": Part(
        _files("service/run", "wish_queue", "wishes", "comparing"),
        _service("wishes", "wishes_kept", "comparing"),
    ),
    "tokens": Part(
        ("service/run/renewing", "service/lookup/tokens"), _service("renewing", "tokens", "reconnecting")
    ),
    "nights": Part(
        _files("service/run", "nightly", "clock", "outages", "feed"),
        _service(
            "nightly",
            "night_clock",
            "night_valve",
            "slices",
            "telling",
            "following",
            "feed",
            "told_of_a_run",
            "what_a_run_left",
        ),
    ),
    "telling": Part(
        _files("service/telling", "delivering", "digest", "letters", "signing", "webhooks"),
        _service("delivering", "digest"),
    ),
    "people": Part(
        _files("service/people", "undo", "unwanted", "forgetting"),
        _service(
            "undo",
            "undo_told",
            "named_placeholders",
            "named_and_known",
            "suspected",
            "forgetting",
            "forget_refused",
        ),
    ),
    "taken": Part(_files("repository", "renewals", "feed", "turns", "webhooks", "stored_work"), _TAKEN),
    "sqlite-taken": Part(_files("repository/sqlite", "working"), (*_TAKEN, "-k", "sqlite or file")),
    "postgres-taken": Part(
        _files("repository/postgres", "working"), (*_TAKEN, "-k", "postgres or stamp or called or triggers")
    ),
    "rows": Part(_files("repository", "in_use", "stored", "stored_results", "values"), _STORES),
    "sqlite": Part(
        _files("repository/sqlite", *_WRITES),
        (*_STORES, "tests/repository/test_refused.py", *_SQLITE, "-k", "sqlite or a_file_refuses"),
    ),
    "postgres": Part(
        _files("repository/postgres", *_WRITES),
        (*_STORES, "tests/repository/test_postgres_rows.py", *_POSTGRES, "-k", "postgres and not driver"),
    ),
}
"""By name. Each is changed on a clone of its own, as its tests are told to mutmut once."""
