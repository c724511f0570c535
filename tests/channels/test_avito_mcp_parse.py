"""The MCP server's normalised messages, and Avito's own webhook passed on as it is."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.channels.connectors import avito
from apps.channels.contract import Edited, Ignored, Inbound, Incoming, MediaKind
from apps.core.errors import Rejected
from tests.channels.avito_servers import BODIES, body, encoded

NOW = datetime(2025, 11, 21, 15, 0, tzinfo=UTC)
NAMES = sorted(path.stem for path in BODIES.glob("*.json"))


def parse(found: Any, *, timezone: str = "Europe/Moscow") -> Inbound:
    raw = found if isinstance(found, bytes) else encoded(found)
    (item,) = avito.parse(raw, received_at=NOW, timezone=timezone)
    return item


def message(found: Any, *, timezone: str = "Europe/Moscow") -> Incoming:
    item = parse(found, timezone=timezone)
    assert isinstance(item, Incoming)
    return item


def test_a_text_is_read_whole():
    said = message(body("text"))
    assert said.text == "Здравствуйте! Сколько стоит замена батареи на iPhone 14?"
    assert (said.sender.external_user_id, said.sender.external_chat_id) == ("12345678", "u2i-AbC~1_x")
    assert said.sender.name == "Иван Петров"
    assert said.external_message_id == "msg_text"
    assert (said.ad_channel, said.ad_id) == ("avito", "item_456789")
    assert (said.media, said.note, said.from_us, dict(said.prefilled)) == ((), "", False, {})


def test_what_the_server_knows_of_the_client_comes_along():
    said = message(body("full_contact"))
    assert (said.sender.phone, said.sender.email) == ("+7 900 123-45-67", "ivan@example.com")
    assert dict(said.prefilled) == {"model": "iPhone 14", "parts_owner": "client"}


def test_the_normalised_message_alone_is_enough():
    assert message(body("text_without_raw")).text == "А сегодня успеете?"


@pytest.mark.parametrize(
    ("timezone", "hour"), [("Europe/Moscow", 14), ("Asia/Yekaterinburg", 12), ("UTC", 17)]
)
def test_a_bare_time_is_the_organisations(timezone, hour):
    found = body("text_without_raw")
    expected = datetime(2025, 11, 21, hour, 20, tzinfo=UTC)
    assert message(found, timezone=timezone).sent_at == expected


def test_a_time_with_a_zone_keeps_it():
    found = body("text") | {"timestamp": "2025-11-21T14:20:00+00:00"}
    assert message(found, timezone="Asia/Vladivostok").sent_at == datetime(2025, 11, 21, 14, 20, tzinfo=UTC)


@pytest.mark.parametrize("timestamp", [None, "", "вчера", True, {}, "0001-01-01T00:00:00", 10**30])
def test_a_time_that_cannot_be_read_is_avitos_own_or_that_of_arrival(timestamp):
    found = body("text") | {"timestamp": timestamp}
    assert message(found).sent_at == datetime(2025, 11, 21, 14, 20, tzinfo=UTC)
    assert message(body("text_without_raw") | {"timestamp": timestamp}).sent_at == NOW


@pytest.mark.parametrize(
    ("name", "kind", "ref"),
    [
        ("image", MediaKind.IMAGE, "https://img.example.com/1280x960/1.jpg?sign=a"),
        ("image_only_in_raw", MediaKind.IMAGE, "https://img.example.com/1280x960/1.jpg"),
        ("voice", MediaKind.VOICE, "https://voice.example.com/v/1.mp4?sign=b"),
        ("video", MediaKind.VIDEO, "https://video.example.com/1.mp4"),
        ("document", MediaKind.DOCUMENT, "https://files.example.com/1.pdf"),
    ],
)
def test_a_file_is_taken_once_and_by_its_address(name, kind, ref):
    said = message(body(name))
    assert [(one.kind, one.ref) for one in said.media] == [(kind, ref)]
    assert said.note == ""


def test_a_voice_tells_its_length_and_the_servers_transcript():
    (voice,) = message(body("voice")).media
    assert (voice.seconds, voice.content_type, voice.transcript) == (7, "audio/mp4", None)
    said = message(body("voice_transcribed"))
    assert said.media[0].transcript == "Сколько стоит стекло"
    assert said.text == ""


def without_sound(name: str, *, address: str | None) -> Any:
    """Neither a good address nor Avito's own id of the recording."""
    found = body(name)
    found["media"]["voice_url"] = address
    del found["meta"]["raw"]["payload"]["value"]["content"]["voice"]
    return found


