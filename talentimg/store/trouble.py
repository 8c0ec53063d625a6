"""What is wrong when a bucket refuses, in words and with what to do: from the error codes of S3 and its like.

obstore hands on what a server said only as text, which can contain signed URLs: only what is found in the
table gets out, and a code. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

RIGHTS: Final = "s3:PutObject and s3:GetObject on its objects, and s3:ListBucket on the bucket"
_CODE: Final = re.compile(r"<Code>([A-Za-z]{1,64})</Code>")
_STATUS: Final = re.compile(r"status code: (\d{3})")


class Trouble(NamedTuple):
    """What to say of a store, as in "s3://pictures is full", and what to do.

    `passes` says that it may soon be over, and `ours` that only other settings help.
    """

    says: str
    hint: str
    passes: bool = False
    ours: bool = False


_REFUSED = Trouble(
    "refuses our credentials", f"Check them in the environment. They need {RIGHTS}.", ours=True
)
_REGION = Trouble(
    "lies in another region, or its address is wrong",
    "Set AWS_REGION to the region of the bucket, and check AWS_ENDPOINT_URL.",
    ours=True,
)
_EXPIRED = Trouble(
    "refuses our credentials: the session has expired",
    "Renew AWS_SESSION_TOKEN and the key that belongs to it.",
    ours=True,
)
_MISSING = Trouble("does not exist", "Check images.store, or create the bucket first.", ours=True)
_UNABLE = Trouble(
    "cannot do what is asked of it",
    "It has to understand conditional uploads (If-None-Match: *): is it up to date?",
    ours=True,
)
_BUSY = Trouble("asks us to slow down", "Try again later.", passes=True)
_BROKEN = Trouble("has trouble of its own", "Try again later, and look at its logs.", passes=True)
_CUT_OFF = Trouble("broke the connection off", "Try again later, and look at what lies between.", passes=True)
_FULL = Trouble("is full", "Make room, or raise its quota.")

_BY_CODE: Final = {
    "AccessDenied": _REFUSED,
    "InvalidAccessKeyId": Trouble(
        "does not know our key, so it refuses our credentials",
        "Check AWS_ACCESS_KEY_ID, and that AWS_ENDPOINT_URL names the store that it belongs to.",
        ours=True,
    ),
    "SignatureDoesNotMatch": Trouble(
        "refuses our credentials: the signature is wrong",
        "Check AWS_SECRET_ACCESS_KEY and AWS_REGION.",
        ours=True,
    ),
    "RequestTimeTooSkewed": Trouble(
        "says that our clock is wrong", "Set the clock of this machine, or of the store.", ours=True
    ),
    "ExpiredToken": _EXPIRED,
    "InvalidToken": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "AuthorizationHeaderMalformed": _REGION,
    "PermanentRedirect": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "NoSuchBucket": _MISSING,
    "NotImplemented": _UNABLE,
    "SlowDown": _BUSY,
    "RequestTimeout": _CUT_OFF,
    "IncompleteBody": _CUT_OFF,
    "QuotaExceeded": _FULL,
    "XMinioStorageFull": _FULL,
}
_BY_STATUS: Final = {
    "301": _REGION,
    "401": _REFUSED,
    "403": _REFUSED,
    "404": _MISSING,
    "408": _CUT_OFF,
    "429": _BUSY,
    "501": _UNABLE,
    "503": _BUSY,
    "507": _FULL,
}
# What obstore's text has in it when there was no answer, or not one of the store's own.
_BY_WORDS: Final = (
    (
        # Without credentials in the environment it asks the machine's cloud, which most machines have not.
        re.compile(r"169\.254\.\d+\.\d+|metadata\.google|metadata/identity"),
        Trouble(
            "cannot be used without credentials",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or GOOGLE_*, AZURE_*) in the environment.",
            ours=True,
        ),
    ),
    (
        re.compile("BadScheme|builder error"),
        Trouble(
            "has an address without TLS",
            "If it is meant to begin with http://, set AWS_ALLOW_HTTP=true.",
            ours=True,
        ),
    ),
    (
        re.compile("certificate", re.IGNORECASE),
        Trouble("has a certificate that is not trusted", "Check its certificate and address.", ours=True),
    ),
    (re.compile("redirect", re.IGNORECASE), _REGION),
    (re.compile("TimedOut|kind: Timeout"), Trouble("does not answer", "Is it up?")),
    (
        re.compile(
            "ConnectionReset|ConnectionAborted|BrokenPipe|IncompleteMessage|IncompleteBody|UnexpectedEof"
        ),
        _CUT_OFF,
    ),
    (
        # A resolver that is away itself says "Temporary failure in name resolution": that passes.
        re.compile("Name or service not known|nodename nor servname|No address associated"),
        Trouble("has an address that leads nowhere", "Check the host name in AWS_ENDPOINT_URL.", ours=True),
    ),
    (
        re.compile("kind: Connect"),
        Trouble("cannot be reached", "Is it up and its address correct?", passes=True),
    ),
)
_OTHER = Trouble("does not work", "Is the object store up and its address correct?")


def trouble_in(error: Exception) -> Trouble:
    """What an error of obstore's means."""
    text = str(error)
    for words, trouble in _BY_WORDS[:1]:
        if words.search(text):
            return trouble
    code, status = _CODE.search(text), _STATUS.search(text)
    if code or status:
        return _answered(code[1] if code else "", status[1] if status else "")
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
        return _REFUSED
    if isinstance(error, FileNotFoundError):
        return _MISSING
    return next((trouble for words, trouble in _BY_WORDS if words.search(text)), _OTHER)


def _answered(code: str, status: str) -> Trouble:
    unknown = _BROKEN if status.startswith("5") else _OTHER
    trouble = _BY_CODE.get(code) or _BY_STATUS.get(status) or unknown
    return trouble._replace(says=f"{trouble.says} ({code or status})")
