"""How a look at a source went, and why it gave no picture."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """The result of the latest look at one source."""

    FOUND = "found"
    ABSENT = "absent"
    TROUBLE = "trouble"


class Reason(StrEnum):
    """Why a source offers no picture, or why it could not be asked."""

    # Absence: the platform answered that there is nothing.
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
    MISSING = "missing"
    """The picture's server says that there is nothing at this address (404 or 410)."""
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

    # No trouble: a person is asked.
    REVIEW = "review"
    """A new picture waits for a person's word before it is shown."""

    # Trouble on our side.
    DRY_RUN = "dry_run"
    """It would take something that a dry run does not do."""
    PROCESSING = "processing"
    """No copy could be made of a picture that may be good: too little memory, or an encoder that failed."""
    STORAGE = "storage"
    BUG = "bug"
    """An internal error in talentimg; the log has the details."""


ABSENCES = frozenset(
    {
        Reason.NOT_FOUND,
        Reason.NO_PICTURE,
        Reason.DEFAULT_PICTURE,
        Reason.SUSPENDED,
        Reason.WITHHELD,
    }
)
"""The reasons that are the platform's answer, as opposed to trouble with asking it."""
NEEDS_THE_PERSON = frozenset({Reason.NO_TOKEN, Reason.TOKEN})
"""The kinds of trouble that only the talent can fix, by connecting the account again."""
USELESS_PICTURES = frozenset(
    {
        Reason.BAD_URL,
        Reason.SCHEME,
        Reason.USERINFO,
        Reason.PORT,
        Reason.ADDRESS,
        Reason.MISSING,
        Reason.TOO_LARGE,
        Reason.FORMAT,
        Reason.PIXELS,
        Reason.TOO_SMALL,
        Reason.TOO_THIN,
        Reason.PLACEHOLDER,
    }
)
"""The reasons that concern one picture alone, and will hardly change."""
DOUBTFUL_PICTURES = frozenset(
    {
        Reason.HOST,
        Reason.REDIRECT,
        Reason.HOPS,
        Reason.ENCODING,
        Reason.TYPE,
        Reason.NOT_IMAGE,
        Reason.TRUNCATED,
    }
)
"""The same for a picture that has never been good. Else it may be a wall, or an answer that was cut off."""
