"""The nouns of the program, all frozen.

A `Talent` goes down through the layers, an `Outcome` comes back up. Times are
always timezone-aware UTC. Identifiers of talents, accounts and platform users
are strings, never numbers: some platforms' ids exceed 2**53.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

USER = "user"
"""The source that is the user's own avatar."""
MANUAL = "manual"
"""The source that is a picture chosen by a person."""
INITIALS = "initials"
"""The end of every chain: no picture, the initials are drawn."""


class OutcomeKind(StrEnum):
    """What a sync did for one talent, in the word that every surface uses."""

    UPDATED = "updated"
    """A new picture is shown."""
    UNCHANGED = "unchanged"
    """Looked, and what was shown is still right."""
    KEPT = "kept"
    """The source could not be asked; the good picture stays."""
    DEMOTED = "demoted"
    """What was shown is gone for certain; the chain moved down."""
    LOCKED = "locked"
    """A person fixed the picture; nobody was asked."""
    OPTED_OUT = "opted_out"
    """The talent wants no picture; nobody was asked."""
    RECONNECT = "reconnect"
    """A token needs the person; what was shown stays."""
    FAILED = "failed"
    """Could not ask, and there is no picture to keep."""


class State(StrEnum):
    """What the latest look at one source gave."""

    FOUND = "found"
    ABSENT = "absent"
    TROUBLE = "trouble"


class Reason(StrEnum):
    """Why a source offers no picture, or why it could not be asked."""

    # Absence: the platform answered, and there is nothing.
    NOT_FOUND = "not_found"
    """No such account, or not one that the platform shows to us."""
    NO_PICTURE = "no_picture"
    """The account is there and has no picture."""
    DEFAULT_PICTURE = "default_picture"
    """The account shows the platform's own default picture."""
    SUSPENDED = "suspended"
    """The platform withdrew the account or its owner deactivated it."""
    WITHHELD = "withheld"
    """The person asks not to be shown to visitors who are not logged in."""

    # Trouble with asking: nothing is known.
    CONFIG = "config"
    """A credential or permission of the agency is missing or wrong."""
    NO_TOKEN = "no_token"  # noqa: S105  a word, not a secret
    """Only the talent's own token can ask, and there is none."""
    TOKEN = "token"  # noqa: S105  a word, not a secret
    """The talent's token was refused or has expired: the person must reconnect."""
    IDENTITY = "identity"
    """The handle now belongs to a different platform user than before."""
    BLOCKED = "blocked"
    """The platform shows a bot wall or wants a signed request."""
    THROTTLED = "throttled"
    DNS = "dns"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    PROTOCOL = "protocol"
    TLS = "tls"
    STATUS = "status"
    BAD_JSON = "bad_json"
    SHAPE = "shape"
    UNSUPPORTED = "unsupported"
    """No provider of ours knows this platform."""

    # Trouble with a picture's address.
    BAD_URL = "bad_url"
    SCHEME = "scheme"
    USERINFO = "userinfo"
    PORT = "port"
    ADDRESS = "address"
    HOST = "host"
    REDIRECT = "redirect"
    HOPS = "hops"

    # Trouble with a picture's bytes.
    TOO_LARGE = "too_large"
    ENCODING = "encoding"
    TYPE = "type"
    NOT_IMAGE = "not_image"
    FORMAT = "format"
    PIXELS = "pixels"
    TOO_SMALL = "too_small"
    TOO_THIN = "too_thin"
    TRUNCATED = "truncated"
    PLACEHOLDER = "placeholder"
    """Looks like a placeholder (one flat colour, nothing visible)."""

    # Trouble on our side.
    DRY_RUN = "dry_run"
    """It would take something that a dry run does not do."""
    STORAGE = "storage"
    BUG = "bug"
    """Our own mistake; the log has the particulars."""


ABSENCES = frozenset(
    {
        Reason.NOT_FOUND,
        Reason.NO_PICTURE,
        Reason.DEFAULT_PICTURE,
        Reason.SUSPENDED,
        Reason.WITHHELD,
    }
)
"""The reasons that are an answer of the platform, not trouble with asking it."""
NEEDS_THE_PERSON = frozenset({Reason.NO_TOKEN, Reason.TOKEN})
"""The troubles that only the talent can end, by connecting the account again."""


@dataclass(frozen=True, slots=True)
class Token:
    """A talent's own credential on one platform. Its text is never shown."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A talent's handle on a platform.

    `platform` is lower-case. `external_id` is the platform's own stable id of
    the person, once a lookup has told it: a handle can be renamed or taken over.
    """

    id: str
    talent_id: str
    platform: str
    handle: str
    profile_url: str | None = None
    external_id: str | None = None
    token: Token | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Talent:
    """A person on the roster, with the accounts that are connected."""

    id: str
    name: str
    email: str | None = None
    avatar_url: str | None = None
    accounts: tuple[Account, ...] = ()

    def account(self, platform: str) -> Account | None:
        """The connected account on a platform, if there is one."""
        return next((a for a in self.accounts if a.platform == platform), None)


