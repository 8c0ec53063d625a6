"""What only a server needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from talentimg.bootstrap.stores import Stores

if TYPE_CHECKING:
    from talentimg.repository.interface.profiles import Profiles
    from talentimg.repository.interface.serving import Serving
    from talentimg.service.people.access import AccessTokens
    from talentimg.service.repeats import Repeats
    from talentimg.service.threads import Lane


@dataclass
class Served(Stores):
    """What only a server needs."""

    @cached_property
    def profiles(self) -> Profiles:
        """What is shown, for pages: over connections of its own, beside those of `repository`.

        Raises:
            TalentimgError: the store cannot be opened.
        """
        from talentimg.repository.interface.profiles import Profiles  # noqa: PLC0415  start-up time
        from talentimg.repository.registry import open_profiles  # noqa: PLC0415  start-up time

        repository = self.repository  # which brings a file of ours up to date
        if isinstance(repository, Profiles):  # in memory, which nobody else can open
            return repository
        return open_profiles(self.settings.database_url, self._names)

    @cached_property
    def reads(self) -> Lane:
        """Where `profiles` is asked by asynchronous code."""
        from talentimg.service.threads import Lane  # noqa: PLC0415  start-up time

        return Lane(self.profiles.at_once, "reads")

    @cached_property
    def access(self) -> AccessTokens:
        """The tokens that the server accepts."""
        from talentimg.service.people.access import AccessTokens  # noqa: PLC0415  start-up time

        return AccessTokens(self.serving, self.now)

    @cached_property
    def repeats(self) -> Repeats:
        """Knows requests that are sent again."""
        from talentimg.service.repeats import Repeats  # noqa: PLC0415  start-up time

        return Repeats(self.serving, self.now)

    @cached_property
    def serving(self) -> Serving:
        """What only the server writes."""
        from talentimg.repository.registry import open_serving  # noqa: PLC0415  start-up time

        return open_serving(self.settings.database_url, self._names)

    @property
    def floor(self) -> timedelta:
        """How old a look has to be before a page's wish is another one."""
        return timedelta(minutes=self.settings.sync_floor_minutes)

    def close(self) -> None:
        """Close what was opened."""
        for name in ("reads", "profiles", "serving"):
            if name in self.__dict__:
                getattr(self, name).close()
        super().close()
