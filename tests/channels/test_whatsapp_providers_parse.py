"""Events of Twilio, Bird and Green API as normalised messages."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from apps.channels.connectors import whatsapp
from apps.channels.contract import (
    Edited,
    Ignored,
    Inbound,
    Incoming,
    MediaKind,
    Reachability,
    Reached,
    Reacted,
    StatusChanged,
)
from apps.core.errors import Rejected
from tests.channels.whatsapp_providers import ALL, BIRD, GREEN, IVAN, TWILIO, Provider

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HELLO = "Здравствуйте! Можно заменить батарею на iPhone 14?"
every = pytest.mark.parametrize("provider", ALL, ids=lambda one: one.name)


def parse_all(body: bytes) -> list[Inbound]:
    return whatsapp.parse(body, received_at=NOW, timezone="Europe/Moscow")


def parse(provider: Provider, name: str, **fields: Any) -> Inbound:
    (only,) = parse_all(provider.event(name, **fields))
    return only


def message(provider: Provider, name: str, **fields: Any) -> Incoming:
    parsed = parse(provider, name, **fields)
    assert isinstance(parsed, Incoming)
    return parsed


@pytest.mark.parametrize(
    ("provider", "message_id", "sent_at"),
    [
        (TWILIO, "SM0001", NOW),
        (
            BIRD,
            "404544c5-9920-45f1-8990-0855634ab7ac",
            datetime(2026, 11, 20, 10, 0, 0, 858_000, tzinfo=UTC),
        ),
        (GREEN, "F7AEC1B7086ECDC7", datetime(2025, 11, 20, 10, 0, tzinfo=UTC)),
    ],
)
def test_a_text_is_the_clients_by_phone(provider, message_id, sent_at):
    said = message(provider, "text")
    assert (said.text, said.external_message_id, said.sent_at) == (HELLO, message_id, sent_at)
    assert said.sender.external_user_id == said.sender.external_chat_id == IVAN
    assert (said.sender.name, said.sender.phone) == ("Иван Петров", f"+{IVAN}")
    assert (said.media, said.note, said.reply_to, said.from_us) == ((), "", "", False)


@pytest.mark.parametrize(
    ("provider", "name", "kind", "content_type", "file_name", "text"),
    [
        (TWILIO, "image", MediaKind.IMAGE, "image/jpeg", "", "Разбил экран"),
        (TWILIO, "voice", MediaKind.VOICE, "audio/ogg", "", ""),
        (TWILIO, "document", MediaKind.DOCUMENT, "application/pdf", "", "Чек.pdf"),
        (BIRD, "image", MediaKind.IMAGE, "image/jpeg", "", "Разбил экран"),
        (BIRD, "voice", MediaKind.VOICE, "audio/ogg", "audio.ogg", ""),
        (BIRD, "document", MediaKind.DOCUMENT, "application/pdf", "Чек.pdf", "Вот чек"),
        (GREEN, "image", MediaKind.IMAGE, "image/jpeg", "", "Разбил экран"),
        (GREEN, "video", MediaKind.VIDEO, "video/mp4", "", "Мигает"),
        (GREEN, "audio", MediaKind.AUDIO, "audio/mpeg", "", ""),
        (GREEN, "voice", MediaKind.VOICE, "audio/ogg", "", ""),
        (GREEN, "document", MediaKind.DOCUMENT, "application/pdf", "Чек.pdf", "Вот чек"),
        (GREEN, "sticker", MediaKind.STICKER, "image/webp", "", ""),
    ],
)
def test_a_file_comes_once_with_its_words(provider, name, kind, content_type, file_name, text):
    said = message(provider, name)
    (file,) = said.media
    assert (file.kind, file.content_type, file.name) == (kind, content_type, file_name)
    assert file.ref.startswith("https://")
    assert (said.text, said.note) == (text, "")


def test_several_files_of_one_message_all_come():
    kinds = [file.kind for file in message(TWILIO, "several_files").media]
    assert kinds == [MediaKind.IMAGE, MediaKind.VIDEO]


@pytest.mark.parametrize(
    ("provider", "name", "words"),
    [
        (TWILIO, "location", ["55.751244, 37.618423", "ТЦ Радуга, ул. Ленина, 1"]),
        (BIRD, "location", ["55.751244, 37.618423", "ТЦ Радуга, ул. Ленина, 1"]),
        (GREEN, "location", ["55.751244, 37.618423", "ТЦ Радуга, ул. Ленина, 1"]),
        (GREEN, "contact", ["Мария Иванова", "+7 900 765-43-21"]),
        (GREEN, "contacts", ["Мария Иванова", "Пётр", "+7 900 111-22-33"]),
        (GREEN, "poll", ["Когда удобно?"]),
        (TWILIO, "referral", ["Батарея за час"]),
        (TWILIO, "unknown", ["WhatsApp"]),
        (BIRD, "unknown", ["WhatsApp"]),
        (GREEN, "unknown", ["WhatsApp"]),
    ],
)
def test_what_is_no_text_and_no_file_is_told_in_a_note(provider, name, words):
    note = message(provider, name).note
    assert [word for word in words if word not in note] == []


@pytest.mark.parametrize(("provider", "ours"), [(TWILIO, "SM_OURS"), (BIRD, "ours-1"), (GREEN, "OURS1")])
def test_a_pressed_button_is_a_message_in_its_own_words(provider, ours):
    said = message(provider, "button")
    assert (said.text, said.reply_to) == ("Подтвердить", ours)
    assert said.note == "[нажата кнопка]"


@pytest.mark.parametrize(
    ("provider", "name", "ours"), [(TWILIO, "reply", "SM_OURS"), (GREEN, "quoted", "OURS1")]
)
def test_a_reply_names_the_message_it_answers(provider, name, ours):
    said = message(provider, name)
    assert (said.text, said.reply_to) == ("Да", ours)


@pytest.mark.parametrize("provider", [TWILIO, GREEN])
def test_what_was_forwarded_is_said_to_be(provider):
    said = message(provider, "forwarded")
    assert (said.text, bool(said.note)) == ("Скидка", True)


def test_an_advertisement_that_led_here_is_named():
    said = message(TWILIO, "referral")
    assert (said.ad_channel, said.ad_id) == ("whatsapp", "120208123456789")


@pytest.mark.parametrize(
    ("provider", "name", "fields", "known_as"),
    [
        (TWILIO, "text", {"From": "whatsapp:RU.1349120865530274", "WaId": ""}, "RU.1349120865530274"),
        (GREEN, "hidden_number", {}, "253184690122931@lid"),
    ],
)
def test_a_client_who_hides_the_number_is_known_by_another_id(provider, name, fields, known_as):
    sender = message(provider, name, **fields).sender
    assert (sender.external_chat_id, sender.phone) == (known_as, "")


@pytest.mark.parametrize(
    ("provider", "name", "message_id", "reached"),
    [
        (TWILIO, "status_sent", "SM_OURS", Reached.SENT),
        (TWILIO, "status_delivered", "SM_OURS", Reached.DELIVERED),
        (TWILIO, "status_read", "SM_OURS", Reached.READ),
        (BIRD, "status_sent", "ours-1", Reached.SENT),
        (BIRD, "status_delivered", "ours-1", Reached.DELIVERED),
        (BIRD, "seen", "ours-1", Reached.READ),
        (GREEN, "status_sent", "OURS1", Reached.SENT),
        (GREEN, "status_delivered", "OURS1", Reached.DELIVERED),
        (GREEN, "status_read", "OURS1", Reached.READ),
    ],
)
def test_a_status_moves_the_message_it_names(provider, name, message_id, reached):
    status = parse(provider, name)
    assert isinstance(status, StatusChanged)
    assert (status.external_message_id, status.reached, status.code) == (message_id, reached, "")


def test_bird_returns_our_own_key():
    status = parse(BIRD, "status_sent")
    assert isinstance(status, StatusChanged)
    assert status.key == "0b6cbb2e-3f3c-4f68-9f53-0a1d6a9c1f0e"
    other = parse(BIRD, "status_sent", reference="another program's")
    assert isinstance(other, StatusChanged)
    assert other.key == ""


@pytest.mark.parametrize(
    ("provider", "name", "code"),
    [
        (TWILIO, "status_failed", "63016"),
        (BIRD, "status_failed", "131047"),
        (GREEN, "status_failed", "failed"),
    ],
)
def test_a_failure_brings_its_code(provider, name, code):
    status = parse(provider, name)
    assert isinstance(status, StatusChanged)
    assert (status.reached, status.code) == (Reached.FAILED, code)


@pytest.mark.parametrize(
    ("provider", "name"), [(TWILIO, "status_gone"), (BIRD, "status_gone"), (GREEN, "status_noAccount")]
)
def test_a_failure_because_the_client_is_not_there_says_so_of_the_client(provider, name):
    status, gone = parse_all(provider.event(name))
    assert isinstance(status, StatusChanged)
    assert status.reached is Reached.FAILED
    assert isinstance(gone, Reachability)
    assert (gone.sender.external_user_id, gone.reachable) == (IVAN, False)


@pytest.mark.parametrize(
    ("provider", "name", "reason"),
    [
        (TWILIO, "status_queued", "status_queued"),
        (BIRD, "status_processing", "status_processing"),
        (BIRD, "clicked", "interaction"),
        (BIRD, "other_event", "unsupported_whatsapp.touchpoint"),
        (GREEN, "group", "group_chat"),
        (GREEN, "own_change", "own_change"),
        (GREEN, "status_other", "status_notInGroup"),
        (GREEN, "state", "state_notAuthorized"),
        (GREEN, "ringing", "call"),
        (GREEN, "device", "deviceInfo"),
    ],
)
def test_what_is_not_a_clients_message_is_ignored_with_its_reason(provider, name, reason):
    assert parse(provider, name) == Ignored(reason=reason)


# --- Green API sees what a phone sees


def test_a_placeholder_of_an_unread_message_is_told_and_is_nobodys_words():
    said = message(GREEN, "placeholder")
    assert said.text == ""
    assert said.note
    assert "SWE" not in said.note


def test_a_client_who_writes_about_a_placeholder_is_read():
    said = message(
        GREEN,
        "text",
        messageData={
            "typeMessage": "textMessage",
            "textMessageData": {"textMessage": "у меня пришло {{SWE001}}"},
        },
    )
    assert (said.text, said.note) == ("у меня пришло {{SWE001}}", "")


@pytest.mark.parametrize(("name", "text"), [("from_phone", "Приезжайте до семи"), ("own_echo", "Ждём")])
def test_what_we_sent_is_ours_in_the_clients_chat(name, text):
    said = message(GREEN, name)
    assert said.from_us
    assert (said.sender.external_chat_id, said.sender.name, said.text) == (IVAN, "Иван Петров", text)


def test_an_edit_and_a_withdrawal_are_of_the_message_they_name():
    edited, deleted = parse(GREEN, "edited"), parse(GREEN, "deleted")
    assert isinstance(edited, Edited)
    assert isinstance(deleted, Edited)
    assert (edited.external_message_id, edited.text, edited.deleted) == ("FIRST1", "iPhone 14 Pro", False)
    assert (deleted.external_message_id, deleted.text, deleted.deleted) == ("FIRST1", "", True)


def test_a_sign_under_a_message_is_a_reaction():
    reacted = parse(GREEN, "reaction")
    assert isinstance(reacted, Reacted)
    assert (reacted.external_message_id, reacted.emoji) == ("OURS1", "👍")


def test_a_missed_call_is_told():
    said = message(GREEN, "missed_call")
    assert (said.sender.external_chat_id, said.external_message_id) == (IVAN, "CALL1")
    assert said.note


def test_a_client_who_blocked_us_cannot_be_reached():
    gone = parse(GREEN, "blocked")
    assert isinstance(gone, Reachability)
    assert (gone.sender.external_user_id, gone.reachable) == (IVAN, False)


# --- Whatever may come


@every
def test_every_fixture_becomes_something(provider):
    assert all(parse_all(provider.event(name)) for name in provider.names())


@pytest.mark.parametrize(
    "body",
    [
        b"AccountSid=&MessageSid=",
        b"AccountSid=AC1&MessageSid=",
        b"AccountSid=AC1&MessageSid=SM1&From=",
        b"AccountSid=AC1&MessageSid=SM1&From=%ff&To=%fe",
        b"AccountSid=AC1&MessageSid=SM1" + b"&a=1" * 2000,
        b'{"typeWebhook": "incomingMessageReceived"}',
        b'{"typeWebhook": ""}',
        b'{"event": "whatsapp.inbound", "payload": {}}',
        b'{"event": "whatsapp.inbound", "payload": {"id": "1"}}',
        b'{"payload": 1}',
    ],
)
def test_a_body_that_is_no_event_is_rejected(body):
    with pytest.raises(Rejected):
        parse_all(body)


@pytest.mark.parametrize("provider", [BIRD, GREEN], ids=lambda one: one.name)
def test_any_field_of_any_type_is_read_or_rejected_but_never_breaks(provider):
    odd: list[Any] = [
        None,
        True,
        -1,
        10**40,
        "x",
        "y" * 300,
        "\x00\ud800",
        [],
        [1],
        {},
        {"a": {}},
        [[{}]],
        1.5,
    ]
    for name in provider.names():
        for path in _paths(json.loads(provider.event(name))):
            for value in odd:
                body = json.loads(provider.event(name))
                holder = body
                for step in path[:-1]:
                    holder = holder[step]
                holder[path[-1]] = value
                _read_or_refuse(json.dumps(body).encode())


def test_any_field_of_a_form_is_read_or_rejected_but_never_breaks():
    for name in TWILIO.names():
        fields = dict(parse_qsl(TWILIO.event(name).decode(), keep_blank_values=True))
        for changed in fields:
            for value in ("", "x", "9" * 400, "-1", "\x00", "whatsapp:", "1e9", "²"):
                _read_or_refuse(urlencode(fields | {changed: value}).encode())


def _read_or_refuse(body: bytes) -> None:
    try:
        found = parse_all(body)
    except Rejected:
        return
    assert found


def _paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[Any, ...]] = []
    for step, inner in steps:
        found += [(*before, step), *_paths(inner, (*before, step))]
    return found
