"""VK's events as normalised messages."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.channels.connectors import vk
from apps.channels.contract import (
    Edited,
    Ignored,
    Inbound,
    Incoming,
    MediaKind,
    Reachability,
    Reached,
    ReachedUpTo,
    Reacted,
    StatusChanged,
)
from apps.core.errors import Rejected
from tests.channels.vk_groups import NAMES, changed, event

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CLIENT = "987654321"


def parse(body: bytes) -> Inbound:
    (only,) = vk.parse(body, received_at=NOW, timezone="Europe/Moscow")
    return only


def message(name: str) -> Incoming:
    parsed = parse(event(name))
    assert isinstance(parsed, Incoming)
    return parsed


def test_the_customers_event_is_a_message():
    said = message("customers_example")

    assert said.text == "Здравствуйте! Можно заменить батарею?"
    assert said.sent_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert said.sender.external_user_id == said.sender.external_chat_id == CLIENT
    assert (said.external_message_id, said.media, said.note, said.from_us) == ("id123", (), "", False)


def test_a_message_is_known_by_its_number_in_its_chat():
    assert message("text").external_message_id == "987654321_7"


def test_the_same_event_is_the_same_message_by_callback_and_by_long_poll():
    body = json.loads(event("text"))
    del body["secret"]
    body["profile"] = {"id": 987654321, "first_name": "Иван", "last_name": "Петров", "screen_name": "ivan"}
    polled = parse(json.dumps(body).encode())

    assert isinstance(polled, Incoming)
    assert polled.external_message_id == message("text").external_message_id
    assert (polled.sender.name, polled.sender.username) == ("Иван Петров", "ivan")


def test_an_event_of_an_old_version_is_a_message():
    assert message("old_version").text == "Старая версия"


def test_of_a_photo_the_largest_size_is_taken():
    said = message("photo")
    assert [(file.kind, file.ref) for file in said.media] == [
        (MediaKind.IMAGE, "https://sun9-1.userapi.com/w.jpg")
    ]
    assert said.text == "Разбил экран"


@pytest.mark.parametrize(
    ("name", "kind", "ref", "content_type"),
    [
        ("voice", MediaKind.VOICE, "https://psv4.userapi.com/a.ogg", "audio/ogg"),
        ("document", MediaKind.DOCUMENT, "https://vk.com/doc987654321_6?hash=abc&api=1", ""),
        ("sticker", MediaKind.STICKER, "https://vk.com/sticker/1-46-512", "image/png"),
        ("graffiti", MediaKind.IMAGE, "https://psv4.userapi.com/g.png", "image/png"),
    ],
)
def test_files_come_with_their_address(name, kind, ref, content_type):
    (file,) = message(name).media
    assert (file.kind, file.ref, file.content_type) == (kind, ref, content_type)


def test_a_voice_has_its_length_and_a_document_its_name_and_size():
    assert message("voice").media[0].seconds == 6
    assert (message("document").media[0].name, message("document").media[0].size) == ("чек.pdf", 20480)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("audio", "Кино — Группа крови"),
        ("video", "vk.com/video987654321_9"),
        ("link", "https://example.com/phone"),
        ("market", "Батарея iPhone 14, 3 500 ₽"),
        ("wall", "Скидка на замену стекла"),
        ("story", "["),
        ("call", "["),
        ("unknown_attachment", "VK"),
        ("location", "55.751244, 37.618423"),
        ("forwarded", "Мне там чинили"),
        ("button", "[нажата кнопка]"),
        ("cropped", "VK"),
    ],
)
def test_what_is_no_file_is_said_in_a_note(name, words):
    said = message(name)
    assert words in said.note
    assert said.media == ()


def test_a_reply_names_what_it_answers():
    assert message("reply").reply_to == "987654321_5"


def test_an_advertisements_reference_is_kept():
    said = message("from_ad")
    assert (said.ad_channel, said.ad_id) == ("vk", "promo_october")


def test_what_a_person_wrote_in_vk_itself_is_from_us_and_in_the_clients_chat():
    said = message("own_from_app")
    assert said.from_us
    assert (said.sender.external_chat_id, said.external_message_id) == (CLIENT, "987654321_9")


def test_our_own_echo_is_a_status_of_the_message_with_our_key():
    assert parse(event("own_echo")) == StatusChanged(
        external_message_id="987654321_9",
        reached=Reached.SENT,
        at=datetime.fromtimestamp(1763700000, UTC),
        key="3f0c2a52-6a53-4e38-9d17-54a1b9a2b001",
    )


def test_an_own_message_with_somebody_elses_payload_is_shown():
    for payload in ('{"key":"k"}', '{"key":5}', '{"order":1}', "[", '"text"', 5):
        assert isinstance(parse(changed("own_echo", payload=payload)), Incoming), payload


def test_an_edit_has_the_new_words():
    edited = parse(event("edited"))
    assert isinstance(edited, Edited)
    assert (edited.text, edited.external_message_id) == ("Экран на iPhone 13 Pro", "987654321_7")
    assert edited.edited_at == datetime.fromtimestamp(1763700060, UTC)


@pytest.mark.parametrize(("name", "reachable"), [("allow", True), ("deny", False)])
def test_consent_and_its_withdrawal(name, reachable):
    changed_to = parse(event(name))
    assert isinstance(changed_to, Reachability)
    assert (changed_to.sender.external_user_id, changed_to.reachable) == (CLIENT, reachable)


def test_what_was_read_is_told_up_to_a_message():
    assert parse(event("read")) == ReachedUpTo(
        external_chat_id=CLIENT, reached=Reached.READ, at=NOW, external_message_id="987654321_9"
    )


def test_a_pressed_button_is_a_message_with_a_note():
    said = message("press")
    assert said.external_message_id == "event:d34db33f"
    assert said.reply_to == "987654321_9"
    assert said.note == "[нажата кнопка: order: 5]"


@pytest.mark.parametrize(("name", "emoji"), [("reaction", "👍"), ("reaction_gone", "")])
def test_a_reaction_and_its_withdrawal(name, emoji):
    reacted = parse(event(name))
    assert isinstance(reacted, Reacted)
    assert (reacted.external_message_id, reacted.emoji) == ("987654321_9", emoji)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("typing", "typing"),
        ("group_chat", "group_chat"),
        ("from_community", "community"),
        ("own_edit", "community"),
        ("service", "service_message"),
        ("joined", "unsupported_group_join"),
        ("confirmation", "unsupported_confirmation"),
    ],
)
def test_what_is_not_for_people_is_ignored_with_its_reason(name, reason):
    assert parse(event(name)) == Ignored(reason=reason)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{}", b'{"type":"message_new"}', b"\xff", b"[" * 9999]
)
def test_what_vk_never_sends_is_rejected(body):
    with pytest.raises(Rejected):
        parse(body)


@pytest.mark.parametrize("name", ["text", "own_from_app", "edited", "press"])
@pytest.mark.parametrize("peer", [None, "x", True, [], 2_000_000_001, -5])
def test_a_chat_that_is_no_persons_makes_no_message(name, peer):
    try:
        parsed = parse(changed(name, peer_id=peer))
    except Rejected:
        return
    assert isinstance(parsed, Ignored)


JUNK = st.sampled_from([None, True, -1, 0, 2**70, 1.5, "", "x\x00\ud83d", [], [None], {}, {"url": 5}])


@settings(deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_no_broken_event_raises_anything_but_rejected(name: str, data: st.DataObject) -> None:
    body = json.loads(event(name))
    path = data.draw(st.sampled_from(list(_places(body))))
    parent: Any = body
    for step in path[:-1]:
        parent = parent[step]
    if data.draw(st.booleans()) and isinstance(parent, dict):
        del parent[path[-1]]
    else:
        parent[path[-1]] = data.draw(JUNK)
    try:
        parsed = vk.parse(json.dumps(body).encode(), received_at=NOW, timezone="UTC")
    except Rejected:
        return
    assert len(parsed) == 1


def _places(value: Any, path: tuple[Any, ...] = ()) -> Any:
    """The way to every field of the body, at any depth."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in items:
        yield (*path, name)
        if isinstance(inner, (dict, list)):
            yield from _places(inner, (*path, name))
