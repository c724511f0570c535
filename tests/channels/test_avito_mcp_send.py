"""Messages to Avito through the MCP server, its refusals, and files that clients sent."""

import io
import logging
import socket
import traceback
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.channels import gate
from apps.channels.connectors import avito
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
from tests.channels.avito_servers import make_channel, opened
from tests.peers.avito_mcp import KEY, SEND, SEND_BULK, SEND_IMAGE, AvitoMcpPeer
from tests.peers.server import Peer, Reply

pytestmark = pytest.mark.django_db

READ = "POST /api/chats/{chat}/read"


@pytest.fixture(autouse=True)
def _loopback(settings, tmp_path):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def peer():
    with AvitoMcpPeer() as peer:
        yield peer


@pytest.fixture
def channel(peer):
    return make_channel(base_url=peer.url)


@pytest.fixture
def shop(channel):
    return opened(channel)


def say(text: str = "Здравствуйте! Спасибо за обращение...", **fields: Any) -> Outgoing:
    return Outgoing(key="k", external_chat_id="u2i-AbC~1_x", external_user_id="12345678", text=text, **fields)


def upload(
    kind: MediaKind = MediaKind.IMAGE, name: str = "экран.jpg", content_type: str = "image/jpeg"
) -> OutgoingFile:
    path = default_storage.save("a.bin", ContentFile(b"\xff\xd8 picture"))
    return OutgoingFile(kind=kind, name=name, content_type=content_type, size=10, path=path)


def test_a_text_goes_out_as_the_specification_has_it(peer, shop):
    sent = avito.send(shop, say())

    assert peer.sent == [{"chat_id": "u2i-AbC~1_x", "text": "Здравствуйте! Спасибо за обращение..."}]
    assert sent.external_message_id == "msg_5001"


def test_a_picture_goes_by_an_address_where_it_is_found(peer, shop, client):
    sent = avito.send(shop, say("", file=upload()))

    (values,) = peer.sent
    assert values["chat_id"] == "u2i-AbC~1_x"
    found = client.get(urlsplit(values["image_url"]).path)
    assert (b"".join(found), found["Content-Type"]) == (b"\xff\xd8 picture", "image/jpeg")
    assert sent.external_message_id == "msg_5001"


def test_a_picture_that_a_server_on_the_internet_could_not_fetch_is_not_sent(settings):
    settings.PUBLIC_URL = "http://10.0.0.5"
    far = opened(make_channel(base_url="https://avito-mcp.example.com"))
    with pytest.raises(Rejected) as caught:
        avito.send(far, say("", file=upload()))
    assert caught.value.code == "no_public_address"


def test_a_campaigns_message_goes_in_bulk_and_has_an_outcome_of_its_own(peer, shop):
    sent = avito.send(shop, say("Скидка", in_bulk=True))
    assert peer.sent == [{"chat_id": "u2i-AbC~1_x", "text": "Скидка"}]
    assert sent.external_message_id == "msg_5001"
    assert [request.path for request in peer.requests] == ["/api/messages/send/bulk"]


@pytest.mark.parametrize(
    ("error", "raised", "code"),
    [
        ("Rate limit exceeded, try again later", RateLimited, "rate_limited"),
        ("Avito API Error 404: Chat not found", Rejected, "recipient_gone"),
        ("Avito API Error 500: Internal error", OutcomeUnknown, "avito_500"),
        ("Something new", Rejected, "refused"),
    ],
)
def test_what_a_bulk_says_of_its_message_is_what_became_of_it(peer, shop, error, raised, code):
    peer.refused["u2i-AbC~1_x"] = error
    with pytest.raises(raised) as caught:
        avito.send(shop, say(in_bulk=True))
    assert caught.value.code == code
    assert peer.sent == []


def test_a_server_that_knows_no_bulk_gets_the_message_alone(peer, shop):
    peer.next(SEND_BULK, Reply(status=404, json={"detail": "Not Found"}))
    sent = avito.send(shop, say(in_bulk=True))
    assert peer.sent == [{"chat_id": "u2i-AbC~1_x", "text": "Здравствуйте! Спасибо за обращение..."}]
    assert sent.external_message_id == "msg_5001"


@pytest.mark.parametrize(
    "told",
    [{"results": []}, {"sent": 0, "failed": 1}, {"results": [None]}, {"results": [{"chat_id": "u2i-1"}]}],
)
def test_a_bulk_that_says_nothing_of_the_message_leaves_it_in_doubt(peer, shop, told):
    peer.next(SEND_BULK, Reply(json={"success": True, **told}))
    with pytest.raises(OutcomeUnknown):
        avito.send(shop, say(in_bulk=True))


