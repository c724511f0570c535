"""Messages to VK, and what its refusals mean."""

import io
import json
import logging
import traceback
import uuid
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from model_bakery import baker

from apps.channels.connectors import vk
from apps.channels.connectors.vk import ids
from apps.channels.contract import Media, MediaKind, Outgoing, OutgoingFile
from apps.channels.models import Delivery
from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    OutsideError,
    RateLimited,
    Rejected,
    Scope,
    Transient,
)
from apps.integrations.models import ActionLog
from apps.integrations.opening import open_connection
from tests.channels.vk_groups import make_group
from tests.peers.server import Reply
from tests.peers.vk import TOKEN, VkPeer

pytestmark = pytest.mark.django_db
KEY = "3f0c2a52-6a53-4e38-9d17-54a1b9a2b001"


@pytest.fixture(autouse=True)
def _loopback(settings, tmp_path):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def peer():
    with VkPeer() as peer:
        yield peer


@pytest.fixture
def channel(peer):
    return make_group(base_url=peer.url)


@pytest.fixture
def group(channel):
    return open_connection(channel.connection)


def say(text="Здравствуйте", *, key=KEY, **fields) -> Outgoing:
    return Outgoing(key=key, external_chat_id="987654321", external_user_id="987654321", text=text, **fields)


def upload(kind, name, content_type, content=b"content") -> OutgoingFile:
    path = default_storage.save(name, ContentFile(content))
    return OutgoingFile(kind=kind, name=name, content_type=content_type, size=len(content), path=path)


def test_a_text_goes_out_under_our_key_and_comes_back_with_its_number(peer, group):
    sent = vk.send(group, say("Замена батареи стоит 3500 рублей."))

    assert peer.sent == [
        {
            "peer_ids": "987654321",
            "random_id": str(ids.random_id(KEY)),
            "payload": json.dumps({"key": KEY}),
            "message": "Замена батареи стоит 3500 рублей.",
        }
    ]
    assert sent.external_message_id == "987654321_701"


def test_one_key_is_one_number_and_other_keys_are_others():
    numbers = {ids.random_id(str(uuid.uuid4())) for _ in range(1000)}
    assert ids.random_id(KEY) == ids.random_id(KEY)
    assert len(numbers) > 990
    assert all(0 < number < 2**31 for number in numbers)


def test_an_answer_that_was_lost_is_asked_for_again_and_the_client_gets_one_message(peer, group):
    peer.next("messages.send", Reply(close=True))
    with pytest.raises(Transient):
        vk.send(group, say())
    sent = vk.send(group, say())

    assert len(peer.sent) == 1
    assert sent.external_message_id == "987654321_701"


def test_a_number_that_another_message_has_already_swallows_nothing(peer, group, channel):
    other = baker.make(
        Delivery,
        tenant=channel.tenant,
        channel=channel,
        external_chat_id="987654321",
        external_message_id="987654321_701",
        key=uuid.uuid4(),
    )
    peer._known[str(ids.random_id(KEY))] = {
        "peer_id": 987654321,
        "message_id": 5001,
        "conversation_message_id": 701,
    }
    peer.sent.append({"message": "the other one"})
    sent = vk.send(group, say("Второе"))

    assert [one["message"] for one in peer.sent] == ["the other one", "Второе"]
    assert sent.external_message_id not in ("", other.external_message_id)


def test_a_reply_is_put_as_vk_wants_it(peer, group):
    vk.send(group, say(reply_to="987654321_7"))
    vk.send(group, say(reply_to="id123", key="b"))
    vk.send(group, say(reply_to="event:d34db33f", key="c"))

    assert json.loads(peer.sent[0]["forward"]) == {
        "peer_id": 987654321,
        "conversation_message_ids": [7],
        "is_reply": True,
    }
    assert peer.sent[1]["reply_to"] == "123"
    assert not {"reply_to", "forward"} & peer.sent[2].keys()


def test_a_photo_goes_through_the_three_steps(peer, group):
    file = upload(MediaKind.IMAGE, "battery.jpg", "image/jpeg", b"\xff\xd8jpeg")
    vk.send(group, say("Аккумулятор для iPhone 14", file=file))

    assert peer.sent[0]["attachment"] == "photo-123456789_456_acc3ss"
    assert peer.sent[0]["message"] == "Аккумулятор для iPhone 14"
    assert (peer.uploaded[0].filename, peer.uploaded[0].content) == ("battery.jpg", b"\xff\xd8jpeg")


@pytest.mark.parametrize(
    ("kind", "content_type", "goes_as"),
    [
        (MediaKind.VOICE, "audio/ogg", "audio_message"),
        (MediaKind.VOICE, "audio/mp4", "doc"),
        (MediaKind.DOCUMENT, "application/pdf", "doc"),
        (MediaKind.IMAGE, "image/gif", "doc"),
        (MediaKind.VIDEO, "video/mp4", "doc"),
    ],
)
def test_other_files_go_as_documents_and_a_voice_as_a_voice(peer, group, kind, content_type, goes_as):
    vk.send(group, say("", file=upload(kind, "file.bin", content_type)))

    assert peer.sent[0]["attachment"] == "doc555_321"
    assert "message" not in peer.sent[0]
    assert len(peer.to(f"POST /up/{goes_as}")) == 1


