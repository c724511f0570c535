"""MAX's updates as normalised messages."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.channels.connectors import max as max_bots
from apps.channels.contract import Edited, Ignored, Inbound, Incoming, MediaKind, Reachability
from apps.core.errors import Rejected
from tests.channels.max_bots import CHAT, CLIENT, NAMES, attached, changed, saying, update

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SAID_AT = datetime(2025, 11, 21, 4, 40, 0, 123000, tzinfo=UTC)
MID = f"mid.{1:032x}"


def everything(body: bytes) -> list[Inbound]:
    return max_bots.parse(body, received_at=NOW, timezone="Europe/Moscow")


def parse(body: bytes) -> Inbound:
    (only,) = everything(body)
    return only


def message(body: bytes) -> Incoming:
    parsed = parse(body)
    assert isinstance(parsed, Incoming)
    return parsed


def test_a_text_is_a_message():
    said = message(update("text"))

    assert said.text == "Здравствуйте! Можно заменить батарею на iPhone 14?"
    assert (said.external_message_id, said.sent_at) == (MID, SAID_AT)
    assert (said.sender.external_user_id, said.sender.external_chat_id) == (CLIENT, CHAT)
    assert (said.sender.name, said.sender.username) == ("Иван Петров", "")
    assert (said.media, said.note, said.reply_to, said.ad_id, said.from_us) == ((), "", "", "", False)


def test_several_images_come_with_their_text():
    said = message(update("image"))

    assert [(file.kind, file.ref) for file in said.media] == [
        (MediaKind.IMAGE, "https://files.example.com/i?r=1"),
        (MediaKind.IMAGE, "https://files.example.com/i?r=2"),
    ]
    assert (said.text, said.note) == ("Разбил экран", "")


def test_a_recording_brings_what_is_said_in_it():
    (voice,) = message(update("audio")).media

    assert (voice.kind, voice.ref) == (MediaKind.VOICE, "https://files.example.com/a?id=1")
    assert voice.transcript == "Сколько стоит замена экрана?"


@pytest.mark.parametrize("transcription", [None, "", "  ", 5])
def test_a_recording_that_was_not_written_down_has_no_transcript(transcription):
    (voice,) = message(attached("audio", transcription=transcription)).media
    assert voice.transcript is None


def test_a_video_is_known_by_its_token():
    (video,) = message(update("video")).media
    assert (video.kind, video.ref, video.seconds) == (MediaKind.VIDEO, "video:video+token/1=", 9)


def test_a_file_has_its_size_and_a_name_that_cannot_turn_itself_around():
    (file,) = message(update("file")).media
    assert (file.kind, file.name, file.size) == (MediaKind.DOCUMENT, "Чек gpj.exe", 12345)


def test_a_sticker_is_a_file_with_a_note():
    said = message(update("sticker"))
    assert [file.kind for file in said.media] == [MediaKind.STICKER]
    assert said.note


def test_the_senders_own_signed_contact_is_their_phone():
    said = message(update("own_contact"))
    assert said.sender.phone == "+79001234567"
    assert "Иван Петров" in said.note


def test_somebody_elses_contact_is_a_note_and_nobodys_phone():
    said = message(update("other_contact"))
    assert said.sender.phone == ""
    assert "Мария" in said.note
    assert "+7 900 765-43-21" in said.note


@pytest.mark.parametrize("change", [{"hash": ""}, {"max_info": {"user_id": 1}}, {"vcf_info": "TEL:12"}])
def test_a_contact_that_proves_nothing_is_nobodys_phone(change):
    payload = json.loads(update("own_contact"))["message"]["body"]["attachments"][0]["payload"]
    assert message(attached("own_contact", payload=payload | change)).sender.phone == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("location", "55.751244, 37.618423"),
        ("share", "iPhone 14 Pro https://shop.example.com/iphone"),
        ("forward", "Мастер Олег"),
        ("unknown_attachment", "MAX"),
    ],
)
def test_what_is_no_text_and_no_file_is_told_in_a_note(name, words):
    assert words in message(update(name)).note


def test_a_preview_of_a_link_in_the_text_does_not_say_it_twice():
    body = json.loads(update("share"))
    body["message"]["body"]["text"] = "https://shop.example.com/iphone"
    assert "https" not in message(json.dumps(body).encode()).note


def test_a_file_that_names_no_address_leaves_a_note():
    said = message(attached("file", payload={}))
    assert said.media == ()
    assert said.note


def test_a_forwarded_message_brings_its_words_and_files():
    said = message(update("forward"))
    assert (said.text, [file.kind for file in said.media]) == ("Батарея 3500", [MediaKind.IMAGE])
    assert (said.reply_to, said.external_message_id) == ("", f"mid.{12:032x}")


def test_a_reply_names_the_message_it_answers_and_repeats_nothing():
    said = message(update("reply"))
    assert (said.text, said.reply_to, said.note) == ("Да, этот", f"mid.{0x900:032x}", "")


def test_a_start_command_says_which_advertisement_led_here():
    said = message(update("start_from_ad"))
    assert (said.ad_channel, said.ad_id) == ("max", "item_456789")


def test_starting_the_bot_is_a_message_with_its_origin_and_makes_reachable():
    said, reached = everything(update("bot_started"))

    assert isinstance(said, Incoming)
    assert (said.ad_channel, said.ad_id, said.text) == ("max", "avito_77", "")
    assert said.note
    assert (said.sender.external_user_id, said.sender.external_chat_id) == (CLIENT, CHAT)
    assert isinstance(reached, Reachability)
    assert (reached.reachable, reached.sender) == (True, said.sender)


def test_starting_twice_is_two_events_and_one_event_twice_is_one():
    body = json.loads(update("bot_started"))
    again = json.dumps(body | {"timestamp": body["timestamp"] + 1}).encode()
    ids = [one.external_message_id for raw in (update("bot_started"), update("bot_started"), again)
           for one in everything(raw) if isinstance(one, Incoming)]  # fmt: skip
    assert ids[0] == ids[1] != ids[2]


def test_starting_without_a_link_names_no_advertisement():
    body = json.loads(update("bot_started"))
    del body["payload"]
    said = everything(json.dumps(body).encode())[0]
    assert isinstance(said, Incoming)
    assert (said.ad_channel, said.ad_id) == ("", "")


def test_stopping_the_bot_makes_unreachable():
    stopped = parse(update("bot_stopped"))
    assert isinstance(stopped, Reachability)
    assert (stopped.reachable, stopped.sender.external_user_id) == (False, CLIENT)


def test_a_pressed_button_is_a_message_of_who_pressed_it_in_the_buttons_own_words():
    said = message(update("callback"))

    assert (said.text, said.reply_to) == ("Да, запишите", f"mid.{0x902:032x}")
    assert said.note == "[нажата кнопка]"
    assert (said.sender.external_user_id, said.sender.external_chat_id) == (CLIENT, CHAT)
    assert said.external_message_id == "callback:1763700119123:f9LHodD0cOIEr0gCxuvowdet"
    assert said.sent_at > SAID_AT
    assert not said.from_us


def test_a_button_whose_message_is_gone_is_still_a_message_of_the_client():
    said = message(update("callback_deleted"))

    assert (said.text, said.reply_to) == ("book:1", "")
    assert (said.sender.external_user_id, said.sender.external_chat_id) == (CLIENT, "")


def test_of_a_button_of_ours_its_words_are_all_there_is_to_say():
    body = json.loads(update("callback"))
    body["callback"]["payload"] = "Да, запишите"
    body["message"]["body"]["attachments"][0]["payload"]["buttons"][0][1]["payload"] = "Да, запишите"
    said = message(json.dumps(body).encode())

    assert (said.text, said.note) == ("Да, запишите", "")
    assert said.press == "f9LHodD0cOIEr0gCxuvowdet"


def test_a_button_pressed_twice_is_two_messages_whose_ids_fit_their_column():
    body = json.loads(update("callback"))
    body["callback"]["callback_id"] = "f9" * 200
    first = message(json.dumps(body).encode()).external_message_id
    body["callback"]["timestamp"] += 1
    second = message(json.dumps(body).encode()).external_message_id
    assert first != second
    assert len(first) < 200


def test_an_edit_is_of_the_same_message_and_later_than_it():
    edited = parse(update("edited"))
    assert isinstance(edited, Edited)
    assert (edited.text, edited.external_message_id) == ("iPhone 14 Pro, батарея", MID)
    assert edited.edited_at > SAID_AT
    assert not edited.deleted


def test_a_removed_message_is_taken_back_by_its_id():
    removed = parse(update("removed"))
    assert isinstance(removed, Edited)
    assert (removed.deleted, removed.external_message_id) == (True, MID)
    assert (removed.sender.external_user_id, removed.sender.external_chat_id) == (CLIENT, CHAT)


def test_what_our_side_said_elsewhere_is_ours_and_in_the_clients_chat():
    said = message(update("own"))
    assert said.from_us
    assert (said.sender.external_user_id, said.sender.external_chat_id) == (CLIENT, CHAT)
    assert (said.sender.name, said.sender.username) == ("", "")


def test_our_own_edit_is_no_clients_edit():
    body = json.loads(update("own")) | {"update_type": "message_edited"}
    assert parse(json.dumps(body).encode()) == Ignored(reason="bot")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("group", "group_chat"),
        ("channel", "channel_post"),
        ("removed_in_group", "group_chat"),
        ("bot_added", "group_chat"),
        ("bot_removed", "channel_post"),
        ("user_added", "group_chat"),
        ("user_removed", "group_chat"),
        ("chat_title_changed", "group_chat"),
        ("dialog_muted", "dialog_muted"),
        ("dialog_unmuted", "dialog_unmuted"),
        ("dialog_cleared", "dialog_cleared"),
        ("dialog_removed", "dialog_removed"),
        ("comment_created", "unsupported_comment_created"),
    ],
)
def test_what_is_not_a_clients_message_is_ignored_with_its_reason(name, reason):
    assert parse(update(name)) == Ignored(reason=reason)


def test_an_empty_message_is_ignored():
    assert parse(saying(" ")) == Ignored(reason="unknown_content")


@pytest.mark.parametrize("timestamp", [0, 3, -5, "soon", None, True, 10**30, {"a": 1}])
def test_an_impossible_time_becomes_the_time_of_arrival(timestamp):
    assert message(changed("text", timestamp=timestamp)).sent_at == NOW


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
    assert message(saying(text)).text == stored


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"update_type": 5}',
        b'{"update_type": "message_created"}',
        b'{"update_type": "message_created", "message": {"recipient": {"chat_type": "dialog"}}, "x": 1}',
        b'{"update_type": "message_removed", "chat_id": 5, "user_id": 6}',
        b'{"update_type": "bot_started", "chat_id": 5}',
    ],
)
def test_a_body_that_is_no_update_is_rejected_or_empty_and_never_a_message(body):
    try:
        parsed = max_bots.parse(body, received_at=NOW, timezone="UTC")
    except Rejected:
        return
    assert all(isinstance(one, Ignored) for one in parsed)


def test_a_message_without_its_id_is_rejected():
    body = json.loads(update("text"))
    del body["message"]["body"]["mid"]
    with pytest.raises(Rejected):
        max_bots.parse(json.dumps(body).encode(), received_at=NOW, timezone="UTC")


def _replacements() -> list[Any]:
    return [None, True, -1, 10**40, "x", "\x00\ud800", [], [1], {}, {"a": {}}, [[{}]], 1.5]


@pytest.mark.parametrize("name", NAMES)
def test_any_field_of_any_type_is_read_or_rejected_but_never_breaks(name):
    original = json.loads(update(name))
    read = 0
    for path in _paths(original):
        for value in _replacements():
            body = json.loads(update(name))
            holder = body
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = value
            try:
                parsed = max_bots.parse(json.dumps(body).encode(), received_at=NOW, timezone="UTC")
            except Rejected:
                continue
            read += 1
            for one in parsed:
                assert len(getattr(one, "external_message_id", "")) <= 200
    assert read


def _paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[Any, ...]] = []
    for step, inner in steps:
        found += [(*before, step), *_paths(inner, (*before, step))]
    return found
