"""What the shell offers after Tab. Never raises: a completion that fails offers nothing."""

from __future__ import annotations

MOST_OFFERED = 200


def platforms(incomplete: str) -> list[str]:
    """Platforms that begin with this text."""
    from talentimg.providers.registry import platform_names

    return [name for name in platform_names() if name.startswith(incomplete.lower())]


def sources(incomplete: str) -> list[str]:
    """Sources of pictures that begin with this text."""
    from talentimg.providers.names import source_names

    return [name for name in source_names() if name.startswith(incomplete.lower())]


def states(incomplete: str) -> list[str]:
    """How talents may stand, as it is typed."""
    from talentimg.service.decision.state import TalentState

    return [
        name for name in (state.replace("_", "-") for state in TalentState) if name.startswith(incomplete)
    ]


def sorts(incomplete: str) -> list[str]:
    """By what a list may be sorted."""
    from talentimg.service.people.listing import Sort

    return [name for name in Sort if name.startswith(incomplete)]


def forms(incomplete: str) -> list[str]:
    """In what form a roster may be exported."""
    from talentimg.service.people.export.exporter import Form

    return [name for name in Form if name.startswith(incomplete)]


def missing(incomplete: str) -> list[str]:
    """What may become of those whom an app does not have."""
    from talentimg.service.moving.beside import Missing

    return [name for name in Missing if name.startswith(incomplete)]


def talent_ids(incomplete: str) -> list[str]:
    """Ids on the roster that begin with this text. Global options on the line being typed have no effect."""
    from talentimg.errors import TalentimgError
    from talentimg.repository.app_names import names_in
    from talentimg.repository.registry import open_repository
    from talentimg.settings import load_settings

    try:
        settings = load_settings()
        names = names_in(settings)
        with open_repository(settings.database_url, read_only=True, names=names) as repository:
            # Ids come in order, so those that begin with the text follow the text without its last character.
            before = incomplete[:-1] if incomplete else None
            rows = repository.roster(after=before, limit=MOST_OFFERED * 10)
    except TalentimgError:
        return []
    return [row.talent_id for row in rows if row.talent_id.startswith(incomplete)][:MOST_OFFERED]


def webhook_ids(incomplete: str) -> list[str]:
    """Ids of webhooks that begin with this text."""
    from talentimg.errors import TalentimgError
    from talentimg.repository.app_names import names_in
    from talentimg.repository.registry import open_repository
    from talentimg.settings import load_settings

    try:
        settings = load_settings()
        with open_repository(settings.database_url, read_only=True, names=names_in(settings)) as repository:
            return [one.id for one in repository.webhooks() if one.id.startswith(incomplete)]
    except TalentimgError:
        return []


def log_formats(incomplete: str) -> list[str]:
    """The formats of the log lines."""
    return [form for form in ("text", "json") if form.startswith(incomplete)]
