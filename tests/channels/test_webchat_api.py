"""The web chat's API: nothing a visitor wrote is lost or doubled, and nobody reads another's lines."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, close_old_connections, connection, connections, transaction
from django.test import Client
from django.utils import timezone

from apps.channels.connectors import webchat
from apps.channels.connectors.webchat import in_turn
from apps.channels.contract import Incoming
from apps.channels.delivery import queue_delivery
from apps.channels.models import Channel, ChatLine, ChatVisitor, Delivery, InboundEvent
from apps.channels.reading import read_event
from apps.core.models import State
from apps.integrations.models import Connection
from apps.tenants.visitors import address_of
from tests.channels.outbox import make_bot, make_tenant, make_webchat, work

pytestmark = pytest.mark.django_db


class Browser:
    """The page's half of the conversation."""

    def __init__(self, channel: Channel, token: str = "", client: Client | None = None) -> None:
        self.path = f"/chat/{channel.public_id}"
        self.token = token
        self.client = client or Client()

    def headers(self) -> dict[str, str]:
        return {"X-Chat-Token": self.token} if self.token else {}

    def post(self, what: str, body: Any) -> Any:
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.post(
            f"{self.path}/{what}", data, content_type="application/json", headers=self.headers()
        )

    def write(self, text: str = "Здравствуйте", key: str = "", **more: Any) -> Any:
        response = self.post("messages", {"key": key or str(uuid.uuid4()), "text": text, **more})
        self.token = self.token or response.json().get("token", "")
        return response

    def read(self, after: int = 0) -> Any:
        return self.client.get(f"{self.path}/messages?after={after}", headers=self.headers())

    def texts(self) -> list[str]:
        return [line["text"] for line in self.read().json()["lines"]]


@pytest.fixture
def channel() -> Channel:
    return make_webchat()


@pytest.fixture
def browser(channel) -> Browser:
    return Browser(channel)


def answer(channel: Channel, text: str) -> Delivery:
    visitor = ChatVisitor.objects.get()
    return queue_delivery(
        channel=channel, external_chat_id=visitor.external_id, external_user_id=visitor.external_id, text=text
    )


def error(response: Any) -> tuple[int, str]:
    body = response.json()["error"]
    assert body["message"]
    return response.status_code, body["code"]


def test_opening_the_page_makes_nobody(browser):
    assert browser.client.get(browser.path + "/").status_code == 200
    assert ChatVisitor.objects.count() == 0


def test_a_first_message_makes_the_visitor_the_line_and_the_event(channel, browser):
    response = browser.write("Можно заменить батарею?")

    line = ChatLine.objects.get()
    assert response.json()["line"]["id"] == line.pk
    assert response.json()["line"]["text"] == "Можно заменить батарею?"
    assert len(browser.token) == 64
    assert browser.token not in ChatVisitor.objects.get().token_digest
    event = InboundEvent.objects.get()
    assert (event.channel_id, event.tenant_id, event.state) == (channel.pk, channel.tenant_id, State.QUEUED)


def test_the_event_reads_back_as_the_visitors_message(channel, browser):
    origin = {
        "page": "https://example.com/b",
        "ad_channel": "vk",
        "ad_id": "7",
        "prefilled": {"model": "A52"},
    }
    browser.write("Привет", origin=origin)

    found, (item,) = read_event(InboundEvent.objects.get())

    assert found == channel
    assert isinstance(item, Incoming)
    assert item.sender.external_chat_id == ChatVisitor.objects.get().external_id
    assert (item.text, item.ad_channel, item.ad_id, item.prefilled) == ("Привет", "vk", "7", {"model": "A52"})
    assert item.external_message_id == str(ChatLine.objects.get().pk)


def test_the_token_is_told_once(browser):
    assert "token" in browser.write().json()
    assert "token" not in browser.write("ещё").json()
    assert "token" not in browser.read().content.decode()


def test_a_first_message_whose_answer_was_lost_is_sent_again_without_a_second_visitor(channel):
    key = str(uuid.uuid4())
    first, second = Browser(channel).write(key=key).json(), Browser(channel).write(key=key).json()

    assert first == second
    assert (ChatVisitor.objects.count(), ChatLine.objects.count(), InboundEvent.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_known", [False, True])
def test_one_message_posted_twenty_times_at_once_is_one_line_and_one_event(channel, is_known):
    browser = Browser(channel)
    if is_known:
        browser.write("раньше")
    before = ChatLine.objects.count(), InboundEvent.objects.count()
    key, together = str(uuid.uuid4()), Barrier(20)

    def post(_: int) -> tuple[int, int | None]:
        close_old_connections()
        try:
            together.wait(timeout=30)
            response = Browser(channel, browser.token).write("Раз", key=key)
            return response.status_code, response.json().get("line", {}).get("id")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(post, range(20)))

    # Copies that came before the first was stored may have used up the visitor's allowance: they ask again.
    line = ChatLine.objects.latest("pk").pk
    assert (200, line) in answers
    assert answers <= {(200, line), (429, None)}
    assert Browser(channel, browser.token).write("Раз", key=key).json()["line"]["id"] == line
    assert (ChatLine.objects.count(), InboundEvent.objects.count()) == (before[0] + 1, before[1] + 1)
    assert InboundEvent.objects.latest("pk").deliveries == 1
    assert ChatVisitor.objects.count() == 1


