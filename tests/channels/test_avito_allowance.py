"""Avito tells with each answer how much of the minute is left: no refusal is needed to learn that."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.channels.models import Channel, Delivery
from apps.core.models import State
from tests.channels.outbox import let_pass, put, work
from tests.channels.test_avito_send import make_account, picture
from tests.peers.avito import AvitoPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db

SEND = "POST /messenger/v1/accounts/{user}/chats/{chat}/messages"
NOTHING_LEFT = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "40"}


@pytest.fixture
def avito(settings: Any, tmp_path: Path) -> Iterator[AvitoPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with AvitoPeer() as peer:
        yield peer


@pytest.fixture
def channel(avito: AvitoPeer) -> Channel:
    return make_account(avito)


def ahead(delivery: Delivery) -> timedelta:
    return Delivery.objects.get(pk=delivery.pk).due_at - timezone.now()


def test_what_was_sent_with_the_last_request_is_sent_and_the_rest_waits_unrefused(
    avito: AvitoPeer, channel: Channel
) -> None:
    avito.next("messages", Reply(json={"id": "m-1"}, headers=NOTHING_LEFT))
    first, second, third = (put(channel, text, chat=f"u2i-{text}") for text in ("1", "2", "3"))
    done = work(first)
    assert (done.state, done.external_message_id) == (State.DONE, "m-1")

    waiting = work(second)
    assert (waiting.state, waiting.failures, waiting.tries.count()) == (State.QUEUED, 0, 0)
    assert timedelta(seconds=35) < ahead(second) <= timedelta(seconds=40)
    assert ahead(third) > ahead(second)  # one by one from then on
    assert len(avito.to(SEND)) == 1

    let_pass(60)
    assert [work(second).state, work(third).state] == [State.DONE, State.DONE]


def test_a_picture_whose_upload_took_the_last_request_goes_once_and_later(
    avito: AvitoPeer, channel: Channel
) -> None:
    avito.images["94235311.image1"] = b"picture"
    shown = {"94235311.image1": {"1280x960": "https://10.img.avito.st/1"}}
    avito.next("upload", Reply(json=shown, headers=NOTHING_LEFT))
    delivery = work(put(channel, "", file=picture()))
    assert (delivery.state, delivery.failures, avito.sent) == (State.QUEUED, 0, [])
    let_pass(60)
    assert work(delivery).state == State.DONE
    assert len(avito.sent) == 1
