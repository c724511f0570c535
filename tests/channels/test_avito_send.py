"""Messages to Avito, its tokens, its files, and what its refusals mean."""

import io
import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from model_bakery import baker

from apps.channels import resolving
from apps.channels.connectors import avito
from apps.channels.connectors.avito.direct.outbound import render
from apps.channels.contract import Media, MediaKind, Outgoing, OutgoingFile
from apps.channels.gate import split
from apps.channels.models import Channel
from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    OutcomeUnknown,
    OutsideError,
    RateLimited,
    Rejected,
    Transient,
)
from apps.integrations.connecting import connect
from apps.integrations.models import AccessToken, ActionLog, Connection
from apps.integrations.opening import Opened, open_connection
from apps.tenants.models import Tenant
from tests.peers.avito import ACCOUNT, CLIENT_ID, CLIENT_SECRET, AvitoPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db
CHAT = "u2i-Abc~d3F_gH"
PNG = b"\x89PNG" + bytes(50)


def make_account(peer: AvitoPeer, *, tenant: Tenant | None = None, **values: Any) -> Channel:
    resolving.forget()
    connection = connect(
        tenant=tenant or baker.make(Tenant, slug=f"t{Tenant.objects.count()}", timezone="Europe/Moscow"),
        connector="avito",
        values={
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "user_id": str(ACCOUNT),
            "base_url": peer.url,
            **values,
        },
    )
    return Channel.objects.select_related("connection", "tenant").get(connection=connection)


def opened(channel: Channel) -> Opened[Any]:
    return open_connection(Connection.objects.get(pk=channel.connection_id))


@pytest.fixture(autouse=True)
def _loopback(settings: Any, tmp_path: Path) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def peer() -> Iterator[AvitoPeer]:
    with AvitoPeer() as peer:
        yield peer


@pytest.fixture
def account(peer: AvitoPeer) -> Opened[Any]:
    return opened(make_account(peer))


def say(text: str = "Здравствуйте", **fields: Any) -> Outgoing:
    return Outgoing(key="k", external_chat_id=CHAT, external_user_id="141592653", text=text, **fields)


def picture(content_type: str = "image/png", kind: MediaKind = MediaKind.IMAGE) -> OutgoingFile:
    path = default_storage.save("a.png", ContentFile(PNG))
    return OutgoingFile(kind=kind, name="a.png", content_type=content_type, size=len(PNG), path=path)


def test_a_text_goes_out_in_avitos_own_shape(peer: AvitoPeer, account: Opened[Any]) -> None:
    sent = avito.send(account, say("Замена батареи стоит 3500 рублей."))

    assert peer.sent == [{"chat": CHAT, "text": "Замена батареи стоит 3500 рублей."}]
    assert sent.external_message_id == "sent-1"


def test_the_customers_shape_is_rendered_where_it_is_chosen(peer: AvitoPeer) -> None:
    call = render(say("а"), shape="v2")
    assert (call.method, call.json) == ("v2 messages", {"message": {"type": "text", "text": "а"}})

    route = "POST /messenger/v2/accounts/{user}/chats/{chat}/messages"
    peer.script(route, [Reply(json={"id": "from-v2"})])
    sent = avito.send(opened(make_account(peer, send_shape="v2")), say("а"))
    assert sent.external_message_id == "from-v2"
    assert peer.to(route)[0].json == {"message": {"type": "text", "text": "а"}}


def test_a_long_text_goes_as_several_messages_of_a_thousand(peer: AvitoPeer) -> None:
    channel = make_account(peer)
    parts = split(channel, "слово " * 400)
    for part in parts:
        avito.send(opened(channel), say(part))
    assert len(peer.sent) == len(parts) == 3


def test_a_picture_is_uploaded_and_then_sent(peer: AvitoPeer, account: Opened[Any]) -> None:
    avito.send(account, say("", file=picture()))

    assert peer.sent == [{"chat": CHAT, "image": f"{ACCOUNT}.image1"}]
    assert list(peer.images.values()) == [PNG]


def test_a_picture_is_uploaded_whole_again_under_a_fresh_token(peer: AvitoPeer, account: Opened[Any]) -> None:
    avito.send(account, say())
    peer.revoked.update(peer.tokens)
    avito.send(account, say("", file=picture()))

    assert list(peer.images.values()) == [PNG]
    assert len(peer.tokens) == 2


def test_a_lost_answer_to_an_upload_is_no_lost_message(peer: AvitoPeer, account: Opened[Any]) -> None:
    peer.next("upload", Reply(close=True))
    with pytest.raises(Transient):
        avito.send(account, say("", file=picture()))
    assert peer.sent == []