def test_a_transcript_without_its_sound_is_the_text():
    found = without_sound("voice_transcribed", address=None)
    said = message(found)
    assert (said.text, said.media) == ("Сколько стоит стекло", ())
    assert said.note


def test_a_document_keeps_its_name_type_and_size():
    (file,) = message(body("document")).media
    assert (file.name, file.content_type, file.size) == ("Чек.pdf", "application/pdf", 12345)


def test_several_pictures_come_all():
    found = body("image")
    found["media"]["images"] = [{"url": "https://a.example.com/1"}, "https://a.example.com/2", {"url": 5}]
    assert [one.ref for one in message(found).media] == ["https://a.example.com/1", "https://a.example.com/2"]


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "javascript:alert(1)", "//a.example.com/1", "https://a b", "ftp://a/1"]
)
def test_an_address_that_is_none_is_a_note_and_no_file(address):
    said = message(without_sound("voice", address=address))
    assert said.media == ()
    assert said.note


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("location", "55.751244, 37.618423"),
        ("location", "ул. Ленина, 1"),
        ("link", "Аккумулятор"),
        ("item", "iPhone 14, не включается"),
        ("unknown_kind", "hologram"),
    ],
)
def test_what_is_no_text_and_no_file_is_told_in_a_note(name, words):
    assert words in message(body(name)).note


@pytest.mark.parametrize(("name", "known_as"), [("voice", "v-1"), ("raw_v3_voice", "v-2")])
def test_a_voice_without_an_address_keeps_avitos_own_id(name, known_as):
    found = body(name)
    found.get("media", {}).pop("voice_url", None)
    (voice,) = message(found).media
    assert (voice.kind, voice.ref) == (MediaKind.VOICE, known_as)


def test_each_kind_without_content_has_a_note_of_its_own():
    names = (
        "call",
        "app_call",
        "video_not_handed_out",
        "file_not_handed_out",
        "unknown_kind",
    )
    notes = [message(body(name)).note for name in names]
    assert all(notes)
    assert len(set(notes)) == len(notes)


def test_a_quoted_message_is_what_is_replied_to():
    assert message(body("quote")).reply_to == "msg_asked"


def test_a_message_taken_back_is_an_edit():
    item = parse(body("deleted"))
    assert isinstance(item, Edited)
    assert (item.deleted, item.external_message_id) == (True, "msg_deleted")


@pytest.mark.parametrize(("name", "reason"), [("system", "system_message"), ("support", "from_avito")])
def test_what_avito_itself_writes_is_ignored_with_its_reason(name, reason):
    assert parse(body(name)) == Ignored(reason=reason)


def test_what_our_own_account_wrote_is_an_echo_without_our_name():
    said = message(body("echo"))
    assert (said.from_us, said.external_message_id) == (True, "msg_5001")
    assert said.sender.external_chat_id == "u2i-AbC~1_x"
    assert said.sender.name == ""


def test_an_echo_is_known_by_the_original_author_and_without_the_original_by_the_account():
    found = body("text")
    found["meta"]["raw"]["payload"]["value"]["author_id"] = 100200300
    said = message(found)
    assert (said.from_us, said.sender.external_user_id) == (True, "12345678")

    assert message(body("text_without_raw") | {"external_user_id": 100200300}).from_us
    assert not message(body("text_without_raw")).from_us