@dataclass(frozen=True, slots=True)
class Lock:
    """A person's word that the shown picture stays, until it is taken back."""

    by: str
    at: datetime
    why: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A person's say about one talent. It outranks everything a platform answers."""

    lock: Lock | None = None
    order: tuple[str, ...] | None = None
    opted_out: bool = False
    note: str | None = None

    def is_locked(self, now: datetime) -> bool:
        """Whether the lock, if any, still holds."""
        return self.lock is not None and (self.lock.until is None or now < self.lock.until)


@dataclass(frozen=True, slots=True)
class Rendition:
    """One stored form of a picture. `key` names its bytes in the object store.

    `side` is the edge length in pixels; every rendition is square.
    """

    name: str
    key: str
    side: int
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A checked picture of which we hold our own copy.

    `content_hash` is the SHA-256 (hex) of its largest WebP rendition and the
    name by which everything refers to it; `source_hash` is that of the bytes
    the platform gave.
    """

    content_hash: str
    source_hash: str
    width: int
    height: int
    renditions: tuple[Rendition, ...]
    created_at: datetime

    def rendition(self, name: str) -> Rendition:
        """The rendition of this name, for example `webp-400`.

        Raises:
            KeyError: there is none of that name.
        """
        for rendition in self.renditions:
            if rendition.name == name:
                return rendition
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one source offers for one talent, and how we know.

    `state` is the latest look; the picture fields (`content_hash` to
    `last_modified`) are those of the last good picture and survive trouble.
    """

    talent_id: str
    source: str
    state: State
    reason: Reason | None = None
    detail: str | None = None
    """One plain sentence that may be shown: it holds no secret and no raw input."""
    asked: str | None = None
    """What was asked, for `show --why`; without credentials."""
    tries: int = 0
    platform_user_id: str | None = None
    content_hash: str | None = None
    source_hash: str | None = None
    picture_url: str | None = None
    picture_key: str | None = None
    url_expires_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    checked_at: datetime | None = None
    found_at: datetime | None = None
    absent_since: datetime | None = None
    absent_count: int = 0
    trouble_since: datetime | None = None
    next_due_at: datetime | None = None

    @property
    def has_picture(self) -> bool:
        """Whether we hold a copy of a picture from this source."""
        return self.content_hash is not None

    def without_picture(self) -> Candidate:
        """The same candidate after its picture was given up."""
        return replace(
            self,
            content_hash=None,
            source_hash=None,
            picture_url=None,
            picture_key=None,
            url_expires_at=None,
            etag=None,
            last_modified=None,
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Which source's picture is shown for a talent.

    `url` is what the agency's app reads; it and `content_hash` are None for initials.
    A selection that an older program wrote has a URL and no content hash.
    """

    source: str = INITIALS
    content_hash: str | None = None
    url: str | None = None
    synced_at: datetime | None = None

    @property
    def has_picture(self) -> bool:
        """Whether a real picture is shown, whatever the source is called.

        Older programs left rows with an address and no source: that is a picture too.
        """
        return self.content_hash is not None or self.url is not None


@dataclass(frozen=True, slots=True)
class TalentRecord:
    """Everything that the store knows of one talent."""

    talent: Talent
    selection: Selection = Selection()
    policy: Policy = Policy()
    candidates: Mapping[str, Candidate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One source as one sync met it: asked or not, and what came back."""

    source: str
    state: State | None
    """None when the source was not asked."""
    reason: Reason | None = None
    detail: str | None = None
    asked: str | None = None
    tries: int = 0
    seconds: float = 0.0
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of what is shown for a talent."""

    talent_id: str
    at: datetime
    from_source: str
    from_hash: str | None
    to_source: str
    to_hash: str | None
    why: str
    by: str
    from_url: str | None = None
    """The address that the app was given for what was shown before."""


@dataclass(frozen=True, slots=True)
class Cooldown:
    """A platform, or one host of it, that is left alone until a time.

    `failures` counts how often in a row it was given up because it did not answer; it is 0
    where the platform asked for the pause itself.
    """

    platform: str
    until: datetime
    reason: Reason
    detail: str | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class RetractedOutcome:
    """An outcome that was told and is no longer true."""

    kind: OutcomeKind
    source: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sync did for one talent."""

    talent_id: str
    name: str
    kind: OutcomeKind
    source: str
    """The source that is shown now."""
    previous_source: str
    reason: Reason | None = None
    detail: str | None = None
    url: str | None = None
    content_hash: str | None = None
    attempts: tuple[Attempt, ...] = ()
    seconds: float = 0.0
    instead_of: RetractedOutcome | None = None
    """What was told of this talent earlier in the same run, which this replaces."""

    @property
    def is_trouble(self) -> bool:
        """Whether somebody should look: a source could not be asked, or its picture not used.

        An absence that waits to be confirmed is `kept` and no trouble.
        """
        if self.kind is OutcomeKind.KEPT:
            return self.reason not in ABSENCES
        return self.kind in {OutcomeKind.FAILED, OutcomeKind.RECONNECT}
