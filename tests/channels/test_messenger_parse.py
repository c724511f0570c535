"""Messenger's webhooks as normalised messages, where they differ from Instagram's."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.channels.connectors import messenger
from apps.channels.contract import (
    Edited,
    Ignored,
    Inbound,
    Incoming,
    MediaKind,
    Reached,
    ReachedUpTo,
    Reacted,
    StatusChanged,
)
from tests.channels.meta_accounts import body_of
from tests.peers.messenger import CLIENT

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
THEN = datetime.fromtimestamp(1763700000, UTC)


def parse(name: str, **fields: Any) -> list[Inbound]:
    return messenger.parse(body_of("messenger", name, **fields), received_at=NOW, timezone="UTC")


def message(name: str, **fields: Any) -> Incoming:
    (only,) = parse(name, **fields)
    assert isinstance(only, Incoming)
    return only


def test_a_text_is_a_message_of_its_client():
    said = message("text")
    assert (said.text, said.external_message_id) == ("Сколько стоит экран на Pixel 9?", "m_text")
    assert said.sender.external_chat_id == said.sender.external_user_id == CLIENT
    assert said.sent_at == THEN


def test_a_picture_comes_with_its_address():
    (file,) = message("image").media
    assert (file.kind, file.ref) == (MediaKind.IMAGE, "https://scontent.xx.fbcdn.net/v/1.jpg?oh=1")


def test_a_sticker_that_also_comes_as_a_picture_comes_once():
    (file,) = message("sticker").media
    assert file.kind is MediaKind.STICKER


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("link", "Телефон https://example.com/phone"),
        ("location", "55.751244, 37.618423"),
        ("quick_reply", "[нажата кнопка]"),
        ("postback", "[нажата кнопка]"),
        ("referral", "Экран со скидкой"),
        ("optin", "checkout"),
        ("echo_of_card", "Акция"),
    ],
)
def test_what_is_no_text_and_no_file_is_told_in_a_note(name, words):
    assert words in message(name).note


@pytest.mark.parametrize(("name", "ad"), [("postback", "flyer"), ("referral", "120200000000000002")])
def test_where_the_client_came_from_is_kept(name, ad):
    said = message(name)
    assert (said.ad_channel, said.ad_id) == ("facebook", ad)


@pytest.mark.parametrize("name", ["referral", "optin"])
def test_what_has_no_id_gets_the_same_one_however_often_it_comes(name):
    assert message(name).external_message_id == message(name).external_message_id == f"{name}:1763700000000"


def test_the_echo_of_our_own_message_says_which_one_went_out():
    (echo,) = parse("echo_of_ours")
    assert echo == StatusChanged(
        external_message_id="m_ours",
        reached=Reached.SENT,
        at=THEN,
        key="0b9a6a4e-7a63-4c3c-9f3e-0d7f7a1f2c11",
    )


@pytest.mark.parametrize("name", ["echo", "echo_of_card"])
def test_what_others_wrote_for_the_page_is_ours_and_belongs_to_the_client(name):
    said = message(name)
    assert said.from_us
    assert said.sender.external_user_id == CLIENT


@pytest.mark.parametrize("metadata", ["batterycrm:", "batterycrm:not-a-key", "0b9a6a4e", 7, None])
def test_an_echo_with_anything_else_than_our_key_is_somebody_elses(metadata):
    assert message("echo_of_ours", metadata=metadata).from_us


def test_a_client_cannot_pass_off_their_words_as_our_echo():
    said = message("text", metadata="batterycrm:0b9a6a4e-7a63-4c3c-9f3e-0d7f7a1f2c11")
    assert not said.from_us


def test_a_delivery_names_messages_and_a_time():
    named, up_to = parse("delivery")
    assert named == StatusChanged(external_message_id="m_ours", reached=Reached.DELIVERED, at=THEN)
    assert up_to == ReachedUpTo(external_chat_id=CLIENT, reached=Reached.DELIVERED, at=THEN)


def test_a_delivery_without_names_has_its_time():
    (up_to,) = parse("delivery", mids=None)
    assert up_to == ReachedUpTo(external_chat_id=CLIENT, reached=Reached.DELIVERED, at=THEN)


def test_all_up_to_the_watermark_was_read():
    (read,) = parse("read", watermark=1763690000000)
    assert read == ReachedUpTo(
        external_chat_id=CLIENT, reached=Reached.READ, at=datetime.fromtimestamp(1763690000, UTC)
    )


def test_an_edit_and_a_reaction_are_known():
    (edited,), (reacted,) = parse("edited"), parse("reaction")
    assert isinstance(edited, Edited)
    assert edited.text.endswith("Pro?")
    assert isinstance(reacted, Reacted)
    assert reacted.emoji == "👍"


def test_what_happens_on_the_wall_is_not_said_to_us():
    assert parse("feed") == [Ignored(reason="unsupported_feed")]
