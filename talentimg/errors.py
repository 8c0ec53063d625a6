"""Every exception that we raise on purpose.

    TalentimgError
    |-- UsageError                  the words of a command make no sense          exit 2
    |   `-- HandleError             a handle its platform could never have
    |-- TalentNotFound              no such talent                                exit 66
    |-- CannotCreate                a file or folder cannot be made or written    exit 73
    |-- TryLater                    nothing is wrong here, not now                exit 75
    |   |-- StoreLocked             another process holds the store's lock
    |   |-- RunInProgress           another roster run is under way
    |   `-- StoreUnavailable        the database or object store does not answer
    |-- ConfigError                 a setting is wrong or missing                 exit 78
    |   |-- StoreNotFound           there is no roster yet
    |   |-- StoreUnreadable         the file is not one of our stores
    |   |-- SchemaOutdated          the store wants `talentimg migrate`
    |   `-- SchemaTooNew            the store was written by a newer version
    |-- LossLimitExceeded           too many pictures would have been lost        exit 4
    |-- ObjectError                 the object store refused one read or write
    `-- SourceError                 one source could not be asked: trouble, never absence
        |-- ProviderError           the platform's answer is no answer
        |   |-- RateLimited         asked too often; says when to come back
        |   |-- ReconnectRequired   the talent must connect the account again
        |   `-- Misconfigured       the agency's credential or permission is wrong
        `-- PictureError            the platform's picture is not one that we show

Each carries a sentence that may be shown to a person (`message`), what to do next
(`hint`), and the exit code of the command line. None of them ever holds a secret:
foreign errors are translated where they are caught, `from None` where their
text could hold a URL with a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.models import Reason

if TYPE_CHECKING:
    from datetime import datetime


BUG: Final = 1
"""The exit code after an internal error."""
SOME_FAILED: Final = 3
"""The exit code of a run after which somebody has to look at some of the talents."""


class TalentimgError(Exception):
    """The root: one plain sentence, and what to do next."""

    exit_code: ClassVar[int] = BUG

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(TalentimgError):
    """The words of a command make no sense."""

    exit_code = 2


class HandleError(UsageError):
    """A handle that its platform could never have."""


class TalentNotFound(TalentimgError):
    """No talent has this id."""

    exit_code = 66


class CannotCreate(TalentimgError):
    """A file or folder cannot be made or written."""

    exit_code = 73


class TryLater(TalentimgError):
    """Nothing is wrong with what was asked; it cannot be done just now."""

    exit_code = 75


class StoreLocked(TryLater):
    """Another process holds the store's lock for longer than we wait."""


class RunInProgress(TryLater):
    """Another roster run holds the lock that there is one of."""


class StoreUnavailable(TryLater):
    """The database or the object store does not answer."""


class ConfigError(TalentimgError):
    """A setting is wrong or missing."""

    exit_code = 78


class StoreNotFound(ConfigError):
    """There is no roster yet where the settings point."""


class StoreUnreadable(ConfigError):
    """The file is there and is not one of our stores."""


class SchemaOutdated(ConfigError):
    """The store's schema is older than this program and is not ours to upgrade unasked."""


class SchemaTooNew(ConfigError):
    """The store was written by a newer version of this program."""


class LossLimitExceeded(TalentimgError):
    """The safety valve held back what a roster run would have taken away."""

    exit_code = 4

    def __init__(
        self, *, losses: int, shown: int, allowed: int, needed: int, source: str | None = None
    ) -> None:
        """Why the valve shut.

        Args:
            losses: pictures that would be taken away, ...
            shown: ... of so many, ...
            allowed: ... where so many may be.
            needed: what a person would have to allow for the whole run to take them all away.
            source: from which one, where a single source is over the limit; None for the whole run.
        """
        where = f" from {source}" if source else ""
        self.sentence = (
            f"{losses} of {shown} pictures{where} would be taken away in one run, "
            f"and at most {allowed} may be: all of these talents keep theirs."
        )
        super().__init__(
            f"The safety valve shut: {self.sentence}",
            hint=f"See who it is: talentimg sync-all --dry-run --allow-losses {needed}, "
            "and if it is right, the same without --dry-run.",
        )
        self.losses, self.shown, self.allowed, self.needed, self.source = (
            losses,
            shown,
            allowed,
            needed,
            source,
        )


class ObjectError(TalentimgError):
    """The object store refused one read or write."""

    exit_code = 75


class SourceError(TalentimgError):
    """One source could not be asked, or its picture not used. Trouble, never absence."""

    exit_code = 3
    default_reason: ClassVar[Reason] = Reason.UNREACHABLE

    def __init__(
        self,
        message: str,
        *,
        reason: Reason | None = None,
        hint: str | None = None,
        retry_at: datetime | None = None,
        tries: int = 1,
    ) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason or self.default_reason
        self.retry_at = retry_at
        self.tries = tries


class ProviderError(SourceError):
    """The platform gave no usable answer. `reason` says which kind of none."""

    of_account = False
    """Whether it concerns this one account, though its reason mostly concerns a whole platform."""


class RateLimited(ProviderError):
    """Asked too often; `retry_at` says when to come back, if the platform did."""

    default_reason = Reason.THROTTLED


class ReconnectRequired(ProviderError):
    """The talent's token is missing, expired or revoked: only they can mend it."""

    default_reason = Reason.TOKEN


class Misconfigured(ProviderError):
    """The agency's own credential or permission is missing or wrong."""

    default_reason = Reason.CONFIG


class PictureError(SourceError):
    """What the platform calls a picture is not one that we show."""

    default_reason = Reason.NOT_IMAGE
