"""Webhooks and their deliveries, on every backend."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from talentimg.models import Delivery, DeliveryState, FeedKind, Webhook
from tests.repository.builders import DAY, HOUR, NOW, talent

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository

HOOK = Webhook("wh_1", "https://crm.example/hook", "whsec_one", NOW, "kim", 0)
SOON = NOW + timedelta(minutes=2)
CHANGED = FeedKind.PICTURE_CHANGED


def waiting(seq: int, talent_id: str | None = "ada") -> Delivery:
    return Delivery(HOOK.id, seq, CHANGED, talent_id, due_at=NOW)


def due(repository: Repository) -> list[tuple[int, str | None]]:
    return [(one.seq, one.talent_id) for one in repository.deliverable(HOOK.id, NOW, limit=9)]


def test_webhooks_are_kept_given_another_secret_stopped_and_removed(repository: Repository) -> None:
    one = replace(HOOK, kinds=(FeedKind.PICTURE_LOST, FeedKind.RUN_TRIPPED))
    repository.add_webhook(one)
    assert repository.webhooks() == [one]
    assert repository.rotate_webhook(one.id, "whsec_two", NOW + DAY)
    assert not repository.rotate_webhook("wh_other", "whsec_two", NOW + DAY)
    rotated = replace(one, secret="whsec_two", old_secret="whsec_one", old_until=NOW + DAY)
    assert repository.webhooks() == [rotated]
    assert repository.rotate_webhook(one.id, "whsec_two", NOW + 2 * DAY), "said again"
    assert repository.webhooks() == [rotated]
    repository.stop_webhook(one.id, NOW, "It is gone.")
    assert repository.webhooks() == [replace(rotated, stopped_at=NOW, stopped_why="It is gone.")]
    assert repository.remove_webhook(one.id)
    assert not repository.remove_webhook(one.id)
    assert repository.webhooks() == []


def test_what_becomes_of_one_is_nothing_to_another(repository: Repository) -> None:
    other = replace(HOOK, id="wh_2", secret="whsec_other")
    repository.add_webhook(HOOK)
    repository.add_webhook(other)
    repository.rotate_webhook(HOOK.id, "whsec_two", NOW + DAY)
    repository.enqueue(HOOK.id, [waiting(1)], after=0, reached=1)
    repository.stop_webhook(HOOK.id, NOW, "It is gone.")
    assert [one for one in repository.webhooks() if one.id == other.id] == [other]
    repository.remove_webhook(HOOK.id)
    assert repository.webhooks() == [other]


def test_one_process_at_a_time_has_the_turn(repository: Repository) -> None:
    repository.add_webhook(HOOK)
    assert repository.take_webhook(HOOK.id, "one", NOW, SOON) is None
    assert repository.take_webhook(HOOK.id, "two", NOW, SOON) == "one"
    repository.release_webhook(HOOK.id, "two")
    assert repository.take_webhook(HOOK.id, "two", NOW, SOON) == "one"
    assert repository.take_webhook(HOOK.id, "two", NOW, SOON, dead=["one"]) is None
    assert repository.take_webhook(HOOK.id, "three", SOON, SOON + HOUR) is None
    repository.release_webhook(HOOK.id, "three")
    assert repository.take_webhook(HOOK.id, "one", NOW, SOON) is None
    assert repository.take_webhook("wh_other", "one", NOW, SOON) is not None


def test_what_waits_and_how_far_it_has_come_are_kept_together_and_once(repository: Repository) -> None:
    repository.add_webhook(HOOK)
    assert repository.enqueue(HOOK.id, [waiting(1), waiting(2, None)], after=0, reached=2)
    assert not repository.enqueue(HOOK.id, [waiting(1), waiting(2, None)], after=0, reached=2)
    assert [one.reached for one in repository.webhooks()] == [2]
    assert due(repository) == [(1, "ada"), (2, None)]
    assert not repository.enqueue("wh_other", [], after=0, reached=1)


def test_of_each_talent_the_first_that_waits_is_due(repository: Repository) -> None:
    repository.add_webhook(HOOK)
    rows = [waiting(1), waiting(2), waiting(3, "bob"), waiting(4, None), waiting(5, None)]
    repository.enqueue(HOOK.id, rows, after=0, reached=5)
    assert due(repository) == [(1, "ada"), (3, "bob"), (4, None)]
    first = repository.deliverable(HOOK.id, NOW, limit=1)[0]
    later = replace(first, tries=1, due_at=NOW + HOUR, tried_at=NOW, status=500, detail="No.")
    repository.save_delivery(later)
    assert repository.drop_deliveries(NOW + HOUR) == 0, "it still waits"
    assert due(repository) == [(3, "bob"), (4, None)], "what comes after it waits with it"
    repository.save_delivery(replace(later, state=DeliveryState.DELIVERED, status=204))
    assert due(repository) == [(2, "ada"), (3, "bob"), (4, None)]
    repository.save_delivery(replace(later, due_at=NOW))
    assert due(repository) == [(2, "ada"), (3, "bob"), (4, None)], "what is over stays so, whoever comes late"
    found = repository.deliveries(limit=9)
    assert [one.seq for one in found] == [5, 4, 3, 2, 1]
    assert found[-1] == replace(later, state=DeliveryState.DELIVERED, status=204)
    assert [one.seq for one in repository.deliveries(HOOK.id, limit=2)] == [5, 4]
    assert repository.deliveries("wh_other", limit=9) == []
    assert repository.drop_deliveries(NOW) == 0
    assert repository.drop_deliveries(NOW + HOUR) == 1


def test_what_waits_of_one_who_is_forgotten_is_gone_and_of_one_who_is_merged_stays(
    repository: Repository,
) -> None:
    repository.add([talent("ada")], NOW)
    repository.add_webhook(HOOK)
    repository.enqueue(HOOK.id, [waiting(1), waiting(2, "bob")], after=0, reached=2)
    repository.erase("ada", NOW, forgotten_by="kim")
    assert due(repository) == [(2, "bob")]
