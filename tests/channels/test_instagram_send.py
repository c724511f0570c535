"""Messages to Instagram and Messenger, and what Meta's refusals mean."""

import io
import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.channels.connectors import instagram, messenger
from apps.channels.contract import Media, MediaKind, Outgoing, OutgoingFile
from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    OutcomeUnknown,
    OutsideError,
    RateLimited,
    Rejected,
    Transient,
)
from apps.integrations.models import ActionLog
from apps.integrations.opening import Opened
from tests.channels.meta_accounts import make_account, opened
from tests.peers.instagram import CLIENT, InstagramPeer
from tests.peers.messenger import MessengerPeer
from tests.peers.meta import TOKEN, MetaPeer, error
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db

KEY = "0b9a6a4e-7a63-4c3c-9f3e-0d7f7a1f2c11"
DAY = timedelta(hours=24)


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "https://crm.example.com"


@pytest.fixture
def peer() -> Iterator[InstagramPeer]:
    with InstagramPeer() as peer:
        yield peer


@pytest.fixture
def account(peer: MetaPeer) -> Opened[Any]:
    return opened(make_account("instagram", base_url=peer.url))


@pytest.fixture
def page() -> Iterator[tuple[MessengerPeer, Opened[Any]]]:
    with MessengerPeer() as peer:
        yield peer, opened(make_account("messenger", base_url=peer.url))


def say(text: str = "Здравствуйте", **fields: Any) -> Outgoing:
    return Outgoing(key=KEY, external_chat_id=CLIENT, external_user_id=CLIENT, text=text, **fields)


def a_file(kind: MediaKind, name: str, content_type: str) -> OutgoingFile:
    return OutgoingFile(kind=kind, name=name, content_type=content_type, size=7, path=f"out/{name}")


def test_a_text_goes_to_instagram_as_the_customers_example_has_it(peer, account):
    sent = instagram.send(account, say("Замена батареи стоит 3500 рублей."))

    assert peer.sent == [
        {"recipient": {"id": CLIENT}, "message": {"text": "Замена батареи стоит 3500 рублей."}}
    ]
    assert sent.external_message_id == "mid.1"


def test_a_text_goes_to_messenger_as_an_answer_with_our_key(page):
    peer, account = page
    messenger.send(account, say("3500 рублей"))
    assert peer.sent == [
        {
            "recipient": {"id": CLIENT},
            "messaging_type": "RESPONSE",
            "message": {"text": "3500 рублей", "metadata": f"batterycrm:{KEY}"},
        }
    ]


def test_by_a_page_it_goes_through_the_page_and_without_one_through_the_tokens_own(peer, account):
    instagram.send(account, say())
    instagram.send(opened(make_account("instagram", base_url=peer.url, page_id="")), say())
    paths = [request.path for request in peer.requests]
    assert paths == ["/v25.0/987000000000001/messages", "/v25.0/me/messages"]


@pytest.mark.parametrize("module", [instagram, messenger])
@pytest.mark.parametrize(
    ("quiet_for", "by_human", "tagged"),
    [
        (None, True, False),
        (DAY - timedelta(seconds=1), True, False),
        (DAY, True, True),
        (timedelta(days=6), True, True),
        (timedelta(days=6), False, False),
    ],
)
def test_only_a_persons_answer_after_the_first_day_goes_under_the_tag(module, quiet_for, by_human, tagged):
    values = module.render(say(quiet_for=quiet_for, by_human=by_human)).json
    assert (values.get("messaging_type") == "MESSAGE_TAG", values.get("tag") == "HUMAN_AGENT") == (
        tagged,
        tagged,
    )


