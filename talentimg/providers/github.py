"""GitHub: 60 requests an hour without credentials; 5,000 with any kind of token.

    by login       GET  {base_url}/users/{login}
    by number      GET  {base_url}/user/{id}       once it is known: somebody else can take a freed login

The picture's URL never changes, so only validators and the hash of the bytes reveal a new picture.
Nor does the URL distinguish the identicon that GitHub generates for users without a picture.
"""

from __future__ import annotations

import re
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final

from talentimg.errors import Misconfigured
from talentimg.http.links import with_query
from talentimg.http.retry_after import DEFAULT_PAUSE, retry_at
from talentimg.models import Reason
from talentimg.providers.evidence import heard, words
from talentimg.providers.interface import (
    Absent,
    Found,
    Provider,
    ProviderInfo,
    ProviderSetting,
    RemotePicture,
)
from talentimg.providers.profiles import Profiles, listed
from talentimg.providers.replies import (
    check_identity,
    peek,
    raise_for_status,
    read,
    throttled,
    usable_handle,
)

if TYPE_CHECKING:
    from talentimg.http.interface import Reply
    from talentimg.models import Account
    from talentimg.providers.replies import Part

BASE_URL: Final = "https://api.github.com"
PICTURE_HOST: Final = "avatars.githubusercontent.com"
SIDE: Final = "460"  # the size without a parameter; GitHub serves more only if more was uploaded
# https://docs.github.com/en/rest/about-the-rest-api/api-versions
HEADERS: Final = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
# A gateway in between may answer in JSON too; GitHub's own errors say where they are documented.
DOCUMENTED: Final = r"https://(?:docs|developer)\.github\.com/.*"
NOT_FOUND: Final = words(404, message="Not Found", documentation_url=DOCUMENTED)
BAD_CREDENTIALS: Final = words(401, message=".+", documentation_url=DOCUMENTED)
GITHUBS_OWN: Final = listed("""
    about account apps business careers codespaces collections contact copilot customer-stories dashboard
    discussions edu enterprise events explore features gist gists home import issues join login logout
    marketplace mirrors mobile new notifications open-source organizations pages partners personal
    premium-support pricing projects pulls readme resources search security sessions settings signup site
    solutions team topics trending watching why-github /sponsors /stars /users sponsors/accounts
    sponsors/community sponsors/explore docs.github.com raw.github.com support.github.com
""")
# A gist has its number, of 20 or 32 digits, where a login may stand; old ones a shorter one.
A_GISTS_OWNER: Final = r"/(?!(?:[0-9a-f]{20}|[0-9a-f]{32}|[0-9]+|discover|starred|forked)\Z)([^/]+)"
NUMBER: Final = re.compile(r"[0-9]{1,20}")

TOKEN_ENDS: Final = "github-authentication-token-expiration"  # noqa: S105  the name of a header
"""A header of every answer to a token that ends, such as `2026-12-31 23:59:59 UTC` or `... -0800`."""


class GitHub(Provider):
    """Queries GitHub's REST API."""

    info: ClassVar[ProviderInfo] = ProviderInfo(
        name="github",
        label="GitHub",
        docs="https://docs.github.com/en/rest/users/users",
        needs="nothing",
        # Managed users have an underscore; old names may end in a hyphen or contain two in a row.
        handle_pattern=r"[a-z0-9][a-z0-9_-]{0,38}",
        handle_example="ada-lovelace",
        profiles=Profiles(
            hosts=("github.com",),
            paths=(r"/(?:(?:sponsors|stars|users)/)?([^/]+)", r"/(?:sponsors|stars|users)/([^/]+)/.*"),
            paths_at={"gist.github.com": (A_GISTS_OWNER,), "api.github.com": (r"/users/([^/]+)(?:/.*)?",)},
            others={"a page of GitHub's own": GITHUBS_OWN, "an organisation": ("orgs", "enterprises")},
            otherwise="a repository",
            like="github.com/ada-lovelace",
        ),
        picture_hosts=(PICTURE_HOST,),
        settings=(
            ProviderSetting("base_url", "Base URL of the GitHub API.", BASE_URL),
            ProviderSetting(
                "token", "Any kind of token, without permissions; it raises the rate limit.", secret=True
            ),
        ),
        notes="60 users an hour can be looked up without a token, 5,000 with one."
        " The URL does not distinguish a picture from the identicon of users without one.",
    )

    async def lookup_one(self, account: Account) -> Found | Absent:
        """Look up by number once it is known, otherwise by login.

        Raises:
            ProviderError: see `Provider.lookup_one`.
        """
        known = account.external_id
        if known is not None and NUMBER.fullmatch(known):
            path, asked = f"/user/{known}", f"github: user number {known}"
        else:
            login = usable_handle(self, account)
            path, asked = f"/users/{login}", f"github: user {login}"
        reply = await self._ask(path)
        if spoken := heard(reply, NOT_FOUND):
            return Absent(Reason.NOT_FOUND, "There is no such user on GitHub.", spoken, asked=asked)
        self._raise_for_error(reply)
        return self._answer(account, read(reply, self.info), asked)

    async def _ask(self, path: str) -> Reply:
        token = self.context.settings.get("token")
        headers = HEADERS | {"Authorization": f"Bearer {token}"} if token else HEADERS
        # A renamed user's old login redirects to their number.
        reply = await self.context.api.request(
            "GET", self.base_url + path, headers=headers, follow_redirects=True
        )
        if ends_at := token_end_in(reply.headers.get(TOKEN_ENDS, "")):
            self.credentials_end_at = ends_at
        return reply

    def _raise_for_error(self, reply: Reply) -> None:
        """Raise for GitHub's error responses.

        Raises:
            ProviderError: the response is one.
        """
        if _is_throttled(reply, peek(reply, self.info)):
            error = throttled(reply, self.info, retry_at(reply.headers, self.context.now(), DEFAULT_PAUSE))
            if not self.context.settings.get("token"):
                error.hint = (
                    "It will be retried automatically. Setting providers.github.token raises the limit."
                )
            raise error
        if heard(reply, BAD_CREDENTIALS):
            raise Misconfigured(
                "GitHub does not accept the configured token.",
                hint="Replace providers.github.token, or remove it: GitHub also answers without one.",
                tries=reply.tries,
            )
        raise_for_status(reply, self.info, self.context.now())

    def _answer(self, account: Account, user: Part, asked: str) -> Found:
        user_id = user.id("id")
        check_identity(account, user_id, self.info, user.tries)
        url = user.text("avatar_url")
        picture = RemotePicture((with_query(url, "s", SIDE), url), hosts=self.picture_hosts)
        return Found(picture, user_id, user.optional_text("login"), asked)


def token_end_in(text: str) -> datetime | None:
    """When a token ends; None if that is not what the text tells."""
    try:
        return datetime.strptime(text.strip().replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return None


def _is_throttled(reply: Reply, body: Part) -> bool:
    """Both of GitHub's rate limits may be reported as a 403.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    if reply.status != HTTPStatus.FORBIDDEN:
        return False
    where = body.dig("documentation_url")
    return (
        reply.headers.get("x-ratelimit-remaining") == "0"
        or "retry-after" in reply.headers
        or (isinstance(where, str) and "rate-limit" in where)
    )
