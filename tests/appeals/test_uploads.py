"""Files for an answer: judged as they are chosen, sent in order, thrown away where nobody sent them."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Attachment, Conversation, Upload
from apps.appeals.planned.sweeping import sweep
from apps.channels.connectors import telegram
from tests.appeals.composing import put, send
from tests.peers.telegram import TelegramPeer
from tests.work import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(arrive: Callable[..., None]) -> Conversation:
    arrive("text")
    return Conversation.objects.get()


def test_several_files_go_one_by_one_in_their_order_the_words_with_the_last(
    talk: Conversation, desk: Client, bot_peer: TelegramPeer
) -> None:
    files = [put(desk, talk, f"{number}.jpg")["id"] for number in (1, 2, 3)]
    assert send(desk, talk, "Все три", uploads=files) == {"ok": True}
    for seconds in (0, 5, 10):  # the service takes one a second to one chat
        with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
            drain()

    assert [sent["photo"].filename for sent in bot_peer.sent] == ["1.jpg", "2.jpg", "3.jpg"]
    assert [sent.get("caption", "") for sent in bot_peer.sent] == ["", "", "Все три"]


def test_the_same_file_sent_up_twice_is_one(talk: Conversation, desk: Client) -> None:
    key = str(uuid.uuid4())
    assert put(desk, talk, key=key)["id"] == put(desk, talk, key=key)["id"]
    assert Upload.objects.count() == 1


def test_what_the_channel_does_not_carry_is_said_before_one_sends(
    talk: Conversation, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "LIMITS", telegram.LIMITS.__class__(file_bytes=100))
    answer = put(desk, talk)

    assert (answer["ok"], answer["code"]) == (False, "refused")
    assert Upload.objects.count() == 0


def test_a_file_goes_once(talk: Conversation, desk: Client) -> None:
    file = put(desk, talk)["id"]
    send(desk, talk, "Раз", uploads=[file])

    assert send(desk, talk, "Два", uploads=[file])["code"] == "file_gone"
    assert Attachment.objects.filter(message__text="Раз").count() == 1


def test_the_same_form_with_files_sent_twice_is_one_answer(talk: Conversation, desk: Client) -> None:
    form = {"uploads": [put(desk, talk)["id"]], "key": str(uuid.uuid4())}
    for _again in range(2):
        assert send(desk, talk, "Раз", **form) == {"ok": True}

    assert Attachment.objects.filter(message__author="operator").count() == 1


def test_a_removed_file_is_gone_and_one_that_went_stays(talk: Conversation, desk: Client) -> None:
    gone, went = (Upload.objects.get(pk=put(desk, talk)["id"]) for _each in range(2))
    send(desk, talk, "Раз", uploads=[went.pk])
    for file in (gone, went):
        assert desk.post(f"/admin/desk/{talk.pk}/uploads/{file.pk}/remove/").json() == {"ok": True}

    assert (default_storage.exists(gone.path), default_storage.exists(went.path)) == (False, True)


def test_a_file_of_another_conversation_is_not_sent(
    talk: Conversation, desk: Client, arrive: Callable[..., None]
) -> None:
    file = put(desk, talk)["id"]
    arrive(
        "text",
        message_id=99,
        chat={"id": 4242, "type": "private"},
        **{"from": {"id": 4242, "is_bot": False, "first_name": "Х"}},
    )
    other = Conversation.objects.exclude(pk=talk.pk).get()

    assert send(desk, other, "Чужой", uploads=[file])["code"] == "file_gone"


def test_what_nobody_sent_is_thrown_away_after_a_while(
    talk: Conversation, desk: Client, tmp_path: Path
) -> None:
    old, new, sent = (Upload.objects.get(pk=put(desk, talk)["id"]) for _each in range(3))
    send(desk, talk, "Раз", uploads=[sent.pk])
    long_ago = timezone.now() - Upload.KEPT - timedelta(hours=1)
    Upload.objects.filter(pk__in=[old.pk, sent.pk]).update(created_at=long_ago)

    assert sweep() == 2
    assert list(Upload.objects.all()) == [new]
    stays = [default_storage.exists(one.path) for one in (old, new, sent)]
    assert stays == [False, True, True]


def test_the_file_is_looked_at_before_it_goes(talk: Conversation, desk: Client) -> None:
    answer = desk.get(put(desk, talk)["url"])

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert "sandbox" in answer["Content-Security-Policy"]
    answer.close()
