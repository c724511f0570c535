"""Reply buttons from the operator's form to the client and back: a press is the client's message, once."""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Author, Conversation, Message
from apps.channels.connectors import webchat
from apps.channels.contract import Capability
from apps.channels.models import Delivery, InboundEvent, Outcome, Press
from apps.channels.presses import IMPATIENCE, PATIENCE
from apps.core.models import State
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.appeals.pressers import PRESSERS, Presser, telegram
from tests.channels import vk_groups
from tests.channels.bots import changed
from tests.channels.outbox import let_pass
from tests.peers.server import Reply
from tests.peers.telegram import TelegramPeer
from tests.work import drain

pytestmark = pytest.mark.django_db

CHOICES = ("Да, завтра", "Нет")


@pytest.fixture(autouse=True)
def _loopback(settings: Any, tmp_path: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    settings.PUBLIC_URL = "https://crm.example.com"


@pytest.fixture(params=list(PRESSERS))
def presser(request: pytest.FixtureRequest, shop: Tenant) -> Iterator[Presser]:
    with PRESSERS[request.param](shop) as presser:
        come(presser, presser.first)
        yield presser


@pytest.fixture
def in_telegram(shop: Tenant) -> Iterator[Presser]:
    with telegram(shop) as presser:
        come(presser, presser.first)
        yield presser


def come(presser: Presser, body: bytes) -> None:
    assert presser.post(body).status_code == 200
    drain()


def ask(desk: Client, *buttons: str, text: str = "Записать вас?", **fields: Any) -> dict[str, Any]:
    form = {"text": text, "key": str(uuid.uuid4()), "button": list(buttons or CHOICES), **fields}
    answer: dict[str, Any] = desk.post(f"/admin/desk/{Conversation.objects.get().pk}/answer/", form).json()
    drain()
    return answer


def said() -> list[str]:
    """By the client, since they were asked."""
    asked = Message.objects.filter(author=Author.OPERATOR).latest("pk")
    return list(Message.objects.filter(author=Author.CLIENT, pk__gt=asked.pk).values_list("text", flat=True))


def test_a_pressed_button_comes_back_as_the_clients_message_in_its_words(presser, desk):
    assert ask(desk) == {"ok": True}
    seen = presser.seen()
    assert [words for words, _data in seen] == list(CHOICES)

    come(presser, presser.press(seen[0][1], seen[0][0], 1))

    message = Message.objects.latest("pk")
    assert (message.author, message.text, message.note) == (Author.CLIENT, "Да, завтра", "")
    assert Conversation.objects.get().waiting_since is not None
    told = [("query-1", "✓ Да, завтра")] if presser.waits else []
    assert presser.answered() == told


def test_a_press_that_is_brought_again_is_one_message_and_is_answered_once(presser, desk):
    ask(desk)
    words, data = presser.seen()[1]
    body = presser.press(data, words, 1)
    for again in (body, body, json.dumps(json.loads(body) | {"redelivered": True}).encode()):
        come(presser, again)

    assert said() == ["Нет"]
    assert len(presser.answered()) == (1 if presser.waits else 0)


def test_whoever_presses_one_and_then_the_other_has_said_both(presser, desk):
    ask(desk)
    for number, (words, data) in enumerate(presser.seen(), 1):
        come(presser, presser.press(data, words, number))

    assert said() == list(CHOICES)


def test_a_longest_text_and_the_most_buttons_go_as_the_service_takes_them(presser, desk):
    limits = {"whatsapp": (3, 20), "vk": (10, 40), "telegram": (12, 40), "max": (30, 128)}
    slug = Connection.objects.get().connector
    most, longest = limits.get(slug, (13, 20))
    buttons = [f"{number:02d}{'ж' * (longest - 2)}" for number in range(most)]
    assert ask(desk, *buttons, text="а" * 400) == {"ok": True}

    seen = presser.seen()
    assert [words for words, _data in seen] == buttons
    come(presser, presser.press(seen[-1][1], buttons[-1], 1))
    message = Message.objects.latest("pk")
    assert (message.text, message.note) == (buttons[-1], "")


@pytest.mark.parametrize("presser", [name for name in PRESSERS if name != "telegram"], indirect=True)
def test_a_text_too_long_for_one_message_has_its_buttons_under_the_last(presser, desk):
    ask(desk, text="слово " * 1500)
    let_pass(60)
    while Delivery.objects.exclude(state=State.DONE).exists():
        let_pass(60)
        drain()

    rows = list(Delivery.objects.order_by("pk"))
    assert len(rows) > 1
    assert [row.buttons for row in rows] == [[]] * (len(rows) - 1) + [list(CHOICES)]
    assert [words for words, _data in presser.seen()] == list(CHOICES)


def test_a_file_goes_first_and_the_buttons_stand_under_the_text(in_telegram, desk):
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7 x", content_type="application/pdf")
    assert ask(desk, file=file) == {"ok": True}

    first, second = Delivery.objects.order_by("pk")
    assert (first.text, first.buttons, second.buttons) == ("", [], list(CHOICES))


def test_two_presses_in_a_moment_are_one_message_and_both_are_answered(in_telegram, desk):
    """Telegram shows the client nothing of a press but our answer to it."""
    ask(desk)
    words, data = in_telegram.seen()[0]
    for number in (1, 2, 3):
        come(in_telegram, in_telegram.press(data, words, number))

    assert said() == [words]
    assert [name for name, _shown in in_telegram.answered()] == ["query-1", "query-2", "query-3"]
    assert InboundEvent.objects.latest("pk").outcome == Outcome.DUPLICATE
    assert InboundEvent.objects.latest("pk").reason == "pressed_twice"


@pytest.mark.parametrize("between", ["a while", "words"])
def test_the_same_button_pressed_anew_is_said_anew(in_telegram, desk, between):
    ask(desk)
    words, data = in_telegram.seen()[0]
    come(in_telegram, in_telegram.press(data, words, 1))
    if between == "words":
        come(in_telegram, changed("text", message_id=9001, text="Нет, подождите"))
    later = timezone.now() + (IMPATIENCE if between == "a while" else timedelta(0))
    with time_machine.travel(later + timedelta(seconds=1)):
        come(in_telegram, in_telegram.press(data, words, 2))

    assert said().count(words) == 2


def test_a_message_that_telegram_no_longer_shows_us_is_pressed_all_the_same(in_telegram, desk):
    ask(desk)
    words, data = in_telegram.seen()[0]
    body = json.loads(in_telegram.press(data, words, 1))
    message = body["callback_query"]["message"]
    body["callback_query"]["message"] = {"chat": message["chat"], "message_id": 1, "date": 0}
    come(in_telegram, json.dumps(body).encode())

    assert said() == [words]


def test_a_message_that_is_gone_from_max_is_pressed_all_the_same_in_its_clients_chat(shop, desk):
    with PRESSERS["max"](shop) as presser:
        come(presser, presser.first)
        ask(desk)
        words, data = presser.seen()[0]
        body = json.loads(presser.press(data, words, 1)) | {"message": None}
        come(presser, json.dumps(body).encode())

        assert said() == [words]
        assert Conversation.objects.count() == 1
        assert presser.answered() == [("query-1", f"✓ {words}")]


def test_buttons_of_the_communitys_own_in_vk_stop_waiting_too(shop):
    with PRESSERS["vk"](shop) as presser:
        come(presser, presser.first)
        come(presser, vk_groups.event("press"))

        assert "order" in Message.objects.latest("pk").note
        (answer,) = presser.answered()
        assert (answer["event_id"], answer["user_id"]) == ("d34db33f", "987654321")


# --- the answer to the press is a courtesy


@pytest.fixture
def bot_pressed(shop: Tenant, bot_peer: TelegramPeer, arrive: Any) -> TelegramPeer:
    arrive("text")
    return bot_peer


def test_what_telegram_refuses_to_hear_changes_nothing(bot_pressed, arrive):
    bot_pressed.fail("answerCallbackQuery", 400, "Bad Request: query is too old and response timeout expired")
    arrive("callback")

    press = Press.objects.get()
    assert (press.state, press.outcome) == (State.DONE, "bad_request")
    assert Message.objects.latest("pk").text == "Да, запишите"
    assert Connection.objects.get().health != Health.NEEDS_RECONNECT


def test_a_service_that_is_away_is_told_a_moment_later(bot_pressed, arrive):
    bot_pressed.next("answerCallbackQuery", Reply(status=503, json={"ok": False, "error_code": 503}))
    arrive("callback")
    assert Press.objects.get().state == State.QUEUED

    Press.objects.update(due_at=timezone.now())
    drain()
    assert Press.objects.get().outcome == ""
    assert len(bot_pressed.answered) == 2


def test_nobody_is_told_long_after(bot_pressed, arrive):
    bot_pressed.next("answerCallbackQuery", Reply(status=503, json={"ok": False, "error_code": 503}))
    arrive("callback")
    Press.objects.update(due_at=timezone.now(), pressed_at=timezone.now() - PATIENCE * 2)
    drain()

    assert (Press.objects.get().state, Press.objects.get().outcome) == (State.DONE, "too_late")


def test_of_another_programs_buttons_the_words_are_shown_and_their_code_stays_with_the_event(
    bot_pressed, arrive
):
    arrive("callback")

    pressed = Message.objects.latest("pk")
    assert (pressed.text, pressed.note) == ("Да, запишите", "[нажата кнопка]")
    assert b"book:1" in bytes(InboundEvent.objects.latest("pk").body)


# --- what the gate says


def test_the_same_form_with_other_buttons_is_not_taken_for_a_repetition(in_telegram, desk):
    key = str(uuid.uuid4())
    assert ask(desk, key=key) == {"ok": True}
    assert ask(desk, key=key) == {"ok": True}
    changed_since = ask(desk, "Да", "Позже", key=key)

    assert (changed_since["ok"], changed_since["code"]) == (False, "sent_before")
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("buttons", [["ж" * 41], ["Да", "Да"], [str(number) for number in range(13)]])
def test_what_the_channel_does_not_take_is_refused_before_it_is_sent(in_telegram, desk, buttons):
    answer = ask(desk, *buttons)

    assert not answer["ok"]
    assert answer["error"]
    assert not Delivery.objects.exists()
    assert not in_telegram.answered()


def test_the_composer_offers_them_where_the_channel_has_them_alone(routed, page, monkeypatch):
    talk = routed("Здравствуйте")
    offered = page(talk)
    assert "data-buttons-open" in offered
    assert 'data-most="12"' in offered
    assert 'maxlength="60"' in offered

    without = webchat.SPEC.capabilities - {Capability.BUTTONS}
    monkeypatch.setattr(webchat, "SPEC", replace(webchat.SPEC, capabilities=without))
    assert "button" not in re.findall('name="([^"]+)"', page(talk))
    assert "data-buttons-open" not in page(talk)


def test_blank_buttons_are_none(in_telegram, desk):
    ask(desk, " ", "Да\u202e", "\n")

    assert Delivery.objects.get().buttons == ["Да"]
