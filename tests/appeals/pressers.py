"""Each messenger with reply buttons as its client has them: they write, see buttons, and press one.

What is pressed is made of what the peer received, as the service would make it.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone

from apps.channels.models import Delivery
from apps.tenants.models import Tenant
from tests.channels import bots, max_bots, meta_accounts, vk_groups, whatsapp_numbers
from tests.peers.instagram import InstagramPeer
from tests.peers.max import MaxPeer
from tests.peers.messenger import MessengerPeer
from tests.peers.telegram import TelegramPeer
from tests.peers.vk import VkPeer
from tests.peers.whatsapp import WhatsAppPeer


@dataclass(frozen=True, slots=True, kw_only=True)
class Presser:
    """`first` is a client's message; `seen()` the buttons under our last one, as (words, data); `press(data,
    words, number)` the event of its so many'th press; `answered()` the presses that were answered.
    """

    first: bytes
    seen: Callable[[], list[tuple[str, str]]]
    press: Callable[[str, str, int], bytes]
    post: Callable[[bytes], Any]
    answered: Callable[[], list[Any]] = list
    waits: bool = False


def ours() -> str:
    """What the service calls our last message."""
    return Delivery.objects.exclude(buttons=[]).latest("pk").external_message_id


@contextmanager
def telegram(shop: Tenant) -> Iterator[Presser]:
    with TelegramPeer() as peer:
        bot = bots.make_bot(tenant=shop, base_url=peer.url)

        def rows() -> list[list[dict[str, str]]]:
            found: list[list[dict[str, str]]] = peer.sent[-1]["reply_markup"]["inline_keyboard"]
            return found

        def press(data: str, words: str, number: int) -> bytes:
            body = json.loads(bots.update("callback"))
            body["update_id"] += number
            query = body["callback_query"]
            query |= {"id": f"query-{number}", "data": data}
            query["message"] |= {"message_id": int(ours()), "reply_markup": {"inline_keyboard": rows()}}
            return json.dumps(body).encode()

        yield Presser(
            first=bots.update("text"),
            seen=lambda: [(one["text"], one["callback_data"]) for row in rows() for one in row],
            press=press,
            post=lambda body: bots.post(f"/webhook/telegram/{bot.public_id}", body),
            answered=lambda: peer.answered,
            waits=True,
        )


@contextmanager
def max_messenger(shop: Tenant) -> Iterator[Presser]:
    with MaxPeer() as peer:
        max_bots.make_bot(tenant=shop, base_url=peer.url)

        def keyboard() -> Any:
            return peer.sent[-1]["attachments"][0]

        def press(data: str, words: str, number: int) -> bytes:
            body = json.loads(max_bots.update("callback"))
            body["callback"] |= {"payload": data, "timestamp": body["callback"]["timestamp"] + number}
            body["callback"]["callback_id"] = f"query-{number}"
            body["message"]["body"] |= {"mid": ours(), "attachments": [keyboard()]}
            return json.dumps(body).encode()

        yield Presser(
            first=max_bots.update("text"),
            seen=lambda: [
                (one["text"], one["payload"]) for row in keyboard()["payload"]["buttons"] for one in row
            ],
            press=press,
            post=lambda body: max_bots.post("/webhook/max/incoming", body),
            answered=lambda: peer.answered,
            waits=True,
        )


@contextmanager
def vk(shop: Tenant) -> Iterator[Presser]:
    with VkPeer() as peer:
        group = vk_groups.make_group(tenant=shop, base_url=peer.url)

        def actions() -> list[dict[str, str]]:
            rows = json.loads(peer.sent[-1]["keyboard"])["buttons"]
            return [one["action"] for row in rows for one in row]

        def press(data: str, words: str, number: int) -> bytes:
            fields = {"text": words, "payload": data, "conversation_message_id": 100 + number}
            return vk_groups.changed("button", id=900 + number, **fields)

        yield Presser(
            first=vk_groups.event("text"),
            seen=lambda: [(one["label"], one["payload"]) for one in actions()],
            press=press,
            post=lambda body: Client().post(
                f"/webhook/vk/{group.public_id}", body, content_type="application/json"
            ),
            answered=lambda: peer.answered,
        )


@contextmanager
def whatsapp(shop: Tenant) -> Iterator[Presser]:
    with WhatsAppPeer() as peer:
        whatsapp_numbers.make_number(tenant=shop, base_url=peer.url)

        def event(name: str, **fields: Any) -> bytes:
            body = json.loads((bots.UPDATES.parent / "whatsapp" / f"{name}.json").read_bytes())
            fields |= {"timestamp": str(int(timezone.now().timestamp()))}
            body["entry"][0]["changes"][0]["value"]["messages"][0].update(fields)
            return json.dumps(body).encode()

        def press(data: str, words: str, number: int) -> bytes:
            reply = {"type": "button_reply", "button_reply": {"id": data, "title": words}}
            return event("button_reply", id=f"wamid.PRESS{number}", interactive=reply, context={"id": ours()})

        yield Presser(
            first=event("text"),
            seen=lambda: [
                (one["reply"]["title"], one["reply"]["id"])
                for one in peer.sent[-1]["interactive"]["action"]["buttons"]
            ],
            press=press,
            post=lambda body: whatsapp_numbers.post("/webhook/whatsapp/incoming", body),
        )


@contextmanager
def meta(shop: Tenant, slug: str, peer: InstagramPeer | MessengerPeer) -> Iterator[Presser]:
    with peer:
        meta_accounts.make_account(slug, tenant=shop, base_url=peer.url)

        def press(data: str, words: str, number: int) -> bytes:
            fields = {"mid": f"m_press{number}", "text": words, "quick_reply": {"payload": data}}
            return meta_accounts.fresh(slug, "quick_reply", **fields)

        yield Presser(
            first=meta_accounts.fresh(slug, "text"),
            seen=lambda: [
                (one["title"], one["payload"]) for one in peer.sent[-1]["message"]["quick_replies"]
            ],
            press=press,
            post=lambda body: meta_accounts.post(f"/webhook/{slug}/incoming", body),
        )


PRESSERS: dict[str, Callable[[Tenant], Any]] = {
    "telegram": telegram,
    "max": max_messenger,
    "vk": vk,
    "whatsapp": whatsapp,
    "instagram": lambda shop: meta(shop, "instagram", InstagramPeer()),
    "messenger": lambda shop: meta(shop, "messenger", MessengerPeer()),
}