def test_a_lost_answer_in_bulk_is_not_sent_again(peer, shop, monkeypatch):
    monkeypatch.setattr("apps.channels.connectors.avito.mcp.client.TIMEOUT", (1.0, 0.3))
    peer.next(SEND_BULK, Reply(hang=True))
    with pytest.raises(OutcomeUnknown):
        avito.send(shop, say(in_bulk=True))
    assert len(peer.sent) == 1


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    ("error", "raised", "code"),
    [
        ("Rate limit exceeded, try again later", RateLimited, "rate_limited"),
        ("Avito API Error 400: Bad request", Rejected, "avito_400"),
        ("Avito API Error 400: text is too long", Rejected, "too_long"),
        ("Avito API Error 401: Unauthorized", AuthFailed, "avito_token"),
        ("Avito API Error 402: Payment required", ConfigInvalid, "avito_plan"),
        ("Avito API Error 403: Forbidden", ConfigInvalid, "avito_forbidden"),
        ("Avito API Error 404: Chat not found", Rejected, "recipient_gone"),
        ("Avito API Error 429: Too many requests", RateLimited, "rate_limited"),
        ("Avito API Error 500: Internal error", OutcomeUnknown, "avito_500"),
        ("Avito API Error 503: Unavailable", Transient, "avito_503"),
        ("Failed to get access token", AuthFailed, "avito_token"),
        ("Chat not found", Rejected, "recipient_gone"),
        ("Invalid API key", AuthFailed, "auth_failed"),
        ("Request timed out", OutcomeUnknown, "avito_away"),
    ],
)
def test_a_refusal_is_told_by_the_body_whatever_the_status(peer, shop, status, error, raised, code):
    peer.refuse(SEND, error, status=status)
    with pytest.raises(raised) as caught:
        avito.send(shop, say())

    assert caught.value.code == code
    assert peer.sent == []


def test_a_refusal_with_words_nobody_knows_is_a_plain_refusal(peer, shop):
    for error in ("Something new", "Unexpected token < in JSON"):
        peer.refuse(SEND, error)
        with pytest.raises(Rejected) as caught:
            avito.send(shop, say())
        assert caught.value.code == "refused"
        assert error not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "after"),
    [({}, 60), ({"Retry-After": "7"}, 7), ({"Retry-After": "0"}, 1), ({"Retry-After": "soon"}, 60),
     ({"Retry-After": "999999999"}, 86400)],
)  # fmt: skip
def test_the_limit_says_when_to_come_back_or_it_is_its_minute(peer, shop, headers, after):
    peer.refuse(SEND, "Rate limit exceeded, try again later", **headers)
    with pytest.raises(RateLimited) as caught:
        avito.send(shop, say())
    assert caught.value.after == timedelta(seconds=after)


@pytest.mark.parametrize(
    ("reply", "raised", "code"),
    [
        (Reply(status=401, json={"detail": "Not authenticated"}), AuthFailed, "auth_failed"),
        (Reply(status=403, json={"detail": "Invalid API Key"}), AuthFailed, "auth_failed"),
        (Reply(status=404, json={"detail": "Not Found"}), ConfigInvalid, "not_the_api"),
        (Reply(status=404, body="<html>"), ConfigInvalid, "not_the_api"),
        (Reply(status=422, json={"detail": [{"msg": "field required"}]}), Rejected, "http_422"),
        (Reply(status=429, json={"detail": "slow down"}), RateLimited, "rate_limited"),
        (Reply(status=503, body="busy"), Transient, "http_503"),
        (Reply(status=500, body="broken"), OutcomeUnknown, "http_500"),
    ],
)
def test_a_status_without_the_specified_body_means_what_it_says(peer, shop, reply, raised, code):
    peer.next(SEND, reply)
    with pytest.raises(raised) as caught:
        avito.send(shop, say())
    assert caught.value.code == code


@pytest.mark.parametrize(
    "reply",
    [
        Reply(hang=True),
        Reply(close=True),
        Reply(body="<html>welcome</html>"),
        Reply(json={"hello": 1}),
        Reply(json=[]),
        Reply(status=502, body="bad gateway"),
    ],
)
def test_when_no_readable_answer_came_nobody_knows_whether_it_was_sent(peer, shop, reply, monkeypatch):
    monkeypatch.setattr("apps.channels.connectors.avito.mcp.client.TIMEOUT", (1.0, 0.3))
    for message in (say(), say("", file=upload())):
        peer.next(SEND_IMAGE if message.file else SEND, reply)
        with pytest.raises(OutcomeUnknown):
            avito.send(shop, message)


@pytest.mark.parametrize("response", [None, {}, {"id": None}, {"id": True}, [], {"id": "a\x00"}])
def test_a_success_without_an_id_is_a_success(peer, shop, response):
    peer.next(SEND, Reply(json={"success": True, "message": "Message sent", "response": response}))
    assert avito.send(shop, say()).external_message_id == ""


def test_a_server_that_is_not_there_leaves_the_message_for_later():
    with pytest.raises(Transient):
        avito.send(opened(make_channel(base_url="http://127.0.0.1:9")), say())


def test_what_avito_would_not_take_is_not_even_tried(peer, shop):
    nowhere = Outgoing(key="k", external_chat_id=" ", external_user_id="", text="a")
    voice = say("", file=upload(MediaKind.VOICE, "a.ogg", "audio/ogg"))
    for message in (nowhere, say("  "), say("б" * 1001), say("подпись", file=upload()), voice):
        with pytest.raises(Rejected):
            avito.send(shop, message)
    assert peer.requests == []


