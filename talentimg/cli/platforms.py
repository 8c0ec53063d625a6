"""`talentimg platforms`: how each platform stands, and how it answered on the latest nights."""

from __future__ import annotations

from typing import Annotated

import typer

from talentimg.cli import context


def command(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Show how each platform stands: left alone or not, pace, quota, and its success over seven nights."""
    with context.of(ctx).app(read_only=True) as app:
        reports = app.platforms.report()
        now = app.now()
    if as_json:
        from talentimg.cli.present.output import print_json
        from talentimg.shapes import platform_report_json

        for report in reports:
            print_json(platform_report_json(report), indent=None)
        return
    from talentimg.cli.present.platforms import print_platforms

    print_platforms(reports, now)
