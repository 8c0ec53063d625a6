"""Every exception that we raise on purpose.

    TalentimgError
    |-- UsageError                  a command was used in the wrong way          exit 2
    |   |-- HandleError             a handle that is invalid on its platform
    |   |-- FaultyFile              a file with faults; every one is named
    |   |-- RunNotFound             no such run, or none in progress
    |   |-- RunIsOver               the run has ended
    |   |-- TokenNotFound           no such token of the server
    |   |-- Contradicted            what is there is against it
    |   `-- KeyReused               the key of one request came with another one
    |-- TalentNotFound              no such talent                                exit 66
    |   `-- TalentForgotten         there is none, as they are to stay forgotten
    |-- CannotCreate                a file or folder cannot be made or written    exit 73
    |-- TryLater                    it cannot be done right now                   exit 75
    |   |-- StoreLocked             another process holds the store's lock
    |   |-- OutOfDate               what was to be written rests on what is no longer so
    |   |-- EditedMeanwhile         somebody else has changed what was to be written over
    |   |-- RunInProgress           another roster run is in progress
    |   |-- StillUnderWay           the same request is being carried out
    |   `-- StoreUnavailable        the database or object store does not answer
    |-- ConfigError                 a setting is wrong or missing                 exit 78
    |   |-- NobodyInFile            a file that is to be a roster has no talents
    |   |-- StoreNotFound           there is no roster yet
    |   |-- StoreUnreadable         the file is not one of our stores
    |   |-- RowRefused              the database refuses a row, for a reason of the app's own
    |   |-- ChangesRefused          it refuses what was found for some talents; the rest is kept
    |   |-- NoRunLock               no connection can be kept for the lock of a run
    |   |-- SchemaOutdated          the store needs `talentimg migrate`
    |   `-- SchemaTooNew            the store was written by a newer version
    |-- LossLimitExceeded           too many pictures would have been lost        exit 4
    |-- ObjectError                 the object store refused one read or write
    `-- SourceError                 one source could not be asked: trouble, not absence
        |-- ProviderError           the platform gave no usable answer
        |   |-- RateLimited         asked too often; says when to try again
        |   |-- ReconnectRequired   the talent must connect the account again
        |   `-- Misconfigured       the agency's credential or permission is wrong
        `-- PictureError            the platform's picture cannot be shown

Each carries a sentence that may be shown to a person (`message`), what to do next
(`hint`), and the exit code of the command line. None of them ever contains a secret:
foreign errors are translated where they are caught, `from None` where their
text could contain a URL with a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Picture


BUG: Final = 1
"""The exit code after an internal error."""
SOME_FAILED: Final = 3
"""The exit code of a run that leaves talents for somebody to look at."""


EXIT_CODE_NAMES: Final[Mapping[int, str]] = {
    0: "ok",
    BUG: "internal_error",
    2: "usage",
    SOME_FAILED: "some_failed",
    4: "valve",
    66: "not_found",
    73: "cannot_create",
    75: "try_later",
    78: "config",
}
"""What programs that get no exit code get in its place."""


class TalentimgError(Exception):
    """The root: one plain sentence, and what to do next."""

    exit_code: ClassVar[int] = BUG

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(TalentimgError):
    """A command was used in the wrong way."""

    exit_code = 2


class HandleError(UsageError):
    """A handle that is invalid on its platform."""


class FaultyFile(UsageError):
    """A file that cannot be taken as it is. Every fault in it is named, so that all can be mended at once."""

    def __init__(self, name: str, faults: Sequence[tuple[str, str | None]]) -> None:
        """The faults in their order, at least one.

        Args:
            name: what the file is called.
            faults: a sentence that names the place, and what to do about it.
        """
        if len(faults) == 1:
            (message, hint) = faults[0]
            super().__init__(message, hint=hint or "Nothing was imported.")
        else:
            super().__init__(
                f"{name} has {len(faults)} faults, and nothing was imported.",
                hint="Mend them all and import it again; --dry-run only looks.",
            )
        self.faults = tuple(faults)


class RunNotFound(UsageError):
    """There is no run with this id, or none in progress."""


class RunIsOver(UsageError):
    """The run has ended, so nothing can be asked of it any more."""


class TokenNotFound(UsageError):
    """There is no token of this name."""


class Contradicted(UsageError):
    """What is there is against it: an id that is taken, rows of another app, a change since."""


class KeyReused(UsageError):
    """The key of one request was used for another one."""


class TalentNotFound(TalentimgError):
    """No talent has this id."""

    exit_code = 66
    talent_id: str | None = None
    """The id, where that is known."""


class TalentForgotten(TalentNotFound):
    """No talent has this id, and none is to have it: somebody said that they are to be forgotten."""


class CannotCreate(TalentimgError):
    """A file or folder cannot be made or written."""

    exit_code = 73


class TryLater(TalentimgError):
    """Nothing is wrong with the request, but it cannot be carried out right now."""

    exit_code = 75


class StoreLocked(TryLater):
    """Another process held the store's lock for longer than we wait."""


