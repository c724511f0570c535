"""Avito's webhooks as normalised messages."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from apps.channels.connectors import avito
from apps.channels.contract import Edited, Ignored, Inbound, Incoming, MediaKind, WebhookRequest
from apps.core.errors import Rejected
from tests.peers.avito import ACCOUNT

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOOKS = Path(__file__).parent / "fixtures" / "avito"
NAMES = sorted(path.stem for path in HOOKS.glob("*.json"))


def hook(name: str) -> bytes:
    return (HOOKS / f"{name}.json").read_bytes()


def changed(name: str, **fields: Any) -> bytes:
    body = json.loads(hook(name))
    body["payload"]["value"].update(fields)
    return json.dumps(body).encode()


def parse(body: bytes, timezone: str = "Europe/Moscow") -> Inbound:
    (only,) = avito.parse(body, received_at=NOW, timezone=timezone)
    return only


def message(body: bytes, timezone: str = "Europe/Moscow") -> Incoming:
    parsed = parse(body, timezone)
    assert isinstance(parsed, Incoming)
    return parsed


def test_a_text_is_a_message_of_its_advertisements_chat() -> None:
    said = message(hook("text"))

    assert said.text == "Здравствуйте! Сколько стоит замена батареи на iPhone 14?"
    assert said.external_message_id == "3f5c0a2e0001"
    assert said.sent_at == datetime.fromtimestamp(1763700001, UTC)
    assert said.sender.external_chat_id == "u2i-Abc~d3F_gH"
    assert said.sender.external_user_id == "141592653"
    assert (said.ad_channel, said.ad_id) == ("avito", "2897654321")
    assert (said.media, said.note, said.reply_to, said.from_us) == ((), "", "", False)


def test_the_second_version_is_read_like_the_third() -> None:
    said = message(hook("v2"))
    assert (said.text, said.sender.external_user_id, said.from_us) == ("Ещё работаете?", "141592653", False)


def test_the_customers_own_example_is_a_clients_message() -> None:
    said = message(hook("spec"))
    assert (said.external_message_id, said.sender.external_chat_id) == ("msg_789012", "chat_123456")
    assert (said.sender.external_user_id, said.from_us) == ("user_345678", False)
    assert said.sent_at == datetime(2025, 11, 23, 10, 25, tzinfo=UTC)


def test_a_time_without_a_zone_is_in_the_organisations() -> None:
    said = message(changed("spec", created="2025-11-23T10:25:00"), timezone="Asia/Omsk")
    assert said.sent_at == datetime(2025, 11, 23, 4, 25, tzinfo=UTC)


def test_what_the_account_itself_wrote_is_its_own_and_names_no_client() -> None:
    said = message(hook("own"))
    assert said.from_us
    assert said.sender.external_chat_id == "u2i-Abc~d3F_gH"
    assert said.sender.external_user_id not in (str(ACCOUNT), "141592653")
    assert said.ad_channel == ""
    assert message(changed("spec", direction="out")).from_us


def test_of_a_picture_the_largest_size_is_taken() -> None:
    (picture,) = message(hook("image")).media
    assert (picture.kind, picture.ref) == (
        MediaKind.IMAGE,
        "https://10.img.avito.st/image/1/large.jpg",
    )


def test_of_a_voice_message_the_id_is_kept_for_addresses_die() -> None:
    (voice,) = message(hook("voice")).media
    assert (voice.kind, voice.ref, voice.content_type) == (MediaKind.VOICE, "0d9e7c1a-voice", "audio/mp4")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("item", "Замена батареи iPhone, 3 500 ₽, https://avito.ru/2897654321"),
        ("link", "Телефон, Почти новый"),
        ("location", "Встретимся здесь, Москва, Тверская, 1, 55.751244, 37.618423"),
        ("call", "["),
        ("app_call", "Avito"),
        ("video", "Avito"),
        ("file", "Avito"),
        ("unknown", "Avito"),
    ],
)
def test_what_is_no_text_and_no_file_is_told_in_a_note(name: str, words: str) -> None:
    with translation.override("en"):
        said = message(hook(name))
    assert words in said.note
    assert said.media == ()


def test_a_link_keeps_the_clients_words() -> None:
    assert message(hook("link")).text == "смотрите https://example.com/phone"


def test_a_quote_names_the_message_it_answers() -> None:
    assert message(hook("quote")).reply_to == "3f5c0a2e0001"


def test_a_chat_from_a_profile_has_no_advertisement() -> None:
    said = message(hook("from_profile"))
    assert (said.ad_channel, said.ad_id) == ("avito", "")


def test_what_a_client_took_back_is_a_deletion_of_the_same_id() -> None:
    edited = parse(hook("deleted"))
    assert isinstance(edited, Edited)
    assert (edited.external_message_id, edited.deleted) == ("3f5c0a2e0001", True)
    assert parse(changed("deleted", author_id=ACCOUNT)) == Ignored(reason="own_deleted")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (hook("system"), "system_message"),
        (hook("from_avito"), "from_avito"),
        (b"{}", "probe"),
        (b'{"payload": {"type": "chat", "value": {"id": 1}}}', "unsupported_event"),
    ],
)
def test_what_no_client_wrote_is_ignored_with_its_reason(body: bytes, reason: str) -> None:
    assert parse(body) == Ignored(reason=reason)


@pytest.mark.parametrize("content", [{}, None, [], {"image": {"sizes": {"x": 5}}}, {"image": {"sizes": []}}])
@pytest.mark.parametrize("kind", ["text", "image", "voice", "item", "location", "link"])
def test_empty_content_is_told_as_something_to_see_in_avito(kind: str, content: Any) -> None:
    said = message(changed("text", type=kind, content=content))
    assert said.note
    assert (said.text, said.media) == ("", ())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"payload": {}}',
        b'{"payload": {"type": "message", "value": {"id": "a"}}}',
        changed("text", chat_id=".."),
        changed("text", chat_id="a b"),
        changed("text", chat_id="x" * 101),
        changed("text", author_id=True),
    ],
)
def test_a_body_that_is_not_avitos_is_rejected(body: bytes) -> None:
    with pytest.raises(Rejected):
        parse(body)


@pytest.mark.parametrize("name", NAMES)
def test_any_field_of_any_type_or_missing_is_read_or_rejected_but_never_breaks(name: str) -> None:
    for body in mutants(json.loads(hook(name))):
        raw = json.dumps(body).encode()
        request = WebhookRequest(method="POST", body=raw, headers={}, query={})
        assert isinstance(avito.account_in(request), str)
        try:
            avito.parse(raw, received_at=NOW, timezone="UTC")
        except Rejected:
            continue


REPLACEMENTS: list[Any] = [None, True, -1, 10**40, "x", "\x00\ud800", [], [1], {}, {"a": {}}, [[{}]], 1.5]


def mutants(original: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in _paths(original):
        for value in [*REPLACEMENTS, mutants]:
            body = json.loads(json.dumps(original))
            holder = body
            for step in path[:-1]:
                holder = holder[step]
            if value is mutants:
                del holder[path[-1]]
            else:
                holder[path[-1]] = value
            yield body


def _paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[Any, ...]] = []
    for step, inner in steps:
        found += [(*before, step), *_paths(inner, (*before, step))]
    return found
