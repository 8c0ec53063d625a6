"""A digest in the forms in which people read it: plain text, Slack's, HTML, a whole e-mail. Pure."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Final

from talentimg.models import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from email.message import EmailMessage

    from talentimg.models import Run
    from talentimg.service.telling.digest import Changed, Digest, Needed

_ENDS: Final = {
    RunState.DONE: "done",
    RunState.VALVE: "stopped by the safety valve",
    RunState.STOPPED: "stopped early",
    RunState.FAILED: "failed",
    RunState.DIED: "ended without reporting",
}
_FONT: Final = "font-family:-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif;color:#1f2328"
_CELL: Final = "padding:6px 12px 6px 0;vertical-align:middle"
_QUIET: Final = "Nothing has happened."


def subject(digest: Digest) -> str:
    """One line of what there is to tell."""
    parts = [
        _counted(digest.changed_count, "new picture"),
        _counted(digest.lost_count, "lost picture"),
        _counted(digest.needed_count, "account to connect again", "accounts to connect again"),
    ]
    return "talentimg: " + (", ".join(part for part in parts if part) or "all is quiet")


def as_text(digest: Digest) -> str:
    """Lines for a terminal, a log or the text of an e-mail."""
    return "\n".join(_lines(digest, _plain_title, str))


def as_slack(digest: Digest) -> str:
    """The same in Slack's own markup.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    return "\n".join(_lines(digest, lambda text: f"*{text}*", _slack_escaped))


def as_html(digest: Digest, pictures: Mapping[str, bytes]) -> str:
    """A whole page that needs nothing from elsewhere: the pictures, small JPEGs by hash, are in it."""
    encoded = {name: base64.b64encode(data).decode() for name, data in pictures.items()}
    return _page(digest, {name: f"data:image/jpeg;base64,{text}" for name, text in encoded.items()})


def as_email(digest: Digest, pictures: Mapping[str, bytes]) -> EmailMessage:
    """A message without sender and receiver: text, and HTML with the pictures as parts of it.

    Most mail programs show no picture that stands in the HTML itself, and all show one that comes along.
    """
    from email.message import EmailMessage  # noqa: PLC0415  start-up time
    from email.policy import SMTP  # noqa: PLC0415  start-up time
    from email.utils import format_datetime  # noqa: PLC0415  start-up time

    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject(digest)
    message["Date"] = format_datetime(digest.until)
    message.set_content(as_text(digest))
    message.add_alternative(_page(digest, {name: f"cid:{name[:32]}@talentimg" for name in pictures}), "html")
    *_, page = message.iter_parts()
    for name, data in pictures.items():
        page.add_related(data, "image", "jpeg", cid=f"<{name[:32]}@talentimg>")
    return message


# -- lines -------------------------------------------------------------------------------------


def _lines(digest: Digest, title: Callable[[str], str], safe: Callable[[str], str]) -> Iterator[str]:
    yield title(f"From {digest.since:%Y-%m-%d %H:%M} to {digest.until:%Y-%m-%d %H:%M} UTC")
    if digest.is_quiet:
        yield _QUIET
    parts = (
        ("New pictures", digest.changed_count, [_change_line(one) for one in digest.changed]),
        ("Lost pictures", digest.lost_count, [_change_line(one) for one in digest.lost]),
        ("To connect again", digest.needed_count, [_need_line(one) for one in digest.needed]),
        ("Runs", len(digest.runs), [_run_line(one) for one in digest.runs]),
    )
    for name, count, told in parts:
        if count:
            yield ""
            yield title(f"{name}: {count}")
            yield from (f"• {safe(line)}" for line in told)
            if count > len(told):
                yield f"• and {count - len(told)} more"
    if digest.is_cut:
        yield ""
        yield "More has happened than is told here."


def _change_line(one: Changed) -> str:
    return f"{one.name} ({one.talent_id}): {_how(one)}"


