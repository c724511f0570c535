"""A client has a name from the first message on, though their messenger's events bring none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.appeals.models import Contact, Identity, Message
from apps.channels.models import Channel, InboundEvent, Outcome
from apps.tenants.models import Tenant
from tests.channels import meta_accounts, vk_groups
from tests.channels.test_avito_parse import changed, hook
from tests.channels.test_avito_send import make_account
from tests.peers import instagram, messenger, vk
from tests.peers.avito import AvitoPeer
from tests.peers.instagram import InstagramPeer
from tests.peers.messenger import MessengerPeer
from tests.peers.server import Peer, Reply
from tests.peers.vk import VkPeer
from tests.work import close_windows, drain

pytestmark = pytest.mark.django_db

CHAT, CLIENT = "u2i-Abc~d3F_gH", 141592653
ASKED = "GET /messenger/v2/accounts/{user}/chats/{chat}"


@pytest.fixture
def avito(settings: Any, tmp_path: Path) -> Iterator[AvitoPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with AvitoPeer() as peer:
        yield peer


@pytest.fixture
def account(shop: Tenant, avito: AvitoPeer) -> Channel:
    return make_account(avito, tenant=shop)


def come(channel: Channel, body: bytes) -> None:
    path = f"/webhook/{channel.connection.connector}/{channel.public_id}"
    assert Client().post(path, body, content_type="application/json").status_code == 200
    drain()


def called(name: str) -> list[dict[str, Any]]:
    return [{"id": CHAT, "users": [{"id": 94235311, "name": "Мастерская"}, {"id": CLIENT, "name": name}]}]


def test_avito_is_asked_once_for_the_name(account: Channel, avito: AvitoPeer) -> None:
    avito.chats = called("Иван")
    come(account, hook("text"))
    come(account, changed("text", id="second"))

    assert Contact.objects.get().name == "Иван"
    assert len(avito.to(ASKED)) == 1


def test_a_name_that_cannot_be_told_holds_no_message_and_is_asked_for_with_the_next_batch(
    account: Channel, avito: AvitoPeer
) -> None:
    avito.next("chat", Reply(status=500))
    come(account, hook("text"))
    come(account, changed("text", id="second"))
    assert (Message.objects.count(), Contact.objects.get().name) == (2, "")
    assert len(avito.to(ASKED)) == 1

    close_windows()
    drain()
    avito.chats = called("Иван")
    come(account, changed("text", id="third"))
    assert Contact.objects.get().name == "Иван"


def about(title: str, chat: str = CHAT, **user: Any) -> dict[str, Any]:
    listing = {
        "id": 2897654321,
        "title": title,
        "price_string": "2 500 ₽",
        "url": "https://avito.ru/2897654321",
    }
    return {"id": chat, "users": [{"id": CLIENT, **user}], "context": {"type": "item", "value": listing}}


def notes(chat: str = CHAT) -> list[str]:
    messages = Message.objects.filter(conversation__external_chat_id=chat).order_by("pk")
    return list(messages.values_list("note", flat=True))


def test_the_first_message_of_a_chat_says_which_advertisement_it_is_about(
    account: Channel, avito: AvitoPeer
) -> None:
    """Also of a client whose name is known from another advertisement."""
    avito.chats = [about("Замена батареи", name="Иван"), about("Замена стекла", "u2i-other", name="Иван")]
    come(account, hook("text"))
    come(account, changed("text", id="second"))
    come(account, changed("text", id="third", chat_id="u2i-other"))
    come(account, changed("text", id="fourth", chat_id="u2i-other"))

    assert notes() == ["[объявление: Замена батареи, 2 500 ₽, https://avito.ru/2897654321]", ""]
    assert notes("u2i-other") == ["[объявление: Замена стекла, 2 500 ₽, https://avito.ru/2897654321]", ""]
    assert len(avito.to(ASKED)) == 2


def test_it_says_so_once_though_the_client_has_no_name_and_is_asked_for_again(
    account: Channel, avito: AvitoPeer
) -> None:
    avito.next("chat", Reply(status=500))
    avito.chats = [about("Замена батареи")]
    for name in ("first", "second", "third"):
        come(account, changed("text", id=name))
        close_windows()
        drain()

    assert notes() == ["", "[объявление: Замена батареи, 2 500 ₽, https://avito.ru/2897654321]", ""]


def test_an_advertisement_that_the_message_shows_itself_is_not_said_twice(
    account: Channel, avito: AvitoPeer
) -> None:
    avito.chats = [about("Замена батареи", name="Иван")]
    item = json.loads(hook("item"))["payload"]["value"]["content"]["item"]
    shown = {"title": item["title"], "price_string": item["price_string"], "url": item["item_url"]}
    avito.chats[0]["context"]["value"] |= shown
    come(account, hook("item"))

    (note,) = notes()
    assert note.count(item["title"]) == 1


def test_what_people_entered_stays(account: Channel, avito: AvitoPeer) -> None:
    come(account, hook("text"))
    Contact.objects.update(name="Иван с Ленина")
    close_windows()
    drain()
    avito.chats = called("Ваня")
    come(account, changed("text", id="second"))

    assert Contact.objects.get().name == "Иван с Ленина"
    assert len(avito.to(ASKED)) == 1


def test_a_key_that_is_refused_asks_nobody_and_loses_nothing(account: Channel, avito: AvitoPeer) -> None:
    account.connection.health = "needs_reconnect"
    account.connection.save()
    come(account, hook("text"))

    assert not avito.to(ASKED)
    assert InboundEvent.objects.get().outcome == Outcome.MESSAGE


@pytest.mark.parametrize(
    ("slug", "kind", "client", "profile", "known"),
    [
        (
            "instagram",
            InstagramPeer,
            instagram.CLIENT,
            {"name": "Иван П", "username": "ivan"},
            ("Иван П", "ivan"),
        ),
        (
            "messenger",
            MessengerPeer,
            messenger.CLIENT,
            {"first_name": "Иван", "last_name": "Петров"},
            ("Иван Петров", ""),
        ),
    ],
)
def test_meta_is_asked_for_the_name(
    shop: Tenant,
    settings: Any,
    slug: str,
    kind: type[Peer],
    client: str,
    profile: dict[str, str],
    known: tuple[str, str],
) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with kind() as peer:
        peer.clients[client] = profile  # type: ignore[attr-defined]
        meta_accounts.make_account(slug, tenant=shop, base_url=peer.url)
        assert meta_accounts.post(f"/webhook/{slug}/incoming", meta_accounts.fresh(slug, "text")).status_code
        drain()

    identity = Identity.objects.select_related("contact").get()
    assert (identity.contact.name, identity.username) == known


def test_vk_is_asked_for_the_name_where_events_come_by_callback(shop: Tenant, settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with VkPeer() as peer:
        peer.users[987654321] = {
            "id": 987654321,
            "first_name": "Иван",
            "last_name": "Петров",
            "screen_name": "ivan",
        }
        channel = vk_groups.make_group(
            tenant=shop, base_url=peer.url, receive="callback", api_version=vk.VERSION
        )
        come(channel, json.dumps(json.loads(vk_groups.event("text"))).encode())

    identity = Identity.objects.select_related("contact").get()
    assert (identity.contact.name, identity.username) == ("Иван Петров", "ivan")
