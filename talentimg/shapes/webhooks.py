"""Webhooks and what became of deliveries. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from talentimg.shapes.plain import document, fields_of

if TYPE_CHECKING:
    from talentimg.models import Delivery, Webhook
    from talentimg.service.telling.delivering import Delivered


def webhook_json(webhook: Webhook) -> dict[str, Any]:
    """A webhook, without its secrets."""
    fields = fields_of(webhook)
    return {**fields, "reached": str(fields["reached"])}


def new_webhook_json(webhook: Webhook) -> dict[str, Any]:
    """One that was just made or given another secret, with that."""
    return {**webhook_json(webhook), "secret": webhook.secret}


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """What became of a delivery."""
    fields = fields_of(delivery)
    del fields["number"]
    return {"message_id": delivery.message_id, "cursor": str(fields.pop("seq")), **fields}


def delivered_json(delivered: Delivered) -> dict[str, Any]:
    """What a round of deliveries came to."""
    names = ("delivered", "failed", "given_up")
    return document({name: getattr(delivered, name) for name in names})