def test_a_picture_that_left_the_storage_is_a_plain_refusal(peer, shop):
    file = OutgoingFile(kind=MediaKind.IMAGE, name="a", content_type="image/png", size=1, path="gone.png")
    with pytest.raises(Rejected) as caught:
        avito.send(shop, say("", file=file))
    assert caught.value.code == "file_gone"
    assert peer.requests == []


def test_long_texts_are_split_and_what_avito_refuses_is_refused_before_it_is_sent(channel):
    parts = gate.split(channel, "слово " * 400)
    assert len(parts) == 3
    assert max(map(len, parts)) <= 1000
    assert gate.refusal(channel, text="", file=upload()) is None
    assert gate.refusal(channel, text="подпись", file=upload())
    assert gate.refusal(channel, text="", file=upload(content_type="image/svg+xml"))
    assert gate.refusal(channel, text="", file=upload(MediaKind.DOCUMENT, "a.pdf", "application/pdf"))


def test_a_chat_is_marked_as_read(peer, shop):
    avito.mark_read(shop, external_chat_id="u2i-AbC~1_x", external_message_id="m-1")
    assert peer.read == ["u2i-AbC~1_x"]


def test_a_chats_id_cannot_lead_to_another_address(peer, shop):
    avito.mark_read(shop, external_chat_id="a/../../messages?x=1", external_message_id="m-1")
    assert peer.requests[0].path == "/api/chats/a%2F..%2F..%2Fmessages%3Fx%3D1/read"


def test_marking_as_read_may_be_tried_again(peer, shop, monkeypatch):
    monkeypatch.setattr("apps.channels.connectors.avito.mcp.client.TIMEOUT", (1.0, 0.3))
    peer.next(READ, Reply(hang=True))
    with pytest.raises(Transient):
        avito.mark_read(shop, external_chat_id="u2i-1", external_message_id="m-1")
    peer.refuse(READ, "Request timed out")
    with pytest.raises(Transient):
        avito.mark_read(shop, external_chat_id="u2i-1", external_message_id="m-1")


def voice(address: str, **fields: Any) -> Media:
    return Media(kind=MediaKind.VOICE, ref=address, content_type="audio/mp4", **fields)


def test_a_voice_message_is_fetched_whole(peer, shop):
    peer.files["v.mp4"] = b"ftyp" * 1000
    to = io.BytesIO()
    avito.fetch(shop, voice(f"{peer.url}/files/v.mp4"), to)
    assert to.getvalue() == b"ftyp" * 1000


def test_the_key_goes_to_the_mcp_server_alone(peer, shop):
    with Peer() as elsewhere:
        elsewhere.route("GET /v.mp4", lambda _request: Reply(body=b"ftyp"))
        avito.fetch(shop, voice(f"{elsewhere.url}/v.mp4?sign=a"), io.BytesIO())
        assert elsewhere.requests[0].headers["X-API-Key"] is None
    peer.files["v.mp4"] = b"ftyp"
    avito.fetch(shop, voice(f"{peer.url}/files/v.mp4"), io.BytesIO())
    assert peer.requests[0].headers["X-API-Key"] == KEY


def test_a_link_that_died_is_a_plain_refusal_and_no_fault_of_the_connection(peer, shop):
    with pytest.raises(Rejected):
        avito.fetch(shop, voice(f"{peer.url}/files/gone.mp4"), io.BytesIO())


def test_an_address_inside_a_network_that_is_not_allowed_is_not_called(shop):
    for address in ("http://10.0.0.1/v.mp4", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd"):
        with pytest.raises(Rejected):
            avito.fetch(shop, voice(address), io.BytesIO())


def test_a_file_over_50_mb_is_not_asked_for(peer, shop):
    with pytest.raises(Rejected) as caught:
        avito.fetch(shop, voice(f"{peer.url}/files/v.mp4", size=50 * 1024 * 1024 + 1), io.BytesIO())
    assert caught.value.code == "too_large"
    assert peer.requests == []


def test_over_plain_http_the_key_goes_to_no_public_address(monkeypatch):
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 8765))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: [public])
    shop = opened(make_channel(base_url="http://avito-mcp.example.com:8765"))
    with pytest.raises(ConfigInvalid) as caught:
        avito.send(shop, say())
    assert (caught.value.code, caught.value.field) == ("plain_http", "base_url")
    assert not ActionLog.objects.exists()


def test_neither_the_key_nor_the_servers_words_are_in_an_exception_or_a_log(peer, shop, caplog):
    caplog.set_level(logging.DEBUG)
    for status in (200, 400, 401, 500):
        peer.refuse(SEND, f"Avito API Error 400: {KEY} client_secret=hush", status=status)
        with pytest.raises(OutsideError) as caught:
            avito.send(shop, say())
        shown = "".join(traceback.format_exception(caught.value))
        assert KEY not in shown
        assert "hush" not in shown
    assert KEY not in caplog.text
    assert "hush" not in caplog.text
    assert ActionLog.objects.count() == 4
