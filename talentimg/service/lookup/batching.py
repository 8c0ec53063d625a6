"""Many questions become few calls: one batcher in front of each provider.

Each question is about one account. Questions that wait at the same time and can share a call do so: until
the call is full, or no more are expected, or for a few milliseconds. A call that waits for its turn still
accepts more.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Final

from talentimg.errors import ProviderError, TalentimgError
from talentimg.models import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from talentimg.models import Account
    from talentimg.providers.interface import Absent, Found, Provider
    from talentimg.service.lookup.allowance import Allowance

log = logging.getLogger("talentimg.batching")

LINGER_S: Final = 0.005
"""How long a call that is not full waits for more when none are expected."""
MAX_WAIT_S: Final = 10.0
"""How long it waits at most while more are expected; a slow machine needs seconds to fill it."""
POLL_INTERVAL_S: Final = 0.02
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class Batcher:
    """Asks one provider, politely and in as few calls as it allows."""

    def __init__(
        self,
        provider: Provider,
        allowance: Allowance,
        *,
        expects_more: Callable[[], bool] = lambda: False,
        max_wait_s: float = MAX_WAIT_S,
    ) -> None:
        """A batcher.

        Args:
            provider: asks the platform.
            allowance: says when it may be asked.
            expects_more: whether more questions are sure to come, so that a call waits until it is full.
            max_wait_s: seconds after which it is sent in any case.
        """
        self._provider = provider
        self._allowance = allowance
        self._pace = allowance.pacing.pace(provider.info)
        self._expects_more = expects_more
        self._max_wait_s = max_wait_s
        self._filling: dict[tuple[str, str], _Batch] = {}

    @property
    def waiting(self) -> int:
        """Accounts in calls that are not full yet."""
        return sum(len(batch.accounts()) for batch in self._filling.values())

    async def ask(self, account: Account) -> Found | Absent:
        """The provider's answer for one account.

        Raises:
            ProviderError: it could not be asked, or gave no usable answer.
        """
        quota, group = self._provider.quota_key(account), self._provider.batch_key(account)
        if group is None:
            answers = await self._answers(quota, lambda: [account])
            return _value(answers.get(account.id))
        batch = self._filling.get((quota, group)) or self._open((quota, group))
        answer = batch.join(account)
        if batch.is_full:
            self._filling.pop((quota, group), None)
        try:
            return _value(await answer)
        finally:
            batch.leave(account, answer)
            if not batch.accounts() and self._filling.get((quota, group)) is batch:
                del self._filling[quota, group]  # or the next one would join a cancelled call

    # -- one call for several -----------------------------------------------------

    def _open(self, key: tuple[str, str]) -> _Batch:
        batch = self._filling[key] = _Batch(self._provider.info.batch_size)
        batch.task = asyncio.create_task(self._run(key, batch))
        return batch

    async def _run(self, key: tuple[str, str], batch: _Batch) -> None:
        def close() -> list[Account]:
            if self._filling.get(key) is batch:
                del self._filling[key]
            return batch.accounts()

        try:
            await self._fill(batch)
            batch.deliver(await self._answers(key[0], close))
        except asyncio.CancelledError:
            close()
            raise
        except Exception as error:  # noqa: BLE001  it is raised where the answer is waited for
            close()
            batch.deliver(dict.fromkeys((account.id for account in batch.accounts()), error))

    async def _fill(self, batch: _Batch) -> None:
        """Wait until the call is full, or no more are expected."""
        began = monotonic()
        await batch.filled(LINGER_S)
        while not batch.is_full and self._expects_more() and monotonic() - began < self._max_wait_s:
            await batch.filled(POLL_INTERVAL_S)

    # -- asking ---------------------------------------------------------------------

    async def _answers(
        self, quota: str, take: Callable[[], list[Account]]
    ) -> dict[str, Found | Absent | Exception]:
        """Ask when it is our turn, and ask again for those refused, if the pause is short enough.

        Args:
            quota: the key of a cool-down.
            take: returns the accounts, at the last moment.
        """
        answers: dict[str, Found | Absent | Exception] = {}
        retrying: list[Account] | None = None
        while True:
            await self._allowance.wait_until_ready(
                quota, self._provider.info.label, talents=self._provider.info.batch_size
            )
            async with self._pace.slot:
                if await self._allowance.is_cooling_down(quota):
                    continue  # it began while we waited for a slot
                turn = await self._pace.wait_turn()
                if await self._allowance.is_cooling_down(quota):
                    self._pace.refund(turn)
                    continue  # or for our turn
                accounts = take() if retrying is None else retrying
                if accounts:
                    answers |= await self._call(accounts)
                    if (ends := self._provider.quota_ends()) is not None:
                        await self._allowance.spend(self._provider.info.name, ends)
            retrying = await self._to_retry(quota, accounts, answers, turn)
            if not retrying:
                return answers

    async def _to_retry(
        self,
        quota: str,
        accounts: list[Account],
        answers: Mapping[str, Found | Absent | Exception],
        turn: float | None,
    ) -> list[Account]:
        """The accounts to ask for again, after the pause that the platform wants."""
        refusals = {a.id: error for a in accounts if (error := _refusal(answers[a.id]))}
        if not any(_was_sent(answers[account.id]) for account in accounts):
            self._pace.refund(turn)
        elif not refusals:
            self._pace.answered()
        if not refusals:
            return []
        latest = max(refusals.values(), key=lambda error: error.retry_at or _LONG_AGO)
        if latest.tries:  # else our own gate refused
            self._pace.refused()
        cooldown = await self._allowance.pacing.start_cooldown(quota, latest)
        may_retry = self._allowance.reserve_wait(cooldown)
        return [account for account in accounts if account.id in refusals] if may_retry else []

    async def _call(self, accounts: Sequence[Account]) -> dict[str, Found | Absent | Exception]:
        """One call. An account that causes an internal error does not affect the others."""
        try:
            return self._complete(accounts, await self._provider.lookup(accounts))
        except ProviderError as error:
            return dict.fromkeys((account.id for account in accounts), error)
        except TalentimgError:
            raise
        except Exception as error:  # noqa: BLE001  as above
            if len(accounts) == 1:
                return {accounts[0].id: error}
            log.warning(
                "An internal error in a call for %d accounts; they are asked for one by one.", len(accounts)
            )
            one_by_one = [await self._call([account]) for account in accounts]
            return {key: answer for answers in one_by_one for key, answer in answers.items()}

    def _complete(
        self, accounts: Sequence[Account], answers: Mapping[str, Found | Absent | ProviderError]
    ) -> dict[str, Found | Absent | Exception]:
        """The answers, with an error for each account that was left out."""
        label = self._provider.info.label
        left_out = ProviderError(f"{label}'s answer leaves out the account.", reason=Reason.SHAPE)
        return {account.id: answers.get(account.id, left_out) for account in accounts}


class _Batch:
    """The accounts that wait for one call."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: dict[str, tuple[Account, list[asyncio.Future[Found | Absent | Exception]]]] = {}
        self._full = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Whether there is no room left."""
        return self._full.is_set()

    def join(self, account: Account) -> asyncio.Future[Found | Absent | Exception]:
        """Wait with the others. An account that is asked for twice counts once."""
        answer: asyncio.Future[Found | Absent | Exception] = asyncio.get_running_loop().create_future()
        _, answers = self._waiting.setdefault(account.id, (account, []))
        answers.append(answer)
        if len(self._waiting) >= self._size:
            self._full.set()
        return answer

    def leave(self, account: Account, answer: asyncio.Future[Found | Absent | Exception]) -> None:
        """Stop waiting, answered or not. Once nobody waits, the call is cancelled."""
        _, answers = self._waiting.get(account.id, (account, []))
        if answer in answers:
            answers.remove(answer)
        if not answers:
            self._waiting.pop(account.id, None)
        if not self._waiting and self.task is not None:
            self.task.cancel()

    def accounts(self) -> list[Account]:
        """The accounts that are still waited for."""
        return [account for account, _ in self._waiting.values()]

    def deliver(self, answers: Mapping[str, Found | Absent | Exception]) -> None:
        """Give everybody who waits their answer."""
        for account, futures in list(self._waiting.values()):
            for future in futures:
                if not future.done() and account.id in answers:
                    future.set_result(answers[account.id])

    async def filled(self, seconds: float) -> None:
        """Wait until it is full, but no longer than this."""
        try:
            async with asyncio.timeout(seconds):
                await self._full.wait()
        except TimeoutError:
            return


def _value(answer: Found | Absent | Exception | None) -> Found | Absent:
    if isinstance(answer, Exception):
        raise answer
    assert answer is not None  # `_complete` ensures it
    return answer


def _refusal(answer: Found | Absent | Exception) -> ProviderError | None:
    """The answer, if the platform refuses all accounts with it and not just one."""
    if isinstance(answer, ProviderError) and answer.reason is Reason.THROTTLED and not answer.of_account:
        return answer
    return None


def _was_sent(answer: Found | Absent | Exception) -> bool:
    """Whether a request was sent; if not, our own gate or a setting prevented it."""
    return not isinstance(answer, ProviderError) or answer.tries > 0
