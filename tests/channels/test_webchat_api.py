"""The web chat's API: nothing a visitor wrote is lost or doubled, and all is read in its order."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, close_old_connections, connection, connections, transaction
from django.utils import timezone

from apps.channels.connectors import webchat
from apps.channels.connectors.webchat import in_turn
from apps.channels.contract import Incoming
from apps.channels.models import ChatLine, ChatVisitor, Delivery, InboundEvent
from apps.channels.reading import read_event
from apps.core.models import State
from tests.channels.chat_visits import Browser, answer, browser, channel, error
from tests.channels.outbox import work

pytestmark = pytest.mark.django_db

__all__ = ["browser", "channel"]


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
