"""WhatsApp's events as normalised messages."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures" / "whatsapp"
NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))


def event(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def parse_all(body: bytes) -> list[Inbound]:
    return whatsapp.parse(body, received_at=NOW, timezone="Europe/Moscow")


def parse(name: str) -> Inbound:
    (only,) = parse_all(event(name))
    return only


def message(name: str) -> Incoming:
    parsed = parse(name)
    assert isinstance(parsed, Incoming)
    return parsed


def changed(name: str, **fields: Any) -> bytes:
    """The message of a fixture with other fields."""
    body = json.loads(event(name))
    body["entry"][0]["changes"][0]["value"]["messages"][0].update(fields)
    return json.dumps(body).encode()


def test_the_customers_text_without_a_field_is_a_message():
    said = message("text")

    assert said.text == "Здравствуйте! Можно заменить батарею на iPhone 14?"
    assert said.external_message_id == "wamid.HBgLNzkwMDk4NzY1NDMVAgASGBQzQQ=="
    assert said.sent_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert said.sender.external_user_id == said.sender.external_chat_id == "79009876543"
    assert (said.sender.name, said.sender.username, said.sender.phone) == ("Иван Петров", "", "+79009876543")
    assert (said.media, said.note, said.reply_to, said.from_us) == ((), "", "", False)


@pytest.mark.parametrize(
    ("name", "kind", "content_type", "ref", "text"),
    [
        ("image", MediaKind.IMAGE, "image/jpeg", "1479537139650973", "Разбил экран"),
        ("video", MediaKind.VIDEO, "video/mp4", "1479537139650974", "Мигает"),
        ("audio", MediaKind.AUDIO, "audio/mpeg", "1479537139650975", ""),
        ("voice", MediaKind.VOICE, "audio/ogg", "1479537139650976", ""),
        ("document", MediaKind.DOCUMENT, "application/pdf", "1479537139650977", "Вот чек"),
        ("sticker", MediaKind.STICKER, "image/webp", "1479537139650978", ""),
    ],
)
def test_a_file_of_each_kind_comes_exactly_once_with_its_words(name, kind, content_type, ref, text):
    said = message(name)
    (file,) = said.media
    assert (file.kind, file.content_type, file.ref, said.text) == (kind, content_type, ref, text)
    assert said.note == ""


def test_a_document_keeps_its_name():
    assert message("document").media[0].name == "Чек.pdf"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("location", ["55.751244, 37.618423", "ТЦ Радуга, ул. Ленина, 1"]),
        ("contacts", ["Мария Иванова", "+7 900 765-43-21"]),
        ("order", ["BAT-14 — 2 × 3500 RUB", "GLASS — 1 × 900.5 RUB"]),
        ("form_reply", [": model: iPhone 14]"]),
        ("about_product", ["BAT-14"]),
        ("unsupported", ["WhatsApp"]),
    ],
)
def test_what_is_no_text_and_no_file_is_told_in_a_note(name, words):
    note = message(name).note
    assert [word for word in words if word not in note] == []


def test_a_card_of_another_person_is_nobodys_phone():
    assert message("contacts").sender.phone == "+79009876543"


def test_what_was_forwarded_is_said_to_be():
    said = message("forwarded")
    assert (said.text, bool(said.note)) == ("Скидка", True)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("button_reply", "Да, запишите", "[нажата кнопка]"),
        ("list_reply", "В 15:00", "[нажата кнопка]"),
        ("button", "Подтвердить", "[нажата кнопка]"),
        ("form_reply", "Отправлено", "iPhone 14"),
    ],
)
def test_a_pressed_button_is_a_message_in_the_buttons_own_words(name, text, told):
    said = message(name)
    assert (said.text, said.reply_to) == (text, "wamid.OURS")
    assert told in said.note


def test_the_words_of_an_order_are_the_text():
    assert message("order").text == "Беру"


def test_a_reply_names_the_message_it_answers():
    assert message("reply").reply_to == "wamid.OURS"


def test_an_advertisement_that_led_here_is_named():
    said = message("referral")
    assert (said.ad_channel, said.ad_id) == ("whatsapp", "120208123456789")
    assert "Батарея за час" in said.note


def test_a_client_who_hides_the_number_is_known_by_metas_id():
    sender = message("hidden_number").sender
    assert sender.external_user_id == sender.external_chat_id == "RU.1349120865530274"
    assert (sender.phone, sender.name, sender.username) == ("", "Ольга", "olga.repair")


def test_a_client_with_both_ids_stays_who_they_were_by_phone():
    sender = message("both_ids").sender
    assert (sender.external_user_id, sender.phone, sender.username) == ("79009876543", "+79009876543", "ivan")


def test_of_several_contacts_the_one_who_wrote_gives_the_name():
    body = json.loads(event("text"))
    value = body["entry"][0]["changes"][0]["value"]
    value["contacts"].insert(0, {"profile": {"name": "Другой"}, "wa_id": "79990000000"})
    (said,) = parse_all(json.dumps(body).encode())
    assert isinstance(said, Incoming)
    assert said.sender.name == "Иван Петров"


@pytest.mark.parametrize(("name", "emoji"), [("reaction", "👍"), ("reaction_removed", "")])
def test_a_sign_under_a_message_is_a_reaction_or_its_end(name, emoji):
    reacted = parse(name)
    assert isinstance(reacted, Reacted)
    assert (reacted.external_message_id, reacted.emoji) == ("wamid.OURS", emoji)
    assert reacted.sender.external_chat_id == "79009876543"


@pytest.mark.parametrize(("name", "text"), [("edit", "iPhone 14 Pro"), ("edit_caption", "Разбил стекло")])
def test_an_edit_is_of_the_message_it_names(name, text):
    edited = parse(name)
    assert isinstance(edited, Edited)
    assert (edited.external_message_id, edited.text, edited.deleted) == ("wamid.FIRST", text, False)


def test_a_message_taken_back_is_deleted():
    edited = parse("revoke")
    assert isinstance(edited, Edited)
    assert (edited.external_message_id, edited.text, edited.deleted) == ("wamid.FIRST", "", True)


@pytest.mark.parametrize(
    ("name", "former", "now"),
    [
        ("changed_number", "79009876543", "79005550101"),
        ("changed_user_id", "RU.1349120865530274", "KZ.22222"),
    ],
)
def test_a_changed_number_is_told_in_the_old_conversation_which_ends(name, former, now):
    notice, gone = parse_all(event(name))
    assert isinstance(notice, Incoming)
    assert isinstance(gone, Reachability)
    assert notice.sender.external_user_id == gone.sender.external_user_id == former
    assert now in notice.note
    assert not gone.reachable


def test_what_an_operator_wrote_in_the_phones_app_is_ours_in_the_clients_chat():
    said = message("echo")
    assert said.from_us
    assert (said.sender.external_user_id, said.text) == ("79009876543", "Приезжайте до семи")


@pytest.mark.parametrize(
    ("name", "reached"),
    [
        ("status_sent", Reached.SENT),
        ("status_delivered", Reached.DELIVERED),
        ("status_read", Reached.READ),
        ("status_played", Reached.READ),
    ],
)
def test_a_status_names_our_message_by_both_ids(name, reached):
    status = parse(name)
    assert isinstance(status, StatusChanged)
    assert (status.external_message_id, status.reached, status.code) == ("wamid.OURS", reached, "")
    assert status.key == "0b6cbb2e-3f3c-4f68-9f53-0a1d6a9c1f0e"


def test_a_failure_brings_metas_code():
    status = parse("status_failed")
    assert isinstance(status, StatusChanged)
    assert (status.reached, status.code) == (Reached.FAILED, "131047")


def test_a_failure_because_the_client_is_not_there_says_so_of_the_client():
    status, gone = parse_all(event("status_gone"))
    assert isinstance(status, StatusChanged)
    assert isinstance(gone, Reachability)
    assert (gone.sender.external_user_id, gone.reachable) == ("79009876543", False)


@pytest.mark.parametrize("key", ["another-programs-data", "", 7, None, "x" * 600])
def test_the_key_of_another_program_is_not_taken_for_ours(key):
    body = json.loads(event("status_read"))
    body["entry"][0]["changes"][0]["value"]["statuses"][0]["biz_opaque_callback_data"] = key
    (status,) = parse_all(json.dumps(body).encode())
    assert isinstance(status, StatusChanged)
    assert status.key == ""


def test_all_that_one_event_holds_is_read_in_order():
    found = parse_all(event("many"))
    texts = [item.text for item in found if isinstance(item, Incoming)]
    assert texts == ["раз", "два", "три"]
    assert [type(item) for item in found].count(StatusChanged) == 1


def test_an_item_that_cannot_be_read_does_not_hide_the_others_and_is_counted():
    body = json.loads(event("many"))
    del body["entry"][0]["changes"][0]["value"]["messages"][0]["id"]
    found = parse_all(json.dumps(body).encode())
    assert [item.text for item in found if isinstance(item, Incoming)] == ["два", "три"]
    assert Ignored(reason="unreadable_item") in found


def test_one_event_for_several_numbers_is_read_for_one_of_them():
    whole = event("several_numbers")
    with pytest.raises(Rejected):
        parse_all(whole)  # for whom?
    for number, text in (("106540352242922", "раз"), ("999", "два")):
        (item,) = parse_all(whatsapp.part_of(whole, number))
        assert isinstance(item, Incoming)
        assert item.text == text


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("group", "group_chat"),
        ("welcome", "service_message"),
        ("identity", "service_message"),
        ("echo_revoke", "own_change"),
        ("status_deleted", "status_deleted"),
        ("account_update", "unsupported_account_update"),
        ("account_error", "unsupported_messages"),
    ],
)
def test_what_is_not_a_clients_message_is_ignored_with_its_reason(name, reason):
    assert parse(name) == Ignored(reason=reason)


def test_a_kind_that_nobody_knows_yet_is_shown_as_something_unseen():
    (said,) = parse_all(changed("text", type="hologram"))
    assert isinstance(said, Incoming)
    # Its words are shown nevertheless, where they stand where words always do.
    assert said.text
    (said,) = parse_all(changed("text", type="hologram", text=None))
    assert isinstance(said, Incoming)
    assert said.note


@pytest.mark.parametrize("timestamp", ["0", "soon", None, True, "9" * 30, {"a": 1}])
def test_an_impossible_time_becomes_the_time_of_arrival(timestamp):
    (said,) = parse_all(changed("text", timestamp=timestamp))
    assert isinstance(said, Incoming)
    assert said.sent_at == NOW


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"entry": 1}',
        b'{"entry": [{"changes": [{"value": {"messages": [{"type": "text"}]}}]}]}',
        b'{"entry": [{"changes": [{"value": {"statuses": [{"status": "read"}]}}]}]}',
    ],
)
def test_a_body_that_is_no_event_is_rejected_and_never_breaks(body):
    with pytest.raises(Rejected):
        parse_all(body)


def _replacements() -> list[Any]:
    return [None, True, -1, 10**40, "x", "y" * 300, "\x00\ud800", [], [1], {}, {"a": {}}, [[{}]], 1.5]


@pytest.mark.parametrize("name", NAMES)
def test_any_field_of_any_type_is_read_or_rejected_but_never_breaks(name):
    for path in _paths(json.loads(event(name))):
        for value in _replacements():
            body = json.loads(event(name))
            holder = body
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = value
            try:
                found = parse_all(json.dumps(body).encode())
            except Rejected:
                continue
            assert found


def _paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[Any, ...]] = []
    for step, inner in steps:
        found += [(*before, step), *_paths(inner, (*before, step))]
    return found