def test_what_cannot_be_sent_is_not_even_tried(peer: AvitoPeer, account: Opened[Any]) -> None:
    gone = OutgoingFile(kind=MediaKind.IMAGE, name="a", content_type="image/png", size=1, path="gone.png")
    for message in (
        say("  "),
        say("б" * 1001),
        say("под картинкой", file=picture()),
        say("", file=picture("application/pdf", MediaKind.DOCUMENT)),
        say("", file=picture("image/webp")),
        say("", file=gone),
    ):
        with pytest.raises(Rejected):
            avito.send(account, message)
    assert peer.requests == []


def test_a_chat_id_stays_within_its_place_in_the_address(peer: AvitoPeer, account: Opened[Any]) -> None:
    message = Outgoing(key="k", external_chat_id="a/../b?c#d%2e", external_user_id="1", text="а")
    avito.send(account, message)
    assert peer.sent[0]["chat"] == "a/../b?c#d%2e"


def test_an_account_without_a_number_is_asked_for_it_once(peer: AvitoPeer) -> None:
    channel = make_account(peer, user_id="")
    for _ in range(2):
        avito.send(opened(channel), say())
    assert len(peer.to("GET /core/v1/accounts/self")) == 1
    channel.refresh_from_db()
    assert channel.account == str(ACCOUNT)


# Tokens


def test_one_token_serves_until_it_is_old(peer: AvitoPeer, account: Opened[Any]) -> None:
    for _ in range(2):
        avito.send(account, say())
    assert len(peer.tokens) == 1
    AccessToken.objects.update(expires_at=timezone.now() + timedelta(minutes=9))
    avito.send(account, say())
    assert len(peer.tokens) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_replaced_and_the_call_repeated_once(
    peer: AvitoPeer, account: Opened[Any], status: int
) -> None:
    avito.send(account, say())
    peer.fail("messages", status)
    avito.send(account, say("ещё"))

    assert [one["text"] for one in peer.sent] == ["Здравствуйте", "ещё"]
    assert len(peer.tokens) == 2


def test_a_second_refusal_stands(peer: AvitoPeer, account: Opened[Any]) -> None:
    for _ in range(2):
        peer.fail("messages", 401)
    with pytest.raises(AuthFailed):
        avito.send(account, say())
    assert (peer.sent, len(peer.tokens)) == ([], 2)


def test_a_given_token_is_used_until_it_is_refused(peer: AvitoPeer) -> None:
    peer.tokens.append("given-by-a-person")
    account = opened(make_account(peer, access_token="given-by-a-person"))
    avito.send(account, say())
    assert peer.to("POST /token") == []

    peer.revoked.add("given-by-a-person")
    for _ in range(2):
        avito.send(account, say())
    assert len(peer.to("POST /token")) == 1


def test_a_refresh_token_is_new_each_time_and_none_is_used_twice(peer: AvitoPeer) -> None:
    peer.refresh_token = "given-refresh-token"
    account = opened(make_account(peer, refresh_token="given-refresh-token"))
    for _ in range(3):
        avito.send(account, say())
        peer.revoked.update(peer.tokens)
    assert [one.form["refresh_token"] for one in peer.to("POST /token")] == [
        ["given-refresh-token"],
        ["made-up-refresh-1"],
        ["made-up-refresh-2"],
    ]


@pytest.mark.parametrize(
    ("reply", "raised", "code"),
    [
        (Reply(status=400, json={"error": "invalid_client"}), AuthFailed, "auth_failed"),
        (Reply(status=200, json={"error": "invalid_client"}), AuthFailed, "auth_failed"),
        (Reply(status=200, json={"hello": 1}), ConfigInvalid, "not_avito"),
        (Reply(status=404, body="<html>"), ConfigInvalid, "not_avito"),
        (Reply(status=500, body="oops"), Transient, "http_500"),
        (Reply(close=True), Transient, None),
    ],
)
def test_without_a_token_nothing_is_sent(
    peer: AvitoPeer, account: Opened[Any], reply: Reply, raised: type[OutsideError], code: str | None
) -> None:
    peer.next("token", reply)
    with pytest.raises(raised) as caught:
        avito.send(account, say())
    assert code in (None, caught.value.code)
    assert peer.sent == []


# Refusals


@pytest.mark.parametrize(
    ("status", "raised", "code"),
    [
        (400, Rejected, "bad_request"),
        (402, ConfigInvalid, "tariff"),
        (404, Rejected, "recipient_gone"),
        (500, OutcomeUnknown, "http_500"),
        (503, Transient, "http_503"),
    ],
)
def test_a_refusal_means_what_avito_means_by_it(
    peer: AvitoPeer, account: Opened[Any], status: int, raised: type[OutsideError], code: str
) -> None:
    peer.fail("messages", status)
    with pytest.raises(raised) as caught:
        avito.send(account, say())
    assert caught.value.code == code
    assert "of Avito's own" not in str(caught.value)
    assert peer.sent == []