def test_no_event_without_its_line_and_no_line_without_its_event(browser, monkeypatch):
    def down(**_: Any) -> int:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("apps.channels.chat.lines.store_event", down)
    response = browser.write()

    assert error(response) == (503, "unavailable")
    assert "server closed" not in response.content.decode()
    assert response.headers["Retry-After"]
    assert (ChatLine.objects.count(), ChatVisitor.objects.count()) == (0, 0)


def test_an_answer_reaches_the_page_and_its_key_stays_with_us(channel, browser):
    browser.write()
    delivery = work(answer(channel, "Да, 4 500 ₽"))

    lines = browser.read().json()["lines"]

    assert [(line["mine"], line["text"]) for line in lines] == [
        (True, "Здравствуйте"),
        (False, "Да, 4 500 ₽"),
    ]
    assert "key" not in lines[1]
    assert str(delivery.key) not in browser.read().content.decode()


def test_reading_goes_on_after_the_last_line_known(browser):
    first = browser.write("раз").json()["line"]["id"]
    browser.write("два")

    assert [line["text"] for line in browser.read(after=first).json()["lines"]] == ["два"]


@pytest.mark.parametrize("after", ["-1", "x", "9" * 40, "1e3", ""])
def test_a_strange_position_is_the_beginning(browser, after):
    browser.write()

    assert len(browser.read(after).json()["lines"]) == 1


def test_long_histories_come_in_parts(channel, browser):
    browser.write("0")
    visitor = ChatVisitor.objects.get()
    ChatLine.objects.bulk_create(
        ChatLine(visitor=visitor, key=str(n), from_visitor=True, text=str(n)) for n in range(250)
    )

    part = browser.read().json()
    rest = browser.read(after=part["lines"][-1]["id"]).json()

    assert (len(part["lines"]), part["more"], len(rest["lines"]), rest["more"]) == (200, True, 51, False)


@pytest.mark.django_db(transaction=True)
def test_a_line_is_never_overtaken_by_a_later_one_that_commits_first(channel, browser):
    """Two writers of one chat: the second waits for the first, so `after` passes over nothing."""
    browser.write()
    wanted = ChatVisitor.objects.all()

    def can_write() -> bool:
        try:
            with transaction.atomic():
                connection.cursor().execute("SET LOCAL lock_timeout = '200ms'")
                return bool(Browser(channel, browser.token).write("позже").status_code == 200)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            in_turn(wanted).get()
            assert pool.submit(can_write).result() is False
        assert pool.submit(can_write).result() is True


def test_what_the_visitor_saw_moves_the_delivery_and_only_forward(channel, browser):
    browser.write()
    work(answer(channel, "Да"))
    line = ChatLine.objects.get(from_visitor=False).pk

    browser.post("seen", {"delivered": line, "read": 0})
    assert Delivery.objects.get().reached == "delivered"
    browser.post("seen", {"delivered": line, "read": line})
    browser.post("seen", {"delivered": line, "read": 0})

    delivery = Delivery.objects.get()
    assert delivery.reached == "read"
    assert delivery.delivered_at
    assert delivery.read_at
    assert delivery.delivered_at <= delivery.read_at <= timezone.now()
    assert browser.read().json()["seen"] == {"delivered": line, "read": line}


def test_a_line_seen_before_its_delivery_has_settled_is_not_forgotten(channel, browser, monkeypatch):
    browser.write()
    real = webchat.send

    def seen_at_once(opened, message):
        sent = real(opened, message)
        browser.post("seen", {"delivered": int(sent.external_message_id), "read": 0})
        return sent

    monkeypatch.setattr(webchat, "send", seen_at_once)

    delivery = work(answer(channel, "Да"))

    assert (delivery.state, delivery.reached) == (State.DONE, "delivered")


def test_nobody_marks_or_reads_the_lines_of_another_visitor(channel, browser):
    browser.write("моё")
    work(answer(channel, "вам"))
    line = ChatLine.objects.get(from_visitor=False).pk
    other = Browser(channel)
    other.write("чужое")

    other.post("seen", {"delivered": line, "read": line})

    assert Delivery.objects.get().reached == "sent"
    assert other.texts() == ["чужое"]


@pytest.mark.parametrize("token", ["x", "0" * 64, "ё", "a" * 5000, "' OR 1=1 --"])
def test_a_forged_token_opens_nothing(browser, token):
    browser.token = token

    assert error(browser.read()) == (401, "no_visitor")
    assert error(browser.post("messages", {"key": str(uuid.uuid4()), "text": "Да"})) == (401, "no_visitor")
    assert error(browser.post("seen", {"read": 1})) == (401, "no_visitor")
    assert ChatLine.objects.count() == 0


