"""Instagram's webhooks as normalised messages."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from apps.channels.connectors import instagram, messenger
from apps.channels.contract import (
    Edited,
    Ignored,
    Inbound,
    Incoming,
    MediaKind,
    Reached,
    ReachedUpTo,
    Reacted,
)
from apps.core.errors import Rejected
from tests.channels.meta_accounts import FIXTURES, body_of
from tests.peers.instagram import CLIENT

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
THEN = datetime.fromtimestamp(1763700000, UTC)
REPLACEMENTS: list[Any] = [
    ...,
    None,
    True,
    -1,
    10**40,
    "x",
    "\x00\ud800",
    "https://[",
    [],
    [1],
    {},
    {"a": {}},
    1.5,
]
CDN = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=abc"


def parse(body: bytes) -> Inbound:
    (only,) = instagram.parse(body, received_at=NOW, timezone="Europe/Moscow")
    return only


def message(name: str, **fields: Any) -> Incoming:
    parsed = parse(body_of("instagram", name, **fields))
    assert isinstance(parsed, Incoming)
    return parsed


def test_the_customers_text_is_a_message_with_its_time_in_seconds():
    said = message("text")

    assert said.text == "Здравствуйте! Можно заменить батарею на iPhone 14?"
    assert said.external_message_id == "mid.xxx"
    assert said.sent_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert said.sender.external_user_id == said.sender.external_chat_id == CLIENT
    assert (said.media, said.note, said.reply_to, said.from_us) == ((), "", "", False)


@pytest.mark.parametrize(
    ("name", "kind", "file"),
    [
        ("image", MediaKind.IMAGE, ""),
        ("voice", MediaKind.VOICE, ""),
        ("video", MediaKind.VIDEO, ""),
        ("file", MediaKind.DOCUMENT, "Чек.pdf"),
        ("post", MediaKind.IMAGE, ""),
        ("reel", MediaKind.VIDEO, ""),
    ],
)
def test_a_file_of_each_kind_comes_with_its_address_and_milliseconds_are_understood(name, kind, file):
    said = message(name)
    (media,) = said.media
    assert (media.kind, media.name) == (kind, file)
    assert media.ref.startswith("https://")
    assert said.sent_at == THEN


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("post", "Замена экранов"),
        ("reel", "Чистим разъём"),
        ("quick_reply", "[нажата кнопка]"),
        ("postback", "[нажата кнопка]"),
    ],
)
def test_what_is_no_text_is_told_in_a_note(name, words):
    assert words in message(name).note


@pytest.mark.parametrize("name", ["story_reply", "story_mention"])
def test_a_story_comes_with_its_picture_and_says_that_it_is_one(name):
    with translation.override("en"):
        said = message(name)
    assert [file.ref for file in said.media] == [CDN]
    assert "stor" in said.note


@pytest.mark.parametrize("name", ["unsupported", "ephemeral"])
def test_what_the_api_does_not_show_is_still_a_message_of_the_client(name):
    said = message(name)
    assert (said.text, said.media) == ("", ())
    assert "Instagram" in said.note


@pytest.mark.parametrize(("name", "text"), [("quick_reply", "Да, запишите"), ("postback", "Узнать цену")])
def test_a_pressed_button_is_a_message_in_the_buttons_own_words(name, text):
    assert message(name).text == text


def test_a_reply_names_the_message_it_answers():
    assert message("reply").reply_to == "mid.earlier"


def test_an_advertisement_that_led_here_is_named():
    said = message("from_ad")
    assert (said.ad_channel, said.ad_id) == ("instagram", "120200000000000001")
    assert "Батарея за час" in said.note


def test_a_question_about_a_product_names_it_and_is_no_advertisement():
    said = message("about_product")
    assert "7000000000000001" in said.note
    assert (said.ad_channel, said.ad_id) == ("", "")


def test_what_was_written_in_instagram_itself_is_ours_and_belongs_to_the_client():
    said = message("echo")
    assert said.from_us
    assert said.sender.external_user_id == CLIENT


def test_a_conversation_that_another_program_leads_is_read_and_marked():
    said = message("standby")
    assert said.text == "Оператор?"
    assert said.note


def test_a_message_wrapped_as_a_change_is_read_as_well():
    assert message("wrapped").text == "Привет"


def test_an_edit_and_a_deletion_speak_of_the_same_message():
    edited, deleted = parse(body_of("instagram", "edited")), parse(body_of("instagram", "deleted"))
    assert isinstance(edited, Edited)
    assert isinstance(deleted, Edited)
    assert edited.external_message_id == deleted.external_message_id == "mid.xxx"
    assert (edited.text, edited.deleted) == ("iPhone 14 Pro", False)
    assert deleted.deleted


@pytest.mark.parametrize(("name", "emoji"), [("reaction", "❤️"), ("unreaction", "")])
def test_a_reaction_is_put_under_a_message_and_taken_away(name, emoji):
    reacted = parse(body_of("instagram", name))
    assert isinstance(reacted, Reacted)
    assert (reacted.emoji, reacted.external_message_id) == (emoji, "mid.ours")


def test_a_reaction_without_a_picture_is_shown_by_its_name():
    reacted = parse(body_of("instagram", "reaction", emoji=None, reaction="wow"))
    assert isinstance(reacted, Reacted)
    assert reacted.emoji == "😮"


def test_seen_means_all_up_to_that_message():
    assert parse(body_of("instagram", "seen")) == ReachedUpTo(
        external_chat_id=CLIENT, reached=Reached.READ, at=THEN, external_message_id="mid.ours"
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [("comment", "unsupported_comments"), ("handover", "handover"), ("sample", "sample")],
)
def test_what_is_not_said_to_us_is_ignored_with_its_reason(name, reason):
    assert parse(body_of("instagram", name)) == Ignored(reason=reason)


@pytest.mark.parametrize("kind", ["message", "reaction", "read", "message_edit"])
def test_what_the_account_itself_does_moves_nothing_of_the_clients(kind):
    name = {"message": "deleted", "reaction": "reaction", "read": "seen", "message_edit": "edited"}[kind]
    body = json.loads(body_of("instagram", name))
    (event,) = body["entry"][0]["messaging"]
    event["sender"], event["recipient"] = event["recipient"], event["sender"]
    assert isinstance(parse(json.dumps(body).encode()), Ignored)


def test_one_unreadable_event_does_not_take_the_others_along():
    body = json.loads(body_of("instagram", "text"))
    body["entry"][0]["messaging"].insert(0, {"message": {"text": "whose?"}})
    found = instagram.parse(json.dumps(body).encode(), received_at=NOW, timezone="UTC")
    assert [type(one) for one in found] == [Incoming]


@pytest.mark.parametrize("timestamp", [0, "soon", None, 10**30, {"a": 1}])
def test_an_impossible_time_becomes_the_time_of_arrival(timestamp):
    body = json.loads(body_of("instagram", "text"))
    body["entry"][0]["messaging"][0]["timestamp"] = timestamp
    parsed = parse(json.dumps(body).encode())
    assert isinstance(parsed, Incoming)
    assert abs(parsed.sent_at - NOW) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"object": "instagram"}',
        b'{"object": "page", "entry": [{"id": "1", "messaging": []}]}',
        b'{"object": "instagram", "entry": [{"messaging": [{}]}]}',
        b'{"object": "instagram", "entry": [{"id": "1", "messaging": [{"message": {"text": "a"}}]}]}',
    ],
)
def test_a_body_that_is_not_instagrams_is_rejected_and_never_breaks(body):
    with pytest.raises(Rejected):
        instagram.parse(body, received_at=NOW, timezone="UTC")


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("instagram/*")) + sorted(FIXTURES.glob("messenger/*")))
def test_any_field_of_any_type_or_none_at_all_is_read_or_rejected_but_never_breaks(path: Path):
    module: Any = {"instagram": instagram, "messenger": messenger}[path.parent.name]
    original = json.loads(path.read_bytes())
    assert module.parse(path.read_bytes(), received_at=NOW, timezone="UTC")
    for steps in _paths(original):
        for value in REPLACEMENTS:
            body = json.loads(path.read_bytes())
            holder = body
            for step in steps[:-1]:
                holder = holder[step]
            if value is ...:
                del holder[steps[-1]]
            else:
                holder[steps[-1]] = value
            try:
                module.parse(json.dumps(body).encode(), received_at=NOW, timezone="UTC")
            except Rejected:
                continue


def _paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[Any, ...]] = []
    for step, inner in steps:
        found += [(*before, step), *_paths(inner, (*before, step))]
    return found