def test_a_403_that_a_fresh_token_does_not_mend_is_the_unpaid_messenger(
    peer: AvitoPeer, account: Opened[Any]
) -> None:
    for _ in range(2):
        peer.fail("messages", 403)
    with pytest.raises(ConfigInvalid) as caught:
        avito.send(account, say())
    assert caught.value.code == "tariff"


def test_a_limit_says_how_long_to_wait(peer: AvitoPeer, account: Opened[Any]) -> None:
    peer.fail("messages", 429, **{"Retry-After": "7"})
    peer.fail("messages", 429)
    for seconds in (7, 30):
        with pytest.raises(RateLimited) as caught:
            avito.send(account, say())
        assert caught.value.after == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "reply",
    [Reply(hang=True), Reply(close=True), Reply(body="<html>"), Reply(json=[]), Reply(json={"id": ""})],
)
def test_when_no_readable_answer_came_nobody_knows_whether_it_was_sent(
    peer: AvitoPeer, account: Opened[Any], reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.channels.connectors.avito.direct.client.TIMEOUT", (1.0, 0.3))
    peer.next("messages", reply)
    with pytest.raises(OutcomeUnknown):
        avito.send(account, say())


def test_a_page_that_is_not_avitos_marks_no_client_as_gone(peer: AvitoPeer, account: Opened[Any]) -> None:
    peer.next("messages", Reply(status=404, body="<html>nothing here</html>"))
    with pytest.raises(ConfigInvalid) as caught:
        avito.send(account, say())
    assert caught.value.field == "base_url"


def test_a_picture_that_avito_refuses_is_told_in_plain_words(peer: AvitoPeer, account: Opened[Any]) -> None:
    peer.fail("upload", 400)
    peer.next("upload", Reply(json={}))
    for code in ("bad_image", "no_image_id"):
        with pytest.raises(Rejected) as caught:
            avito.send(account, say("", file=picture()))
        assert caught.value.code == code


# Files


def voice(ref: str = "v-1") -> Media:
    return Media(kind=MediaKind.VOICE, ref=ref, content_type="audio/mp4")


def image(ref: str) -> Media:
    return Media(kind=MediaKind.IMAGE, ref=ref, content_type="image/jpeg")


def test_a_voice_message_is_fetched_by_its_id(peer: AvitoPeer, account: Opened[Any]) -> None:
    peer.voices["v-1"] = b"ftyp" * 1000
    to = io.BytesIO()
    assert avito.fetch(account, voice(), to) == "audio/mp4"
    assert to.getvalue() == b"ftyp" * 1000


def test_a_picture_is_fetched_without_telling_the_file_server_the_token(
    peer: AvitoPeer, account: Opened[Any]
) -> None:
    peer.pictures["large.jpg"] = PNG
    to = io.BytesIO()
    assert avito.fetch(account, image(f"{peer.url}/files/picture/large.jpg"), to) == "image/jpeg"
    assert to.getvalue() == PNG


def test_files_that_are_gone_are_plain_refusals(peer: AvitoPeer, account: Opened[Any]) -> None:
    for media in (voice("unknown"), image(f"{peer.url}/files/picture/unknown.jpg")):
        with pytest.raises(Rejected) as caught:
            avito.fetch(account, media, io.BytesIO())
        assert caught.value.code == "file_gone"


@pytest.mark.parametrize(
    "address",
    [
        "http://10.img.avito.st/a.jpg",
        "https://avito.st.evil.example/a.jpg",
        "https://evilavito.ru/a.jpg",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://[",
        "",
    ],
)
def test_an_address_that_is_not_avitos_is_not_called(account: Opened[Any], address: str) -> None:
    with pytest.raises(Rejected) as caught:
        avito.fetch(account, image(address), io.BytesIO())
    assert caught.value.code == "foreign"
    assert ActionLog.objects.count() == 0


def test_no_secret_and_no_token_is_in_an_exception_or_a_log(
    peer: AvitoPeer, account: Opened[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for status in (400, 402, 404, 500):
        peer.next("messages", Reply(status=status, json={"error": {"message": CLIENT_SECRET}}))
        with pytest.raises(OutsideError) as caught:
            avito.send(account, say())
        told = "".join(traceback.format_exception(caught.value))
        assert not [one for one in (CLIENT_SECRET, *peer.tokens) if one in told + caplog.text]
    assert not [one for one in (CLIENT_SECRET, *peer.tokens) if one in str(list(ActionLog.objects.values()))]
