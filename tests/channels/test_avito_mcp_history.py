"""Reading what was said at Avito while nobody listened."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.channels.connectors import avito
from apps.channels.contract import Incoming, MediaKind
from apps.core.errors import ConfigInvalid, RateLimited, Rejected
from tests.channels.avito_servers import body, make_channel, opened
from tests.peers.avito_mcp import ACCOUNT, AvitoMcpPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 11, 21, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def peer():
    with AvitoMcpPeer() as peer:
        yield peer


@pytest.fixture
def shop(peer):
    return opened(make_channel(base_url=peer.url))


def chat(number: int, *, updated: datetime = NOW) -> dict[str, Any]:
    return {
        "id": f"u2i-{number}",
        "updated": int(updated.timestamp()),
        "users": [{"id": int(ACCOUNT), "name": "Мастерская"}, {"id": 500 + number, "name": "Иван"}],
        "context": {"type": "item", "value": {"id": 456789, "title": "Ремонт"}},
    }


def line(number: int, *, at: datetime, author: int, text: str = "Привет", **fields: Any) -> dict[str, Any]:
    told = {"id": f"m{number}", "author_id": author, "created": int(at.timestamp()), "type": "text"}
    direction = "out" if author == int(ACCOUNT) else "in"
    return {**told, "direction": direction, "content": {"text": text}, **fields}


def read(shop: Any, *, since: datetime = NOW - DAY, until: datetime = NOW + DAY) -> list[Incoming]:
    """All steps, as whoever fills a gap would take them."""
    found: list[Incoming] = []
    cursor, steps = "", 0
    while True:
        page = avito.history(shop, since=since, until=until, cursor=cursor)
        for raw in page.bodies:
            (item,) = avito.parse(raw, received_at=NOW, timezone="Europe/Moscow")
            assert isinstance(item, Incoming)
            found.append(item)
        cursor, steps = page.cursor, steps + 1
        assert steps < 100, "the history never ends"
        if not cursor:
            return found


def test_a_clients_words_and_our_own_come_back_as_a_webhook_would_bring_them(peer, shop):
    peer.chats = [chat(1)]
    peer.messages["u2i-1"] = [
        line(2, at=NOW, author=int(ACCOUNT), text="Готово"),
        line(1, at=NOW - timedelta(hours=1), author=501, text="Готово?"),
    ]
    ours, theirs = read(shop)

    assert (theirs.text, theirs.from_us, theirs.external_message_id) == ("Готово?", False, "m1")
    assert (theirs.sender.external_user_id, theirs.sender.external_chat_id) == ("501", "u2i-1")
    assert (theirs.sender.name, theirs.ad_channel, theirs.ad_id) == ("Иван", "avito", "456789")
    assert theirs.sent_at == NOW - timedelta(hours=1)
    assert (ours.text, ours.from_us, ours.sender.external_user_id) == ("Готово", True, "501")


def test_without_the_accounts_id_the_direction_tells_whose_words_they_are(peer):
    shop = opened(make_channel(base_url=peer.url, user_id=""))
    peer.chats = [chat(1)]
    peer.messages["u2i-1"] = [line(2, at=NOW, author=int(ACCOUNT)), line(1, at=NOW, author=501)]
    assert [(one.from_us, one.sender.external_user_id) for one in read(shop)] == [
        (True, "501"),
        (False, "501"),
    ]


def test_only_what_lies_in_the_gap_is_read(peer, shop):
    peer.chats = [chat(1)]
    times = [NOW + DAY, NOW + DAY - timedelta(seconds=1), NOW - DAY, NOW - DAY - timedelta(seconds=1)]
    peer.messages["u2i-1"] = [line(n, at=at, author=501) for n, at in enumerate(times)]
    assert [one.external_message_id for one in read(shop)] == ["m1", "m2"]


def test_chats_that_were_quiet_are_not_opened(peer, shop):
    peer.chats = [chat(1, updated=NOW - 2 * DAY), chat(2), chat(3, updated=NOW - 2 * DAY)]
    peer.messages["u2i-2"] = [line(1, at=NOW, author=502)]
    assert len(read(shop)) == 1
    assert {request.path for request in peer.requests} == {"/api/chats", "/api/chats/u2i-2/messages"}


def test_many_chats_and_many_messages_are_read_page_by_page(peer, shop):
    peer.chats = [chat(n, updated=NOW if n in (0, 150) else NOW - 3 * DAY) for n in range(201)]
    for n in (0, 150):
        peer.messages[f"u2i-{n}"] = [
            line(i, at=NOW - timedelta(seconds=i), author=500 + n) for i in range(250)
        ]
    found = read(shop)
    assert len({(one.sender.external_chat_id, one.external_message_id) for one in found}) == len(found) == 500


def test_messages_older_than_the_gap_end_a_chat(peer, shop):
    peer.chats = [chat(1)]
    peer.messages["u2i-1"] = [line(i, at=NOW - i * timedelta(hours=1), author=501) for i in range(300)]
    assert len(read(shop)) == 25
    assert len(peer.to("GET /api/chats/{chat}/messages")) == 1


def test_a_server_that_does_not_page_cannot_keep_us_for_ever(peer, shop):
    many = [chat(n, updated=NOW - 3 * DAY) for n in range(100)]
    for _step in range(20):
        peer.next("GET /api/chats", Reply(json={"chats": many}))
    assert read(shop) == []
    assert len(peer.requests) == 10


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"success": True, "data": {"chats": rows}},
                                  lambda rows: {"success": True, "response": rows}])  # fmt: skip
def test_lists_are_found_wherever_the_server_puts_them(peer, shop, wrap):
    peer.messages["u2i-1"] = [line(1, at=NOW, author=501)]
    for _step in range(2):
        peer.next("GET /api/chats", Reply(json=wrap([chat(1), "odd", {"id": None}])))
    assert len(read(shop)) == 1


def test_messages_that_are_normalised_already_are_passed_on_as_they_are(peer, shop):
    peer.chats = [chat(1)]
    peer.messages["u2i-1"] = [body("image"), body("text_without_raw")]
    picture, text = read(shop)
    assert picture.media[0].kind is MediaKind.IMAGE
    # 17:20 in Moscow, by which the gap is measured too.
    assert text.sent_at == datetime(2025, 11, 21, 14, 20, tzinfo=UTC)
    assert len(read(shop, until=datetime(2025, 11, 21, 14, 20, tzinfo=UTC))) == 0


def test_pictures_in_the_history_come_with_their_address(peer, shop):
    peer.chats = [chat(1)]
    image = {
        "image": {"sizes": {"640x480": "https://a.example.com/s", "1280x960": "https://a.example.com/l"}}
    }
    peer.messages["u2i-1"] = [line(1, at=NOW, author=501, type="image", content=image)]
    assert [media.ref for media in read(shop)[0].media] == ["https://a.example.com/l"]


def test_a_step_may_be_repeated_after_the_limit(peer, shop):
    peer.chats = [chat(1)]
    peer.messages["u2i-1"] = [line(1, at=NOW, author=501)]
    peer.refuse("GET /api/chats/{chat}/messages", "Rate limit exceeded, try again later")
    with pytest.raises(RateLimited):
        avito.history(shop, since=NOW - DAY, until=NOW + DAY)
    assert len(read(shop)) == 1


@pytest.mark.parametrize("cursor", ["x", "1/2", "-1/0/0", "0/0/99999", "0/0/0/0"])
def test_a_cursor_that_is_none_is_refused(peer, shop, cursor):
    with pytest.raises(Rejected):
        avito.history(shop, since=NOW, until=NOW, cursor=cursor)
    assert peer.requests == []


@pytest.mark.parametrize("answer", [{}, {"chats": 5}, "text", 1])
def test_an_answer_without_a_list_is_not_taken_for_an_empty_one(peer, shop, answer):
    peer.next("GET /api/chats", Reply(json=answer))
    with pytest.raises(ConfigInvalid):
        avito.history(shop, since=NOW, until=NOW)


@pytest.mark.parametrize("value", [None, True, -1, 10**30, "x", [], {}, "\ud800"])
@pytest.mark.parametrize("field", ["id", "author_id", "created", "type", "direction", "content"])
def test_any_field_of_a_message_may_be_odd(peer, shop, field, value):
    peer.chats = [chat(1)]
    peer.messages["u2i-1"] = [line(1, at=NOW, author=501) | {field: value}]
    page = avito.history(shop, since=NOW - DAY, until=NOW + DAY)
    for raw in page.bodies:
        assert json.loads(raw)["external_chat_id"] == "u2i-1"
        avito.parse(raw, received_at=NOW, timezone="UTC")