@pytest.mark.parametrize("module", [instagram, messenger])
@pytest.mark.parametrize(
    ("kind", "name", "content_type", "shown_as"),
    [
        (MediaKind.IMAGE, "screen.jpg", "image/jpeg", "image"),
        (MediaKind.VOICE, "voice.m4a", "audio/mp4", "audio"),
        (MediaKind.AUDIO, "sound.wav", "audio/wav", "audio"),
        (MediaKind.VIDEO, "film.mp4", "video/mp4", "video"),
        (MediaKind.DOCUMENT, "Чек.pdf", "application/pdf", "file"),
    ],
)
def test_a_file_goes_by_its_public_address(module, kind, name, content_type, shown_as):
    message = module.render(say("", file=a_file(kind, name, content_type))).json["message"]
    assert message["attachment"]["type"] == shown_as
    assert message["attachment"]["payload"]["url"].startswith("https://crm.example.com/files/")
    assert "text" not in message


def test_a_file_is_accepted_and_names_its_message(peer, account):
    sent = instagram.send(account, say("", file=a_file(MediaKind.IMAGE, "a.jpg", "image/jpeg")))
    assert sent.external_message_id == "mid.1"


def test_meta_itself_is_not_given_an_address_that_it_cannot_reach(settings):
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    with pytest.raises(Rejected) as caught:
        instagram.send(
            opened(make_account("instagram")), say("", file=a_file(MediaKind.IMAGE, "a.jpg", "image/jpeg"))
        )
    assert caught.value.code == "no_public_address"


@pytest.mark.parametrize("module", [instagram, messenger])
def test_what_cannot_be_sent_is_not_even_tried(module):
    with_text = say("Ваш чек", file=a_file(MediaKind.DOCUMENT, "a.pdf", "application/pdf"))
    nobody = Outgoing(key=KEY, external_chat_id="@anna", external_user_id="@anna", text="a")
    for message in (with_text, nobody, say("  ")):
        with pytest.raises(Rejected):
            module.render(message)


@pytest.mark.parametrize(
    ("status", "code", "subcode", "raised", "our_code"),
    [
        (500, 1, 0, Transient, "meta_busy"),
        (400, 2, 0, Transient, "meta_busy"),
        (400, 1200, 0, Transient, "meta_busy"),
        (400, 4, 0, RateLimited, "rate_limited"),
        (400, 613, 0, RateLimited, "rate_limited"),
        (400, 80006, 0, RateLimited, "rate_limited"),
        (400, 10, 2018278, Rejected, "outside_window"),
        (403, 10, 2534022, Rejected, "outside_window"),
        (400, 10, 1893063, ConfigInvalid, "page_restricted"),
        (400, 10, 0, ConfigInvalid, "no_permission"),
        (403, 200, 0, ConfigInvalid, "no_permission"),
        (403, 230, 0, ConfigInvalid, "no_permission"),
        (400, 368, 0, ConfigInvalid, "blocked_by_policy"),
        (400, 100, 2018001, Rejected, "recipient_gone"),
        (400, 100, 2534014, Rejected, "recipient_gone"),
        (400, 551, 1545041, Rejected, "recipient_gone"),
        (400, 100, 2018008, Rejected, "file_refused"),
        (400, 100, 33, ConfigInvalid, "unknown_account"),
        (400, 100, 0, Rejected, "bad_request"),
        (400, 987654, 0, Rejected, "bad_request"),
        (400, 190, 463, AuthFailed, "auth_failed"),
        (401, 190, 0, AuthFailed, "auth_failed"),
        (500, 987654, 0, OutcomeUnknown, "http_500"),
        (503, 987654, 0, Transient, "http_503"),
    ],
)
def test_a_refusal_means_what_meta_means_by_it(peer, account, status, code, subcode, raised, our_code):
    peer.fail("messages", status, code, subcode)
    with pytest.raises(raised) as caught:
        instagram.send(account, say())

    assert caught.value.code == our_code
    assert peer.sent == []


