"""What was said at Avito itself before: its chats and their messages, by its own API."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.channels.connectors import avito
from apps.channels.contract import Edited, Incoming, MediaKind
from apps.core.errors import ConfigInvalid, RateLimited
from apps.integrations.opening import Opened
from tests.channels.test_avito_mcp_history import DAY, NOW, chat, line, read
from tests.channels.test_avito_send import make_account
from tests.channels.test_avito_send import opened as open_account
from tests.peers.avito import AvitoPeer
from tests.peers.avito_mcp import ACCOUNT
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db
OURS = int(ACCOUNT)


@pytest.fixture
def peer(settings: Any) -> Iterator[AvitoPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with AvitoPeer(account=OURS) as peer:
        yield peer


@pytest.fixture
def shop(peer: AvitoPeer) -> Opened[Any]:
    return open_account(make_account(peer, user_id=ACCOUNT))


def test_a_chat_is_read_with_its_client_its_advertisement_and_our_answers(peer: AvitoPeer, shop: Any) -> None:
    peer.chats = [chat(1)]
    peer.messages["u2i-1"] = [
        line(2, at=NOW, author=OURS, text="3500 рублей"),
        line(1, at=NOW - timedelta(hours=1), author=501, text="Сколько?"),
    ]
    own, theirs = read(shop)
    assert (own.from_us, own.text, own.sender.external_user_id) == (True, "3500 рублей", "501")
    assert (theirs.text, theirs.sender.name, theirs.sender.external_user_id) == ("Сколько?", "Иван", "501")
    assert (theirs.ad_channel, theirs.ad_id, theirs.sent_at) == ("avito", "456789", NOW - timedelta(hours=1))


def test_its_ids_and_senders_are_those_of_the_webhooks(peer: AvitoPeer, shop: Any) -> None:
    peer.chats, peer.messages["u2i-1"] = [chat(1)], [line(1, at=NOW, author=501)]
    (item,) = read(shop)
    value = {**line(1, at=NOW, author=501), "chat_id": "u2i-1", "user_id": OURS}
    (hooked,) = avito.parse(avito_hook(value), received_at=NOW, timezone="UTC")
    assert isinstance(hooked, Incoming)
    assert (item.external_message_id, item.sender.external_user_id, item.sender.external_chat_id) == (
        hooked.external_message_id,
        hooked.sender.external_user_id,
        hooked.sender.external_chat_id,
    )


def avito_hook(value: dict[str, Any]) -> bytes:
    return json.dumps({"payload": {"type": "message", "value": value}}).encode()


def test_a_voice_of_the_history_is_fetched_by_its_id(peer: AvitoPeer, shop: Any) -> None:
    voice = line(1, at=NOW, author=501) | {"type": "voice", "content": {"voice": {"voice_id": "v-9"}}}
    peer.chats, peer.messages["u2i-1"] = [chat(1)], [voice]
    (item,) = read(shop)
    assert [(media.kind, media.ref) for media in item.media] == [(MediaKind.VOICE, "v-9")]


def test_long_chats_are_read_whole_and_only_between_the_dates(peer: AvitoPeer, shop: Any) -> None:
    peer.chats = [chat(1), chat(2, updated=NOW - 3 * DAY)]
    peer.messages["u2i-1"] = [line(n, at=NOW - timedelta(minutes=n), author=501) for n in range(1, 251)]
    assert len(read(shop)) == 250
    found = read(shop, since=NOW - timedelta(minutes=120), until=NOW - timedelta(minutes=20))
    assert [item.external_message_id for item in found] == [f"m{n}" for n in range(21, 121)]


def test_what_a_client_took_back_is_no_message(peer: AvitoPeer, shop: Any) -> None:
    gone = line(1, at=NOW, author=501) | {"type": "deleted", "content": {}}
    peer.chats, peer.messages["u2i-1"] = [chat(1)], [gone]
    page = avito.history(shop, since=NOW - DAY, until=NOW + DAY)
    (item,) = avito.parse(page.bodies[0], received_at=NOW, timezone="UTC")
    assert isinstance(item, Edited)


def test_a_chat_that_has_gone_meanwhile_stops_nothing(peer: AvitoPeer, shop: Any) -> None:
    peer.chats = [chat(1), chat(2)]
    peer.messages["u2i-2"] = [line(1, at=NOW, author=502)]
    assert [item.external_message_id for item in read(shop)] == ["m1"]


def test_a_limit_and_another_shape_are_told(peer: AvitoPeer, shop: Any) -> None:
    peer.fail("chats", 429, **{"Retry-After": "17"})
    with pytest.raises(RateLimited) as caught:
        read(shop)
    assert caught.value.after == timedelta(seconds=17)
    peer.next("chats", Reply(json={"nothing": []}))
    with pytest.raises(ConfigInvalid):
        read(shop)


def test_reading_a_chat_is_told_to_avito(peer: AvitoPeer, shop: Any) -> None:
    avito.mark_read(shop, external_chat_id="u2i-1", external_message_id="m-1")
    assert peer.read == ["u2i-1"]