def _how(one: Changed) -> str:
    by = "" if one.by in {"", "sync"} else f", by {one.by}"
    return f"{one.previous_source} → {one.source}{by}"


def _need_line(one: Needed) -> str:
    link = f" {one.link}" if one.link else ""
    return f"{one.name} ({one.talent_id}): {one.platform}, since {one.since:%Y-%m-%d}{link}"


def _run_line(run: Run) -> str:
    note = f" {run.note}" if run.note else ""
    state = _ENDS.get(run.state, run.state.value)
    return f"{run.started_at:%Y-%m-%d %H:%M} UTC: {state}, {run.looked_at} looked at.{note}"


def _plain_title(text: str) -> str:
    return text


def _slack_escaped(text: str) -> str:
    """So that no name is a link, or calls a whole channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}" if number else ""


# -- HTML --------------------------------------------------------------------------------------


def _page(digest: Digest, addresses: Mapping[str, str]) -> str:
    """In tables with styles of their own, as mail programs know little else."""
    body = "".join(_body(digest, addresses))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(subject(digest))}</title></head>"
        f'<body style="margin:0;padding:16px;background:#ffffff;{_FONT}">'
        f'<div style="max-width:640px;margin:0 auto">{body}</div></body></html>\n'
    )


def _body(digest: Digest, addresses: Mapping[str, str]) -> Iterator[str]:
    yield f'<h1 style="font-size:20px">{escape(subject(digest).removeprefix("talentimg: "))}</h1>'
    yield f'<p style="color:#59636e">{digest.since:%Y-%m-%d %H:%M} to {digest.until:%Y-%m-%d %H:%M} UTC</p>'
    if digest.is_quiet:
        yield f"<p>{_QUIET}</p>"
    changed = [_changed_row(one, addresses) for one in digest.changed]
    lost = [_changed_row(one, addresses) for one in digest.lost]
    yield _table("New pictures", changed, digest.changed_count)
    yield _table("Lost pictures", lost, digest.lost_count)
    yield _table("To connect again", [_needed_row(one) for one in digest.needed], digest.needed_count)
    yield _table("Runs", [_row(escape(_run_line(run))) for run in digest.runs], len(digest.runs))
    if digest.is_cut:
        yield "<p>More has happened than is told here.</p>"


def _table(title: str, rows: list[str], count: int) -> str:
    if not count:
        return ""
    more = _row(f"and {count - len(rows)} more") if count > len(rows) else ""
    return (
        f'<h2 style="font-size:16px;margin-top:24px">{title}: {count}</h2>'
        f'<table role="presentation" cellspacing="0" cellpadding="0">{"".join(rows)}{more}</table>'
    )


def _row(*cells: str) -> str:
    told = "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells)
    return f"<tr>{told}</tr>"


def _changed_row(one: Changed, addresses: Mapping[str, str]) -> str:
    before = _picture(one.previous_hash, f"before, from {one.previous_source}", addresses)
    now = _picture(one.content_hash, f"now, from {one.source}", addresses)
    return _row(before, "→", now, f"{_person(one.name, one.talent_id)}<br>{escape(_how(one))}")


def _person(name: str, talent_id: str) -> str:
    return f"<strong>{escape(name)}</strong> ({escape(talent_id)})"


def _picture(content_hash: str | None, says: str, addresses: Mapping[str, str]) -> str:
    address = addresses.get(content_hash or "")
    if address is None:
        return f'<span style="color:#59636e">{escape(says)}</span>'
    size = 'width="64" height="64"'
    return f'<img src="{address}" {size} alt="{escape(says)}" style="border-radius:32px;display:block">'


def _needed_row(one: Needed) -> str:
    where = f"{escape(one.platform)}, since {one.since:%Y-%m-%d}"
    link = f'<a href="{escape(one.link)}">the link to send</a>' if one.link else ""
    return _row(_person(one.name, one.talent_id), where, link)
