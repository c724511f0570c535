"""A file that its service has to process first: kept by name on its row, and no worker waits for it."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import F
from django.utils import timezone

from apps.channels.contract import MediaKind, OutgoingFile
from apps.channels.delivery import repeatable, resend
from apps.channels.models import Channel, Delivery
from apps.channels.uploading import LASTS, PATIENCE
from apps.core.models import Bucket, State
from apps.core.work.recover import recover
from tests.channels.max_bots import CHAT, make_bot
from tests.channels.outbox import put, work, worker_process
from tests.peers.max import MaxPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db

UPLOADS = "POST /uploads"


@pytest.fixture
def peer(settings: Any, tmp_path: Any) -> Iterator[MaxPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with MaxPeer() as peer:
        yield peer


@pytest.fixture
def channel(peer: MaxPeer) -> Channel:
    return make_bot(base_url=peer.url)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def put_photo(channel: Channel, text: str = "Ваш экран") -> Delivery:
    path = default_storage.save("a.jpg", ContentFile(b"content"))
    file = OutgoingFile(kind=MediaKind.IMAGE, name="a.jpg", content_type="image/jpeg", size=7, path=path)
    return put(channel, text, chat=CHAT, file=file)


def wait(delivery: Delivery, clock: Any) -> timedelta:
    """Until it is due again; how long that was."""
    pause = delivery.due_at - timezone.now()
    clock.shift(pause)
    # The connection's rate goes by the database's clock, which does not travel.
    Bucket.objects.update(updated_at=F("updated_at") - pause)
    return pause


def test_it_waits_as_long_again_as_it_has_waited_and_is_uploaded_once(peer, channel, clock):
    peer.processing = 4
    delivery = put_photo(channel)

    pauses = []
    while (delivery := work(delivery)).state == State.QUEUED:
        assert (delivery.error_code, delivery.failures) == ("still_processing", 0)
        pauses.append(wait(delivery, clock) // timedelta(seconds=1))

    assert pauses == [1, 1, 2, 4]
    assert (delivery.state, len(peer.sent), len(peer.to(UPLOADS))) == (State.DONE, 1, 1)
    assert [one.outcome for one in delivery.tries.all()] == ["still_processing"] * 4 + ["sent"]
    channel.connection.refresh_from_db()
    assert channel.connection.paused_until is None


def test_what_comes_after_it_in_the_chat_waits_behind_it_and_other_chats_do_not(peer, channel, clock):
    peer.processing = 1
    first, second, elsewhere = put_photo(channel), put(channel, "Второе", chat=CHAT), put(channel, "Иным")
    work(first)

    assert work(second).state == State.QUEUED
    assert work(elsewhere).state == State.DONE
    wait(Delivery.objects.get(pk=first.pk), clock)
    work(first)
    clock.shift(1)
    work(second)
    assert [made["text"] for made in peer.sent] == ["Иным", "Ваш экран", "Второе"]


def test_what_is_never_ready_ends_within_its_patience_and_goes_anew_when_sent_again(peer, channel, clock):
    peer.processing = 1000
    began, delivery = timezone.now(), put_photo(channel)
    while (delivery := work(delivery)).state == State.QUEUED:
        wait(delivery, clock)

    assert (delivery.state, delivery.error_code, delivery.upload) == (State.FAILED, "never_ready", {})
    assert PATIENCE <= timezone.now() - began <= PATIENCE + timedelta(minutes=1)
    assert delivery.tries.count() < 20
    assert peer.sent == []

    peer.processing = 0
    assert resend(delivery=delivery, by="Анна")
    assert work(delivery).state == State.DONE
    assert (len(peer.sent), len(peer.to(UPLOADS))) == (1, 2)


def test_a_name_given_long_ago_is_not_relied_upon(peer, channel, clock):
    peer.processing = 1
    delivery = work(put_photo(channel))
    clock.shift(LASTS + timedelta(seconds=1))

    assert work(delivery).state == State.DONE
    assert len(peer.to(UPLOADS)) == 2


def test_a_lost_answer_after_a_wait_is_unknown_and_not_tried_again(peer, channel, clock):
    peer.processing = 1
    delivery = work(put_photo(channel))
    wait(delivery, clock)
    peer.next("messages", Reply(close=True))

    assert work(delivery).state == State.UNKNOWN
    assert not repeatable(Delivery.objects.get())


def test_an_upload_that_failed_is_a_try_and_certainly_no_message(peer, channel, clock):
    peer.next("upload", Reply(status=500, body="no"))
    delivery = work(put_photo(channel))

    assert (delivery.state, delivery.failures, delivery.upload) == (State.QUEUED, 1, {})
    assert [one.outcome for one in delivery.tries.all()] == ["http_500"]
    wait(delivery, clock)
    assert work(delivery).state == State.DONE
    assert len(peer.sent) == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_upload_leaves_a_row_that_simply_goes_again(peer, channel):
    peer.next("upload", Reply(hang=True))
    delivery = put_photo(channel)
    process = worker_process(delivery)
    peer.cdn.wait_for(1, timeout=60)
    process.kill()
    process.wait()

    assert Delivery.objects.get().state == State.RUNNING
    assert not delivery.tries.exists()
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()

    assert Delivery.objects.get().state == State.QUEUED
    Delivery.objects.update(due_at=timezone.now())
    assert work(delivery).state == State.DONE
    assert len(peer.sent) == 1


def test_the_file_and_its_name_are_the_rows_own(peer, channel):
    delivery = work(put_photo(channel))

    assert asdict(peer.sent[0]["file"])["content"] == b"content"
    assert delivery.upload["name"] == peer.sent[0]["attachments"][0]["payload"]["token"]
