"""Who asks a community's Long Poll server: one reader at a time, while it is connected and may be asked."""

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from apps.channels.models import InboundEvent, Poll
from apps.channels.polling import Lost, Poller, Reader, read_once, release, renew, take, wanted
from apps.core.processes.heart import Heart
from apps.integrations.connecting import disconnect, reconfigure
from tests.channels.vk_groups import make_group
from tests.peers.vk import VkPeer

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "t" * 32


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def peer() -> Iterator[VkPeer]:
    with VkPeer(hold=0.05) as peer:
        yield peer


@pytest.fixture
def channel(peer):
    channel = make_group(base_url=peer.url)
    assert take(channel.pk, TOKEN)
    return channel


def ask(channel) -> float:
    return read_once(channel.pk, TOKEN)


def texts() -> list[str]:
    bodies = [json.loads(bytes(event.body)) for event in InboundEvent.objects.order_by("pk")]
    return [body["object"]["message"]["text"] for body in bodies]


def cursor() -> dict[str, str]:
    return dict(Poll.objects.get().cursor)


def test_a_channel_has_one_reader_until_its_lease_ends(channel):
    other = uuid.uuid4().hex
    assert not take(channel.pk, other)
    assert renew([TOKEN, other]) == {TOKEN}
    Poll.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert take(channel.pk, other)
    assert renew([TOKEN, other]) == {other}
    release([other])
    assert take(channel.pk, TOKEN)


def test_who_lost_the_channel_while_waiting_stores_nothing(peer, channel):
    ask(channel)
    peer.hold = 10
    met: list[BaseException] = []

    def wait() -> None:
        try:
            ask(channel)
        except Lost as error:
            met.append(error)
        finally:
            connections.close_all()

    asking = threading.Thread(target=wait)
    asking.start()
    peer.wait_for(2)
    Poll.objects.update(owner="somebody else")
    peer.write("уже не наше", number=1)
    asking.join(10)

    assert len(met) == 1
    assert (texts(), cursor()["ts"]) == ([], "0")


def test_a_stranger_may_not_ask(channel):
    with pytest.raises(Lost):
        read_once(channel.pk, "nobody")


def test_only_channels_that_may_be_asked_are(peer, channel):
    assert set(wanted()) == {channel.pk}
    make_group(receive="callback")
    assert set(wanted()) == {channel.pk}
    channel.is_active = False
    channel.save()
    assert wanted() == {}


def until(truth, *, seconds: float = 10) -> None:
    deadline = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if truth():
            return
        deadline.wait(0.02)
    raise AssertionError("it did not come true")


@pytest.fixture
def poller():
    poller = Poller(heart=Heart())
    readers: list[Reader] = []
    yield poller
    readers += poller._readers.values()
    poller.stop()
    for reader in readers:
        reader._thread.join(10)


def test_channels_are_read_while_they_are_connected_and_again_once_they_are_again(peer, poller):
    poller.round()
    channel = make_group(base_url=peer.url)
    poller.round()
    until(lambda: Poll.objects.filter(read_at__isnull=False).exists())
    peer.write("раз", number=1)
    until(lambda: texts() == ["раз"])

    (reader,) = poller._readers.values()
    disconnect(connection=channel.connection)
    poller.round()
    reader._thread.join(10)
    assert not reader.is_alive
    assert Poll.objects.get().owner == ""

    peer.write("пока отключено", number=2)
    values = {"access_token": peer.token, "secret_key": "s", "base_url": peer.url}
    reconfigure(connection=channel.connection, values=values)
    poller.round()
    until(lambda: texts() == ["раз", "пока отключено"])


def test_new_settings_are_tried_at_once_whatever_pause_the_old_ones_earned(peer, poller):
    channel = make_group(base_url=peer.url, token="vk1.a.wrong")
    take(channel.pk, "earlier")
    Poll.objects.update(failures=20)
    release(["earlier"])
    poller.round()
    until(lambda: Poll.objects.get().failures > 20)
    values = {"access_token": peer.token, "base_url": peer.url}
    reconfigure(connection=channel.connection, values=values)
    poller.round()
    until(lambda: Poll.objects.get().failures == 0, seconds=5)


def test_a_process_that_stops_leaves_its_channels_to_the_next_one(peer, poller):
    channel = make_group(base_url=peer.url)
    poller.round()
    assert not take(channel.pk, TOKEN)
    poller.stop()
    assert take(channel.pk, TOKEN)


def test_a_process_takes_no_more_channels_than_it_may(peer):
    for _ in range(3):
        make_group(base_url=peer.url)
    one, two = Poller(heart=Heart(), most=2), Poller(heart=Heart(), most=2)
    readers: list[Reader] = []
    try:
        one.round()
        two.round()
        readers = [*one._readers.values(), *two._readers.values()]
        assert [len(one._readers), len(two._readers)] == [2, 1]
        assert len({reader.channel_id for reader in readers}) == 3
    finally:
        one.stop()
        two.stop()
        for reader in readers:
            reader._thread.join(10)