def test_an_error_that_meta_itself_calls_passing_is_tried_again(peer, account):
    peer.fail("messages", 400, 987654, is_transient=True)
    with pytest.raises(Transient):
        instagram.send(account, say())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "17"}, 17), ({}, 60), ({"Retry-After": "9999999"}, 3600), ({"Retry-After": "-3"}, 60)],
)
def test_a_limit_says_when_to_come_back_within_reason(peer, account, headers, seconds):
    body = error(400, 613).json
    peer.next("messages", Reply(status=400, json=body, headers=headers))
    with pytest.raises(RateLimited) as caught:
        instagram.send(account, say())
    assert caught.value.after == timedelta(seconds=seconds)


def test_a_missing_right_to_answer_late_is_told_of_the_message_and_not_of_the_connection(peer, account):
    peer.fail("messages", 400, 10)
    with pytest.raises(Rejected) as caught:
        instagram.send(account, say(quiet_for=timedelta(days=3)))
    assert caught.value.code == "no_human_agent"


@pytest.mark.parametrize("slug", ["instagram", "messenger"])
@pytest.mark.parametrize(
    "reply",
    [
        Reply(hang=True),
        Reply(close=True),
        Reply(body="<html>welcome</html>"),
        Reply(json={"hello": 1}),
        Reply(json=["m_1"]),
        Reply(status=502, body="bad gateway"),
    ],
)
def test_when_no_readable_answer_came_nobody_knows_whether_it_was_sent(slug, reply, monkeypatch):
    monkeypatch.setattr("apps.channels.connectors._meta.client.TIMEOUT", (1.0, 0.3))
    peers: dict[str, Any] = {"instagram": InstagramPeer, "messenger": MessengerPeer}
    with peers[slug]() as peer:
        peer.next("messages", reply)
        module: Any = {"instagram": instagram, "messenger": messenger}[slug]
        with pytest.raises(OutcomeUnknown):
            module.send(opened(make_account(slug, base_url=peer.url)), say())


def test_a_server_that_is_not_there_leaves_the_message_for_later():
    with pytest.raises(Transient):
        instagram.send(opened(make_account("instagram", base_url="http://127.0.0.1:9")), say())


def test_a_file_is_fetched_by_its_link_and_without_the_token(peer, account):
    peer.files["photo.jpg"] = b"\xff\xd8\xff" * 1000
    to = io.BytesIO()
    instagram.fetch(account, Media(kind=MediaKind.IMAGE, ref=f"{peer.url}/cdn/photo.jpg"), to)
    assert to.getvalue() == b"\xff\xd8\xff" * 1000


def test_a_link_that_died_is_a_plain_refusal(peer, account):
    with pytest.raises(Rejected) as caught:
        instagram.fetch(account, Media(kind=MediaKind.IMAGE, ref=f"{peer.url}/cdn/gone.jpg"), io.BytesIO())
    assert caught.value.code == "file_gone"


def test_a_file_over_25_mb_is_not_taken(peer, account, monkeypatch):
    monkeypatch.setattr("apps.channels.connectors._meta.client.MAX_BYTES", 10)
    peer.files["film.mp4"] = b"a" * 11
    with pytest.raises(Rejected) as caught:
        instagram.fetch(account, Media(kind=MediaKind.VIDEO, ref=f"{peer.url}/cdn/film.mp4"), io.BytesIO())
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "ref", ["https://127.0.0.1/secret", "http://169.254.169.254/latest/meta-data", "file:///etc"]
)
def test_a_link_into_our_own_network_is_not_followed(settings, ref):
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    with pytest.raises(OutsideError):
        instagram.fetch(opened(make_account("instagram")), Media(kind=MediaKind.IMAGE, ref=ref), io.BytesIO())


def test_the_token_is_in_no_exception_and_no_log(peer, account, caplog):
    caplog.set_level(logging.DEBUG)
    for reply in (error(400, 100, message=TOKEN), error(401, 190), Reply(close=True)):
        peer.next("messages", reply)
        with pytest.raises(OutsideError) as caught:
            instagram.send(account, say())
        assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert TOKEN not in caplog.text
    assert ActionLog.objects.count() == 3