def test_a_token_of_another_chat_opens_nothing(channel, browser):
    stranger = Browser(make_webchat(tenant=make_tenant()))
    stranger.write()
    browser.token = stranger.token

    assert error(browser.read()) == (401, "no_visitor")


def test_without_a_token_there_is_nothing_to_read(browser):
    assert error(browser.read()) == (401, "no_visitor")


@pytest.mark.parametrize("public_id", ["nobody", "x" * 60, "%00", "a%20b", "..%2f"])
@pytest.mark.parametrize("what", ["", "widget.js", "messages", "seen"])
def test_an_unknown_chat_is_404(client, public_id, what):
    assert client.get(f"/chat/{public_id}/{what}").status_code == 404


def test_a_bot_is_no_chat(client):
    assert client.get(f"/chat/{make_bot('http://127.0.0.1:9').public_id}/").status_code == 404


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (400, "not_json")),
        (b"\xff\xfe", (400, "not_json")),
        (b"[1]", (400, "not_json")),
        (b"[" * 60_000, (400, "not_json")),
        (b'{"text": "a"}', (400, "key")),
        ({"key": 7, "text": "a"}, (400, "key")),
        ({"key": "not-a-uuid", "text": "a"}, (400, "key")),
        ({"key": str(uuid.uuid4())}, (400, "empty")),
        ({"key": str(uuid.uuid4()), "text": ["a"]}, (400, "empty")),
        ({"key": str(uuid.uuid4()), "text": " \n\t"}, (400, "empty")),
        ({"key": str(uuid.uuid4()), "text": "я" * 4001}, (400, "too_long")),
        (b'{"text": "' + b"a" * 70_000 + b'"}', (413, "too_large")),
    ],
)
def test_bad_input_gets_a_sentence_and_stores_nothing(browser, body, expected):
    assert error(browser.post("messages", body)) == expected
    assert (ChatVisitor.objects.count(), InboundEvent.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "text",
    ["я" * 4000, "👨‍👩‍👧‍👦🔋", "a\x00b", "\ud83d одинокий", "‮справа налево", "<script>alert(1)</script>"],
)
def test_strange_words_are_kept_as_far_as_a_database_can(browser, text):
    assert browser.write(text).status_code == 200
    kept = ChatLine.objects.get().text
    assert browser.texts() == [kept]
    assert "\x00" not in kept
    read_event(InboundEvent.objects.get())


@pytest.mark.parametrize(
    "origin", [7, [], {"page": {}}, {"prefilled": [1]}, {"prefilled": {"a": {"b": 1}}}, None]
)
def test_a_strange_origin_harms_nothing(browser, origin):
    assert browser.write(origin=origin).status_code == 200
    read_event(InboundEvent.objects.get())


def test_an_origin_is_cut_to_size(browser):
    browser.write(
        origin={"page": "p" * 9000, "ad_id": "i" * 9000, "prefilled": {str(n): "v" * 900 for n in range(40)}}
    )

    assert len(bytes(InboundEvent.objects.get().body)) < 7000


def test_a_hasty_visitor_is_asked_to_wait_and_loses_nothing(browser):
    browser.write("0")
    statuses = [browser.write(str(n)) for n in range(30)]

    refused = [response for response in statuses if response.status_code == 429]
    assert refused
    assert error(refused[0]) == (429, "too_fast")
    assert int(refused[0].headers["Retry-After"]) >= 1
    stored = sum(response.status_code == 200 for response in statuses) + 1
    assert ChatLine.objects.count() == InboundEvent.objects.count() == stored


def test_a_line_that_is_stored_already_is_answered_even_to_the_hasty(browser):
    key = str(uuid.uuid4())
    browser.write(key=key)
    for n in range(30):
        browser.write(str(n))

    assert browser.write(key=key).status_code == 200


def test_behind_a_trusted_proxy_its_word_for_the_address_counts(settings, rf):
    request = rf.get("/", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9", REMOTE_ADDR="10.0.0.1")
    settings.SECURE_PROXY_SSL_HEADER = None
    assert address_of(request) == "10.0.0.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert address_of(request) == "203.0.113.9"


def test_a_chat_that_is_off_takes_no_lines_but_shows_the_old_ones():
    channel = make_webchat(config={"offline_text": "Звоните: +7 900 000-00-00"})
    browser = Browser(channel)
    browser.write("раньше")
    Channel.objects.update(is_active=False)

    refused = browser.write("теперь")

    assert refused.json()["error"] == {"code": "closed", "message": "Звоните: +7 900 000-00-00"}
    assert browser.read().json()["open"] is False
    assert browser.texts() == ["раньше"]


def test_a_disconnected_chat_takes_no_lines(browser):
    Connection.objects.update(is_active=False)

    assert error(browser.write()) == (403, "closed")


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(browser, method):
    assert error(getattr(browser.client, method)(browser.path + "/messages")) == (405, "method")


def test_it_works_without_cookies_and_sets_none(channel):
    browser = Browser(channel, client=Client(enforce_csrf_checks=True))

    response = browser.write()

    assert response.status_code == 200
    assert not response.cookies
    assert not browser.read().cookies
    assert response.headers["Cache-Control"] == "no-store"
