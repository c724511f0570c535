"""What was said to a VK community before: its chats and their messages, page by page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.channels.connectors import vk
from apps.channels.contract import Incoming, StatusChanged
from apps.core.errors import AuthFailed, ConfigInvalid, RateLimited, Rejected
from apps.integrations.opening import Opened, open_connection
from tests.channels.vk_groups import make_group
from tests.peers.server import Reply
from tests.peers.vk import GROUP, VkPeer

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
CLIENT = 987654321


@pytest.fixture
def peer(settings: Any) -> Iterator[VkPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with VkPeer() as peer:
        yield peer


@pytest.fixture
def opened(peer: VkPeer) -> Opened[Any]:
    return open_connection(make_group(base_url=peer.url).connection)


def line(
    number: int, *, minutes: int, user: int = CLIENT, own: bool = False, **fields: Any
) -> dict[str, Any]:
    return {
        "id": 1000 + number,
        "date": int((BEGIN + timedelta(minutes=minutes)).timestamp()),
        "from_id": -GROUP if own else user,
        "peer_id": user,
        "conversation_message_id": number,
        "out": int(own),
        "text": f"слова {number}",
        "attachments": [],
        "fwd_messages": [],
        **fields,
    }


def read(
    opened: Opened[Any], *, since: datetime = BEGIN, until: datetime = BEGIN + timedelta(days=9)
) -> list[Any]:
    found, cursor = [], ""
    while True:
        page = vk.history(opened, since=since, until=until, cursor=cursor)
        for body in page.bodies:
            found += vk.parse(body, received_at=until, timezone="UTC")
        if not page.cursor:
            return found
        assert page.cursor != cursor
        cursor = page.cursor


def test_a_chat_is_read_newest_first_with_its_clients_name_and_our_answers(peer: VkPeer, opened: Any) -> None:
    peer.users[CLIENT] = {"id": CLIENT, "first_name": "Иван", "last_name": "Петров", "screen_name": "ivan"}
    peer.history[CLIENT] = [line(2, minutes=2, own=True), line(1, minutes=1)]
    own, theirs = read(opened)

    assert (own.from_us, own.text, own.external_message_id) == (True, "слова 2", f"{CLIENT}_2")
    assert (theirs.from_us, theirs.text) == (False, "слова 1")
    assert (theirs.sender.external_user_id, theirs.sender.name) == (str(CLIENT), "Иван Петров")
    assert theirs.sent_at == BEGIN + timedelta(minutes=1)


def test_its_ids_are_those_of_the_webhooks(peer: VkPeer, opened: Any) -> None:
    peer.write("Привет", number=7)
    event = peer.events[0]
    peer.history[CLIENT] = [event["object"]["message"]]
    (item,) = read(opened, since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2030, 1, 1, tzinfo=UTC))
    assert item.external_message_id == f"{CLIENT}_7"


def test_what_this_service_sent_is_known_by_its_own_key(peer: VkPeer, opened: Any) -> None:
    key = "6a5a9d0e-59a8-4d6c-9c9c-9d1f0c3b7f11"
    peer.history[CLIENT] = [line(1, minutes=1, own=True, payload=f'{{"key": "{key}"}}')]
    (item,) = read(opened)
    assert isinstance(item, StatusChanged)
    assert item.key == key


def test_long_chats_and_many_chats_are_read_whole_and_once(peer: VkPeer, opened: Any) -> None:
    peer.history[CLIENT] = [line(n, minutes=n) for n in range(450, 0, -1)]
    for user in range(1, 231):
        peer.history[user] = [line(1, minutes=1, user=user)]
    found = [(item.sender.external_chat_id, item.external_message_id) for item in read(opened)]
    assert len(found) == len(set(found)) == 450 + 230


def test_only_what_lies_between_the_dates_is_brought_and_quiet_chats_cost_no_question(
    peer: VkPeer, opened: Any
) -> None:
    peer.history[CLIENT] = [line(n, minutes=n) for n in (4, 3, 2, 1)]
    peer.history[5] = [line(1, minutes=0, user=5)]
    since, until = (BEGIN + timedelta(minutes=n) for n in (2, 4))
    assert [item.text for item in read(opened, since=since, until=until)] == ["слова 3", "слова 2"]
    assert [request.params["method"] for request in peer.requests].count("messages.getHistory") == 1


def test_group_chats_and_other_communities_are_left_out(peer: VkPeer, opened: Any) -> None:
    peer.history[2_000_000_005] = [line(1, minutes=1, user=2_000_000_005)]
    peer.history[-77] = [line(1, minutes=1, user=-77)]
    assert read(opened) == []


@pytest.mark.parametrize(
    ("code", "kind"), [(6, RateLimited), (9, RateLimited), (5, AuthFailed), (15, (ConfigInvalid, Rejected))]
)
def test_refusals_are_told_by_their_class(peer: VkPeer, opened: Any, code: int, kind: Any) -> None:
    peer.history[CLIENT] = [line(1, minutes=1)]
    peer.fail("messages.getHistory", code)
    with pytest.raises(kind):
        read(opened)


@pytest.mark.parametrize("response", [None, [], {}, {"items": 5}])
def test_an_answer_of_another_shape_is_no_empty_history(peer: VkPeer, opened: Any, response: Any) -> None:
    peer.next("messages.getConversations", Reply(json={"response": response}))
    with pytest.raises(ConfigInvalid):
        read(opened)


def test_a_message_of_an_odd_shape_stops_nothing(peer: VkPeer, opened: Any) -> None:
    peer.history[CLIENT] = [line(2, minutes=2, attachments=5, text=None), line(1, minutes=1)]
    assert [item.text for item in read(opened) if isinstance(item, Incoming)][-1] == "слова 1"


@pytest.mark.parametrize("cursor", ["x", "1/2", "1/2/3/4", "-1/0/0"])
def test_a_cursor_that_is_none_is_rejected(opened: Any, cursor: str) -> None:
    with pytest.raises(Rejected):
        vk.history(opened, since=BEGIN, until=BEGIN, cursor=cursor)
