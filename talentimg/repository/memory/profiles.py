"""What is shown, of a roster in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from talentimg.models.review import ReviewState
from talentimg.repository.interface.profiles import PAGE, AppUser, Profile, ProfileAccount, Profiles
from talentimg.repository.memory.state import MemoryState

if TYPE_CHECKING:
    from talentimg.models import Rendition
    from talentimg.repository.memory.talents import StoredAccount, StoredTalent


class MemoryProfiles(MemoryState, Profiles):
    """The part of the repository that shows it. There is no app: a talent is a user of the same id."""

    def profile(self, talent_id: str) -> Profile | None:
        with self._lock:
            found = self._talents.get(talent_id)
            return self._profile(talent_id, found) if found else None

    def profile_of_user(self, user_id: str) -> Profile | None:
        return self.profile(user_id)

    def profiles(
        self, *, before: str | None = None, limit: int = PAGE, representation: str | None = None
    ) -> list[Profile]:
        with self._lock:
            ids = sorted((i for i in self._talents if before is None or i < before), reverse=True)
            wanted = ids[:limit] if representation is None else []
            page = [self._profile(talent_id, self._talents[talent_id]) for talent_id in wanted]
        return [replace(profile, renditions=()) for profile in page]

    def account(self, account_id: str) -> ProfileAccount | None:
        with self._lock:
            every = (a for t in self._talents.values() for a in t.stored_accounts.values())
            return next((_account(a) for a in every if a.account.id == account_id), None)

    def user(self, user_id: str) -> AppUser | None:
        found = self.profile(user_id)
        return found.user if found else None

    def forms(self, content_hash: str, *, waiting: bool = False) -> tuple[Rendition, ...]:
        with self._lock:
            shown = {talent.selection.content_hash for talent in self._talents.values()}
            if waiting:
                shown |= {
                    one.content_hash for one in self._reviews.values() if one.state is ReviewState.WAITING
                }
            return self._stored_forms(content_hash) if content_hash in shown else ()

    def check(self) -> None:
        """It always answers."""

    def close(self) -> None:
        """Nothing is open."""

    def _stored_forms(self, content_hash: str) -> tuple[Rendition, ...]:
        found = self._pictures.get(content_hash)
        return found.renditions if found else ()

    def _profile(self, talent_id: str, talent: StoredTalent) -> Profile:
        shown = talent.selection
        return Profile(
            talent_id=talent_id,
            name=talent.name,
            source=shown.source,
            url=shown.url,
            content_hash=shown.content_hash,
            renditions=self._stored_forms(shown.content_hash or ""),
            synced_at=shown.synced_at,
            user=AppUser(talent_id, talent.email, talent.name, talent.avatar_url)
            if talent.email or talent.avatar_url
            else None,
            accounts=tuple(
                _account(stored, pictured=_is_pictured(talent, platform))
                for platform, stored in sorted(talent.stored_accounts.items())
            ),
        )


def _is_pictured(talent: StoredTalent, platform: str) -> bool:
    candidate = talent.candidates.get(platform)
    return candidate is not None and candidate.has_picture


def _account(stored: StoredAccount, *, pictured: bool = False) -> ProfileAccount:
    one = stored.account
    return ProfileAccount(
        id=one.id,
        talent_id=one.talent_id,
        platform=one.platform,
        handle=one.handle,
        profile_url=one.profile_url,
        connected=stored.connected,
        pictured=pictured,
    )
