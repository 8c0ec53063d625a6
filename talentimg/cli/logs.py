"""Log lines on stderr, with the tags that operators already grep for."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

from talentimg.cli.present.output import json_text
from talentimg.cli.terminal import printable, printable_lines

TALENT_TAG = "[TALENT_IMAGE]"
CRON_TAG = "[CRON]"

log = logging.getLogger("talentimg")


class _TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = printable(record.getMessage())
        if record.exc_info:
            line += "\n" + printable_lines(self.formatException(record.exc_info))
        return line


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json_text(fields, sys.stderr)


class _NoTraceback(logging.Filter):
    """Tracebacks only for those who asked: a log line is one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        record.exc_text = None
        return True


def set_up_logging(form: str, *, verbose: bool, quiet: bool = False) -> None:
    """Send our log lines to stderr, and nobody else's: libraries log whole URLs.

    Args:
        form: `text` or `json`.
        verbose: whether what changed nothing is told too, and errors with their tracebacks.
        quiet: whether only warnings and errors are told.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonFormatter() if form == "json" else _TextFormatter())
    if not verbose:
        handler.addFilter(_NoTraceback())
    log.handlers[:] = [handler]
    log.propagate = False
    log.setLevel(logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO)


def log_event(tag: str, message: str, *, level: int = logging.INFO, **fields: object) -> None:
    """One log line: tag and sentence for people, the fields for programs."""
    log.log(level, "%s %s", tag, message, extra={"fields": {"tag": tag.strip("[]"), **fields}})
