"""A worker killed between «running» and the vendor's answer: real processes, kill -9, one request."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.channels.contract import Reached
from apps.channels.models import Delivery
from apps.channels.reached import advance
from apps.core.models import State
from apps.core.work.recover import recover
from tests.channels.outbox import SEND, bot_peer, make_bot, put, work, worker_process
from tests.peers.exchange import Reply

pytestmark = pytest.mark.django_db(transaction=True)


def lose_lease() -> None:
    Delivery.objects.filter(state=State.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_worker_killed_while_the_vendor_holds_the_answer_leaves_unknown_and_one_request(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with bot_peer() as peer:
        peer.script(SEND, [Reply(hang=True)])
        delivery = put(make_bot(peer.url))
        process = worker_process(delivery)
        peer.wait_for(1, timeout=60)
        process.kill()
        process.wait()

        assert Delivery.objects.get().state == State.RUNNING
        assert delivery.tries.get().outcome == ""
        lose_lease()
        recover()

        assert Delivery.objects.get().state == State.UNKNOWN
        assert work(delivery).state == State.UNKNOWN
        assert len(peer.requests) == 1


def test_a_status_that_comes_for_the_killed_one_settles_it(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with bot_peer() as peer:
        peer.script(SEND, [Reply(hang=True)])
        channel = make_bot(peer.url)
        delivery = put(channel)
        process = worker_process(delivery)
        peer.wait_for(1, timeout=60)
        process.kill()
        process.wait()
        lose_lease()
        recover()

        advance(
            channel=channel,
            external_message_id="501",
            key=str(delivery.key),
            reached=Reached.DELIVERED,
            at=timezone.now(),
        )

        settled = Delivery.objects.get()
        assert (settled.state, settled.reached, settled.external_message_id) == (
            State.DONE,
            "delivered",
            "501",
        )
        assert len(peer.requests) == 1