def test_avitos_own_webhook_passed_on_unread_is_understood():
    said = message(body("raw_v3"))
    assert (said.text, said.external_message_id) == ("Напрямую из Авито", "msg_raw_1")
    assert (said.sender.external_user_id, said.sender.external_chat_id) == ("12345678", "u2i-AbC~1_x")
    assert said.sent_at == datetime(2025, 11, 21, 14, 20, tzinfo=UTC)
    assert said.ad_id == "456789"
    assert message(body("raw_v3_echo")).from_us


def test_the_older_form_of_the_specification_is_understood():
    said = message(body("raw_spec"))
    assert (said.text, said.external_message_id) == ("Сколько стоит замена?", "msg_789012")
    assert said.sender.external_user_id == "user_345678"
    assert not said.from_us


def test_the_same_message_raw_and_normalised_has_one_id():
    found = body("text")
    assert message(found["meta"]["raw"]).external_message_id == message(found).external_message_id


def test_avitos_probe_of_the_address_is_nothing_to_read():
    assert parse(b"{}") == Ignored(reason="probe")


def test_an_event_of_another_type_is_ignored():
    found = body("raw_v3")
    found["payload"]["type"] = "chat_read"
    assert parse(found) == Ignored(reason="unsupported_event")


def test_a_message_without_an_id_is_the_same_when_it_comes_again():
    found = body("text_without_raw")
    del found["meta"]["external_message_id"]
    other = found | {"text": "другое"}
    first = message(found).external_message_id
    assert first == message(found).external_message_id
    assert first != message(other).external_message_id


@pytest.mark.parametrize(
    ("text", "stored"),
    [("a\x00b", "a\ufffdb"), ("🔋" * 3, "🔋" * 3), ("б" * 100_000, "б" * 100_000), ("  да\n", "  да\n")],
)
def test_text_is_made_fit_to_store_and_the_rest_stays(text, stored):
    assert message(body("text") | {"text": text}).text == stored


def test_a_name_with_direction_marks_cannot_turn_the_page_around():
    assert message(body("text") | {"client_name": "\u202eнавИ\u200f"}).sender.name == "навИ"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"hello": 1}',
        b'{"external_user_id": "1"}',
        b'{"external_user_id": true, "external_chat_id": "u2i-1", "text": "a"}',
        b'{"external_user_id": "1\\u0000", "external_chat_id": "u2i-1", "text": "a"}',
        b'{"payload": {"type": "message", "value": {"chat_id": "u2i-1"}}}',
    ],
)
def test_a_body_that_is_no_message_is_rejected_and_never_breaks(raw):
    with pytest.raises(Rejected):
        avito.parse(raw, received_at=NOW, timezone="UTC")


REPLACEMENTS: list[Any] = [
    None, True, -1, 10**40, "x", "\x00\ud800", [], [1], {}, {"a": {}}, [[{}]], 1.5, float("nan")
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_any_field_of_any_type_or_none_is_read_or_rejected_but_never_breaks(name):
    original = body(name)
    read = 0
    for path in _paths(original):
        for found in (
            *(_replaced(original, path, value) for value in REPLACEMENTS),
            _without(original, path),
        ):
            try:
                (item,) = avito.parse(json.dumps(found).encode(), received_at=NOW, timezone="UTC")
            except Rejected:
                continue
            read += 1
            _storable(item)
    assert read > 20


def _storable(item: Inbound) -> None:
    if isinstance(item, Incoming):
        assert item.sender.external_user_id
        assert item.sender.external_chat_id
        assert len(item.note) <= 500
        written = json.dumps([item.text, item.note, dict(item.prefilled), item.sender.name], allow_nan=False)
        assert "\\u0000" not in written


def _replaced(original: Any, path: tuple[Any, ...], value: Any) -> Any:
    found = copy.deepcopy(original)
    _holder(found, path)[path[-1]] = value
    return found


def _without(original: Any, path: tuple[Any, ...]) -> Any:
    found = copy.deepcopy(original)
    del _holder(found, path)[path[-1]]
    return found


def _holder(found: Any, path: tuple[Any, ...]) -> Any:
    for step in path[:-1]:
        found = found[step]
    return found


def _paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[Any, ...]] = []
    for step, inner in steps:
        found += [(*before, step), *_paths(inner, (*before, step))]
    return found
