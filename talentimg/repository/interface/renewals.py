"""The port by which processes agree on who renews a talent's token, and keep who has to connect again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from talentimg.models import Account, Reconnect, Token


class Turn(NamedTuple):
    """Whether it is one's turn to renew a token, and the token that the account has now.

    `holder` is who has the turn, if somebody else has.
    """

    token: Token | None
    is_ours: bool
    holder: str | None = None


class Renewals(ABC):
    """Keeps whose turn it is. All methods are synchronous."""

    @abstractmethod
    def begin_renewal(
        self, account: Account, holder: str, now: datetime, until: datetime, *, dead: Collection[str] = ()
    ) -> Turn:
        """Take the turn to renew `account.token`, unless somebody has it or has written another token.

        Args:
            account: whose token.
            holder: who asks.
            now: the time; a turn that has run out by then is nobody's.
            until: when this one runs out.
            dead: holders that are known to have died: their turns are nobody's.

        Returns:
            Whether it is one's turn. The token is None if the account has been disconnected or replaced.
        """

    @abstractmethod
    def end_renewal(self, account: Account, holder: str, *, failed_at: datetime | None = None) -> None:
        """Give the turn back, and keep when it failed, if so. Not an error if somebody else has it."""

    @abstractmethod
    def begin_round(self, now: datetime, until: datetime) -> bool:
        """Whether nobody has begun a round over all tokens that is good until after now; begins one."""

    @abstractmethod
    def ending(
        self, before: Mapping[str, datetime], *, tried_before: datetime, limit: int
    ) -> Mapping[str, Sequence[str]]:
        """The ids of talents with a token for a platform that ends before a time, the first to end first.

        The accounts of each platform are all looked through.

        Args:
            before: by platform, when their tokens end at the latest.
            tried_before: who failed since then is left out.
            limit: the most ids of each.
        """

    @abstractmethod
    def need_reconnect(self, talent_id: str, platform: str, now: datetime, detail: str | None) -> bool:
        """Keep that a person has to connect an account again; False if that is known already."""

    @abstractmethod
    def reconnected(self, talent_ids: Sequence[str], platform: str, now: datetime) -> None:
        """Keep that they need not any more; not an error if they never had to."""

    @abstractmethod
    def reconnects_needed(self, *, limit: int) -> list[Reconnect]:
        """Who has to connect an account again, the longest first.

        Looks that are saved keep it up to date, and accounts that are disconnected or given a token.
        """
