"""Typing, reading, being away and leaving contacts: what the chat tells both sides, and what it costs."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from apps.channels.chat.away import away_words
from apps.channels.chat.sessions import find_chat
from apps.channels.contract import Incoming
from apps.channels.delivery import queue_delivery
from apps.channels.models import Channel, ChatLine, ChatVisitor, InboundEvent
from apps.channels.presence import note_we_read, note_we_write
from apps.channels.reading import read_event
from tests.channels.outbox import make_bot, make_tenant, make_webchat, work

pytestmark = pytest.mark.django_db

HOURS = {"mon-fri": ["09:00-13:00", "14:00-20:00"], "sat": "10:00-24:00"}


@pytest.fixture
def channel() -> Channel:
    return make_webchat()


class Browser:
    def __init__(self, channel: Channel) -> None:
        self.path, self.token, self.client = f"/chat/{channel.public_id}", "", Client()

    def post(self, **body: Any) -> Any:
        response = self.client.post(
            f"{self.path}/messages",
            json.dumps({"key": str(uuid.uuid4()), **body}),
            content_type="application/json",
            headers={"X-Chat-Token": self.token} if self.token else {},
        )
        self.token = self.token or response.json().get("token", "")
        return response

    def look(self, query: str = "") -> dict[str, Any]:
        response = self.client.get(f"{self.path}/messages?{query}", headers={"X-Chat-Token": self.token})
        said: dict[str, Any] = response.json()
        return said


@pytest.fixture
def browser(channel: Channel) -> Browser:
    made = Browser(channel)
    made.post(text="Здравствуйте")
    return made


def last_read() -> Incoming:
    (item,) = read_event(InboundEvent.objects.latest("pk"))[1]
    assert isinstance(item, Incoming)
    return item


def test_a_look_costs_three_queries_whoever_types(channel, browser):
    chat = ChatVisitor.objects.get().external_id
    note_we_write(channel=channel, external_chat_id=chat)
    after = ChatLine.objects.latest("pk").pk
    with CaptureQueriesContext(
        connection,
    ) as asked:
        said = browser.look(f"after={after}")
    assert (len(asked), said["typing"]) == (3, True)

    with CaptureQueriesContext(connection) as asked:
        browser.look(f"after={after}&typing=1")
        browser.look(f"after={after}&typing=1")
    # Written once in a while, not at every look.
    assert len(asked) == 3 + 1 + 3


def test_typing_ends_by_itself_and_with_what_was_typed(channel, browser):
    visitor = ChatVisitor.objects.get()
    note_we_write(channel=channel, external_chat_id=visitor.external_id)
    assert browser.look()["typing"] is True
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=7), tick=False):
        assert browser.look()["typing"] is False

    work(
        queue_delivery(
            channel=channel,
            external_chat_id=visitor.external_id,
            external_user_id=visitor.external_id,
            text="Да",
        )
    )
    assert browser.look()["typing"] is False
    browser.look("typing=1")
    assert ChatVisitor.objects.get().writes_at is not None
    browser.post(text="Спасибо")
    assert ChatVisitor.objects.get().writes_at is None


def test_what_we_have_read_moves_forward_only_and_in_its_own_chat(channel, browser):
    chat, line = ChatVisitor.objects.get().external_id, str(ChatLine.objects.get().pk)
    for strange in ("", "x", "١"):
        note_we_read(channel=channel, external_chat_id=chat, external_message_id=strange)
    note_we_read(channel=make_webchat(), external_chat_id=chat, external_message_id=line)
    assert browser.look()["read"] == 0

    note_we_read(channel=channel, external_chat_id=chat, external_message_id=line)
    note_we_read(channel=channel, external_chat_id=chat, external_message_id="1")
    assert browser.look()["read"] == int(line)


def test_a_channel_without_such_signs_is_left_alone():
    bot = make_bot("http://127.0.0.1:9")
    note_we_write(channel=bot, external_chat_id="1")
    assert ChatVisitor.objects.count() == 0


@pytest.mark.parametrize(
    ("now", "language", "expected"),
    [
        ("2026-11-23T06:00Z", "ru", ""),  # Monday, 9:00 in Moscow
        ("2026-11-23T05:59Z", "ru", "сегодня с 09:00"),
        ("2026-11-23T10:30Z", "ru", "сегодня с 14:00"),
        ("2026-11-23T17:00Z", "ru", "завтра с 09:00"),
        ("2026-11-28T20:59Z", "ru", ""),  # Saturday until midnight
        ("2026-11-28T21:00Z", "ru", "завтра с 09:00"),  # Sunday already
        ("2026-11-29T07:00Z", "ru", "завтра с 09:00"),
        ("2026-11-27T17:00Z", "en", "tomorrow from 10:00"),
    ],
)
def test_the_page_says_when_we_are_back(now, language, expected):
    channel = make_webchat(tenant=make_tenant(working_hours=HOURS))
    type(channel.tenant).objects.update(language=language)

    with time_machine.travel(datetime.fromisoformat(now), tick=False):
        browser = Browser(channel)
        browser.post(text="Здравствуйте")
        said = browser.look()["away"]

    assert (expected in said) if expected else (said == "")


def test_after_tomorrow_it_is_a_day_of_the_week(client):
    channel = make_webchat(tenant=make_tenant(working_hours={"tue": "09:00-18:00"}))
    chat = find_chat(channel.public_id)
    assert chat is not None

    with time_machine.travel(datetime(2026, 11, 24, 16, tzinfo=UTC), tick=False):
        client.get(f"/chat/{channel.public_id}/")
        with translation.override("ru"):
            assert "во вторник" in away_words(chat)


def test_without_hours_and_with_nobody_there_the_owner_says_so():
    channel = make_webchat(config={"is_away": True, "offline_text": "Мы в отпуске до 9 декабря"})
    browser = Browser(channel)

    assert browser.post(text="Здравствуйте").status_code == 200
    assert browser.look()["away"] == "Мы в отпуске до 9 декабря"
    assert browser.look()["open"] is True


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        ("8 (900) 123-45-67", ("+79001234567", "")),
        ("+7 900 123 45 67", ("+79001234567", "")),
        ("9001234567", ("+79001234567", "")),
        ("+49 30 901820", ("+4930901820", "")),
        ("ivan@example.com", ("", "ivan@example.com")),
    ],
)
def test_contacts_come_with_an_ordinary_message(channel, reach, expected):
    browser = Browser(channel)
    contact = {"name": " Иван\n", "reach": reach, "consent": True}

    assert browser.post(text="Перезвоните", contact=contact).status_code == 200

    item = last_read()
    told = expected[0] or expected[1]
    assert item.text == f"Перезвоните\n\nИван, {told}"
    assert (item.sender.name, item.sender.phone, item.sender.email) == ("Иван", *expected)
    assert item.sender.external_user_id == ChatVisitor.objects.get().external_id
    assert told in item.prefilled.values()
    assert str(datetime.now(UTC).year) in item.prefilled["consent"]


def test_contacts_alone_are_a_message_too(channel):
    browser = Browser(channel)
    browser.post(contact={"name": "", "reach": "+79001234567", "consent": True})

    assert last_read().text == "+79001234567"


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ({"reach": "+79001234567"}, "consent"),
        ({"reach": "+79001234567", "consent": "yes"}, "consent"),
        ({"reach": "", "consent": True}, "reach"),
        ({"reach": "12", "consent": True}, "reach"),
        ({"reach": "a@b", "consent": True}, "reach"),
        ({"reach": "позвоните мне", "consent": True}, "reach"),
        ({"reach": "0" * 11, "consent": True}, "reach"),
        ({"reach": {"x": 1}, "consent": True}, "reach"),
    ],
)
def test_contacts_that_do_not_do_are_refused_with_the_reason(channel, contact, expected):
    browser = Browser(channel)
    refused = browser.post(text="Перезвоните", contact=contact)

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, expected)
    assert InboundEvent.objects.count() == 0


@pytest.mark.parametrize("contact", [None, [], "x", 7])
def test_what_is_no_contact_is_passed_over(channel, contact):
    assert Browser(channel).post(text="Да", contact=contact).status_code == 200
    assert "consent" not in last_read().prefilled
