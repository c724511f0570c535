"""Telegram's updates as normalised messages."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.channels.connectors import telegram
from apps.channels.contract import Edited, Ignored, Inbound, Incoming, MediaKind, Reachability
from apps.core.errors import Rejected
from tests.channels.bots import changed, update

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def parse(body: bytes) -> Inbound:
    (only,) = telegram.parse(body, received_at=NOW, timezone="Europe/Moscow")
    return only


def message(body: bytes) -> Incoming:
    parsed = parse(body)
    assert isinstance(parsed, Incoming)
    return parsed


def test_the_customers_text_update_is_a_message():
    said = message(update("text"))

    assert said.text == "Здравствуйте! Можно заменить батарею на iPhone 14?"
    assert said.external_message_id == "1234"
    assert said.sent_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert said.sender.external_user_id == said.sender.external_chat_id == "700000001"
    assert (said.sender.name, said.sender.username) == ("Иван Петров", "ivan_petrov")
    assert (said.media, said.note, said.reply_to, said.from_us) == ((), "", "", False)


def test_the_customers_voice_update_is_a_message_with_a_voice_file():
    said = message(update("voice"))
    (voice,) = said.media

    assert (voice.kind, voice.ref) == (MediaKind.VOICE, "AwACAgIAAxkBAAIxxx...")
    assert (voice.content_type, voice.size, voice.seconds) == ("audio/ogg", 12345, 5)
    assert said.sender.name == "Иван"


def test_of_a_photo_the_largest_size_is_taken_with_its_caption_and_album():
    said = message(update("photo"))

    assert [file.ref for file in said.media] == ["large"]
    assert (said.text, said.album) == ("Разбил экран", "13500000000000001")


@pytest.mark.parametrize(
    ("name", "kind", "content_type"),
    [
        ("audio", MediaKind.AUDIO, "audio/mpeg"),
        ("video", MediaKind.VIDEO, "video/mp4"),
        ("video_note", MediaKind.VIDEO, "video/mp4"),
        ("animation", MediaKind.VIDEO, "video/mp4"),
        ("document", MediaKind.DOCUMENT, "application/pdf"),
        ("sticker", MediaKind.STICKER, "image/webp"),
    ],
)
def test_a_file_of_each_kind_comes_exactly_once(name, kind, content_type):
    (file,) = message(update(name)).media
    assert (file.kind, file.content_type) == (kind, content_type)


def test_a_file_name_cannot_turn_itself_around():
    (file,) = message(update("document")).media
    assert file.name == "Чек gpj.exe"


def test_the_senders_own_contact_card_is_their_phone():
    assert message(update("own_contact")).sender.phone == "+79001234567"


def test_somebody_elses_contact_card_is_a_note_and_nobodys_phone():
    said = message(update("other_contact"))
    assert said.sender.phone == ""
    assert "Мария" in said.note
    assert "+7 900 765-43-21" in said.note


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("location", "55.751244, 37.618423"),
        ("venue", "ТЦ Радуга, ул. Ленина, 1"),
        ("forwarded", "Мастер Олег"),
        ("poll", "Куда едем?"),
        ("sticker", "👍"),
    ],
)
def test_what_is_no_text_and_no_file_is_told_in_a_note(name, words):
    assert words in message(update(name)).note


def test_a_reply_names_the_message_it_answers():
    assert message(update("reply")).reply_to == "1200"


def test_a_start_link_says_which_advertisement_led_here():
    said = message(update("start_from_ad"))
    assert (said.ad_channel, said.ad_id) == ("telegram", "item_456789")


def test_a_pressed_button_is_a_message_in_the_buttons_own_words():
    said = message(update("callback"))
    assert said.text == "Да, запишите"
    assert said.note == "[нажата кнопка]"
    assert said.external_message_id == "callback:4382bfdwdsb323b2d9"


def test_an_edited_message_is_an_edit_of_the_same_id():
    body = json.loads(update("edited"))
    edited = parse(update("edited"))
    assert isinstance(edited, Edited)
    assert edited.text == "iPhone 14 Pro"
    assert edited.external_message_id == str(body["edited_message"]["message_id"])
    assert not edited.deleted


@pytest.mark.parametrize(("name", "reachable"), [("blocked", False), ("unblocked", True)])
def test_blocking_the_bot_changes_whether_the_client_can_be_reached(name, reachable):
    changed_to = parse(update(name))
    assert isinstance(changed_to, Reachability)
    assert (changed_to.sender.external_user_id, changed_to.reachable) == ("700000001", reachable)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("group", "group_chat"),
        ("pinned", "service_message"),
        ("from_bot", "bot"),
        ("reaction", "unsupported_message_reaction"),
    ],
)
def test_what_is_not_a_clients_message_is_ignored_with_its_reason(name, reason):
    assert parse(update(name)) == Ignored(reason=reason)


def test_a_content_that_nobody_knows_yet_is_ignored_by_name():
    body = json.loads(update("text"))
    del body["message"]["text"]
    body["message"]["hologram"] = {"id": 1}
    assert parse(json.dumps(body).encode()) == Ignored(reason="unknown_content")


def test_ids_of_64_bits_stay_exact():
    far = 2**52 - 1
    body = json.loads(update("text"))
    body["message"]["from"]["id"] = body["message"]["chat"]["id"] = far
    assert message(json.dumps(body).encode()).sender.external_user_id == str(far)


@pytest.mark.parametrize("date", [0, 3, -5, "soon", None, True, 10**30, {"a": 1}])
def test_an_impossible_time_becomes_the_time_of_arrival(date):
    assert message(changed("text", date=date)).sent_at == NOW


def test_a_time_in_milliseconds_is_understood():
    assert message(changed("text", date=1_700_000_000_000)).sent_at.year == 2023


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a\x00b", "a\ufffdb"),
        ("lone \ud83d half", "lone \ufffd half"),
        ("🔋🔋🔋", "🔋🔋🔋"),
        ("б" * 100_000, "б" * 100_000),
    ],
)
def test_text_that_cannot_be_stored_is_made_fit_and_the_rest_stays(text, stored):
    assert message(changed("text", text=text)).text == stored


def test_a_name_with_direction_marks_cannot_turn_the_page_around():
    sender = {"id": 700000001, "is_bot": False, "first_name": "\u202eнавИ\u200f", "username": "a\u2066b"}
    said = message(changed("text", **{"from": sender}))
    assert (said.sender.name, said.sender.username) == ("навИ", "ab")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"hello"',
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"update_id": 1, "message": {"chat": {"type": "private"}, "from": {"id": 1}, "text": "a"}}',
        b'{"update_id": 1, "message": {"chat": {"type": "private", "id": true}, "from": {"id": 1}, "dice": {}}}',  # noqa: E501
    ],
)
def test_a_body_that_is_no_update_is_rejected_and_never_breaks(body):
    with pytest.raises(Rejected):
        telegram.parse(body, received_at=NOW, timezone="UTC")


def _replacements() -> list[Any]:
    return [None, True, -1, 10**40, "x", "\x00\ud800", [], [1], {}, {"a": {}}, [[{}]], 1.5]


@pytest.mark.parametrize(
    "name", ["text", "photo", "voice", "callback", "blocked", "venue", "forwarded", "edited"]
)
def test_any_field_of_any_type_is_read_or_rejected_but_never_breaks(name):
    original = json.loads(update(name))
    for path in _paths(original):
        for value in _replacements():
            body = json.loads(update(name))
            holder = body
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = value
            try:
                telegram.parse(json.dumps(body).encode(), received_at=NOW, timezone="UTC")
            except Rejected:
                continue


def _paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[Any, ...]] = []
    for step, inner in steps:
        found += [(*before, step), *_paths(inner, (*before, step))]
    return found