def test_a_file_that_vk_does_not_take_is_said_so_and_nothing_is_sent(peer, group):
    peer.script("POST /up/{kind}", [Reply(json={"server": 1, "photo": "[]", "hash": ""})])
    with pytest.raises(Rejected) as caught:
        vk.send(group, say(file=upload(MediaKind.IMAGE, "a.png", "image/png")))
    assert caught.value.code == "upload_refused"
    assert peer.sent == []


def test_a_file_gone_from_the_storage_is_said_so(peer, group):
    file = OutgoingFile(kind=MediaKind.DOCUMENT, name="a", content_type="a/b", size=1, path="nowhere/a")
    with pytest.raises(Rejected) as caught:
        vk.send(group, say(file=file))
    assert caught.value.code == "file_gone"
    assert peer.requests == []


@pytest.mark.parametrize("fields", [{"text": " "}, {"external_chat_id": "-5"}, {"external_chat_id": "x"}])
def test_what_cannot_be_said_is_refused_before_it_goes_out(peer, group, fields):
    wrong = {"text": "слова", "external_chat_id": "1", **fields}
    with pytest.raises(Rejected):
        vk.send(group, Outgoing(key="k", external_user_id="1", **wrong))
    assert peer.requests == []


@pytest.mark.parametrize("number", [7, 18, 900, 901, 902, 936, 950, 983, 988])
def test_a_client_who_cannot_be_reached(peer, group, number):
    peer.fail("messages.send", number)
    with pytest.raises(Rejected) as caught:
        vk.send(group, say())
    assert caught.value.code == "recipient_gone"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (5, AuthFailed),
        (14, AuthFailed),
        (17, AuthFailed),
        (27, AuthFailed),
        (1, Transient),
        (10, Transient),
        (8, ConfigInvalid),
        (100, Rejected),
        (911, Rejected),
        (914, Rejected),
        (9999, Rejected),
    ],
)
def test_a_refusal_is_told_by_its_number(peer, group, number, kind):
    peer.fail("messages.send", number)
    with pytest.raises(kind) as caught:
        vk.send(group, say())
    assert caught.value.code != "recipient_gone"


@pytest.mark.parametrize(("number", "seconds"), [(6, 1), (9, 60), (29, 900)])
def test_a_limit_says_how_long_to_wait(peer, group, number, seconds):
    peer.fail("messages.send", number)
    with pytest.raises(RateLimited) as caught:
        vk.send(group, say())
    assert caught.value.after == timedelta(seconds=seconds)


def test_a_refusal_beside_the_recipient_counts_as_one(peer, group):
    refused = [{"peer_id": 987654321, "message_id": 0, "error": {"code": 901, "description": "no"}}]
    peer.next("messages.send", Reply(json={"response": refused}))
    with pytest.raises(Rejected) as caught:
        vk.send(group, say())
    assert caught.value.code == "recipient_gone"


def test_a_limit_beside_the_recipient_is_that_of_their_dialogue(peer, group):
    refused = [{"peer_id": 987654321, "message_id": 0, "error": {"code": 9, "description": "flood"}}]
    peer.next("messages.send", Reply(json={"response": refused}))
    with pytest.raises(RateLimited) as caught:
        vk.send(group, say())
    assert (caught.value.after, caught.value.scope) == (timedelta(minutes=1), Scope.DIALOGUE)


@pytest.mark.parametrize("response", [None, [], {}, "x", [{}], [None], True])
def test_an_answer_of_another_shape_is_no_crash(peer, group, response):
    peer.next("messages.send", Reply(json={"response": response}))
    with pytest.raises(OutsideError):
        vk.send(group, say())


def test_a_server_that_answers_with_a_number_alone_is_understood(peer, group):
    peer.next("messages.send", Reply(json={"response": 5005}))
    assert vk.send(group, say()).external_message_id == "id5005"


def test_the_key_is_in_no_error_log_or_action(peer, group, caplog):
    peer.fail("messages.send", 9999, f"token {TOKEN} is bad")
    with caplog.at_level(logging.DEBUG), pytest.raises(Rejected) as caught:
        vk.send(group, say())
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    shown += "".join(f"{row.host}{row.path}{row.error_code}" for row in ActionLog.objects.all())
    assert ActionLog.objects.exists()
    assert TOKEN not in shown


def test_a_clients_file_is_fetched_from_its_address(peer, group):
    peer.files["a.ogg"] = b"OggS" + bytes(50)
    to = io.BytesIO()
    media = Media(kind=MediaKind.VOICE, ref=f"{peer.url}/files/a.ogg", content_type="audio/ogg")

    assert vk.fetch(group, media, to) == "audio/ogg"
    assert to.getvalue() == peer.files["a.ogg"]
    assert TOKEN not in str(peer.requests[0].headers)


@pytest.mark.parametrize("ref", ["", "file:///etc/passwd", "ftp://x/y", "http://10.0.0.1/a"])
def test_a_file_elsewhere_than_on_the_web_is_not_fetched(group, ref):
    with pytest.raises(Rejected):
        vk.fetch(group, Media(kind=MediaKind.IMAGE, ref=ref), io.BytesIO())


def test_a_file_that_is_too_large_is_not_fetched(peer, group):
    media = Media(kind=MediaKind.DOCUMENT, ref=f"{peer.url}/files/a", size=51 * 1024 * 1024)
    with pytest.raises(Rejected) as caught:
        vk.fetch(group, media, io.BytesIO())
    assert caught.value.code == "too_large"