class OutOfDate(TryLater):
    """What was to be written rests on what is no longer so, such as the files of a picture. Nothing was."""

    pictures: Sequence[Picture] = ()
    """The pictures that it names."""


class EditedMeanwhile(TryLater):
    """Somebody else has changed since what was to be written over. Nothing was written."""


class RunInProgress(TryLater):
    """Another roster run is in progress and holds the lock."""


class StillUnderWay(TryLater):
    """The same request is being carried out already."""


class StoreUnavailable(TryLater):
    """The database or the object store does not answer."""


class ConfigError(TalentimgError):
    """A setting is wrong or missing."""

    exit_code = 78


class NobodyInFile(ConfigError):
    """A file that is to be a roster has no talents."""


class StoreNotFound(ConfigError):
    """There is no roster at the place that the settings name."""


class StoreUnreadable(ConfigError):
    """The file exists but is not one of our stores."""


class SchemaOutdated(ConfigError):
    """The store's schema is older than this program, and must not be upgraded without being asked for."""


class SchemaTooNew(ConfigError):
    """The store was written by a newer version of this program."""


class RowRefused(ConfigError):
    """The database refuses a row: a trigger, a rule or the type of a column of the app's is against it."""


class ChangesRefused(ConfigError):
    """The database refuses what was found for some talents. What was found for the others is written."""

    def __init__(
        self, reasons: Mapping[str, str], out_of_date: Sequence[str] = (), *, others_stored: bool = False
    ) -> None:
        """Says for whom.

        Args:
            reasons: a sentence for each of these talents, by id.
            out_of_date: the talents whose change was out of date, as `Results.save` returns them.
            others_stored: whether there were others, who were stored.
        """
        more = f" And so for {len(reasons) - 1} more." if len(reasons) > 1 else ""
        super().__init__(
            f"{next(iter(reasons.values()))}{more}",
            hint=f"{'Everything else was stored. ' * others_stored}Ask whoever knows the tables of the app.",
        )
        self.reasons = reasons
        self.out_of_date = list(out_of_date)


class NoRunLock(ConfigError):
    """The database lets us have one connection only, so none can be kept for the lock of a run."""


class LossLimitExceeded(TalentimgError):
    """A roster run or an import would have taken away too many pictures, so the safety valve kept them."""

    exit_code = 4

    def __init__(
        self,
        *,
        losses: int,
        shown: int,
        allowed: int,
        needed: int,
        source: str | None = None,
        taken_by: str = "in one run",
        instead: str = "all of these talents keep theirs",
        hint: str | None = None,
    ) -> None:
        """The reason why the valve shut.

        Args:
            losses: how many pictures would be taken away.
            shown: of how many.
            allowed: how many may be taken away.
            needed: how many a person would have to allow to take all of them away.
            source: the source that exceeds the limit; None for the whole run.
            taken_by: what would take them away, in words that follow "would be taken away".
            instead: what happens instead.
            hint: what to do about it; by default what to do about a run.
        """
        where = f" from {source}" if source else ""
        self.sentence = (
            f"{losses} of {shown} pictures{where} would be taken away {taken_by}, "
            f"and at most {allowed} may be: {instead}."
        )
        super().__init__(
            f"The safety valve shut: {self.sentence}",
            hint=hint
            or f"See who it is: talentimg sync-all --dry-run --allow-losses {needed}, "
            "and if it is right, the same without --dry-run, or for some talents only: "
            f"talentimg sync ID... --allow-losses {needed}.",
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
    """One source could not be asked, or its picture not used. This is trouble, not absence."""

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
    """The platform gave no usable answer. `reason` says why."""

    of_account = False
    """Whether it concerns only this account, although its reason usually concerns the whole platform."""
    answered_by: str | None = None
    """The platform's id of whoever answered, if that is somebody else than was asked for."""


class RateLimited(ProviderError):
    """The platform was asked too often; `retry_at` says when to try again, if the platform did."""

    default_reason = Reason.THROTTLED


class ReconnectRequired(ProviderError):
    """The talent's token is missing, expired or revoked: only they can fix it."""

    default_reason = Reason.TOKEN


class Misconfigured(ProviderError):
    """The agency's own credential or permission is missing or wrong."""

    default_reason = Reason.CONFIG


class PictureError(SourceError):
    """What the platform offers as a picture cannot be shown."""

    default_reason = Reason.NOT_IMAGE
    host: str | None = None
    """Which host it was fetched from, where that is known: several pictures need not be on one."""
