"""The client is shown that we have read: what each service is told, once, in order, and in nobody's way."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from apps.channels import receipts
from apps.channels.connectors import avito, instagram, max, messenger, vk, whatsapp
from apps.channels.contract import Capability
from apps.channels.delivery import queue_delivery
from apps.channels.models import Channel, Delivery, Receipt
from apps.channels.receipts import MOST_FAILURES, PATIENCE, show_read
from apps.core.errors import Rejected
from apps.core.models import State
from apps.core.work import find
from apps.core.work.perform import run
from apps.integrations.models import Health
from apps.integrations.opening import open_connection
from apps.integrations.registry import connectors
from tests.channels import max_bots, meta_accounts, vk_groups
from tests.channels.outbox import make_webchat
from tests.channels.test_avito_send import make_account as make_avito
from tests.channels.whatsapp_numbers import make_number
from tests.peers.avito import AvitoPeer
from tests.peers.instagram import InstagramPeer
from tests.peers.max import MaxPeer
from tests.peers.messenger import MessengerPeer
from tests.peers.server import Reply
from tests.peers.vk import VkPeer
from tests.peers.whatsapp import WhatsAppPeer
from tests.work import drain

pytestmark = pytest.mark.django_db

CHAT = "79009876543"


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def meta() -> Iterator[WhatsAppPeer]:
    with WhatsAppPeer() as peer:
        yield peer


@pytest.fixture
def number(meta: WhatsAppPeer) -> Channel:
    return make_number(base_url=meta.url)


def look(channel: Channel, position: int, *, chat: str = CHAT) -> bool:
    return show_read(
        channel=channel,
        external_chat_id=chat,
        external_message_id=f"wamid.{position}",
        position=position,
    )


def mark(module: Any, channel: Channel, *, chat: str, message: str = "m-1") -> None:
    opened = open_connection(channel.connection)
    module.mark_read(opened, external_chat_id=chat, external_message_id=message)


def test_whoever_says_it_can_mark_offers_it_and_the_other_way_round() -> None:
    offering = {slug for slug, module in connectors().items() if hasattr(module, "mark_read")}
    saying = {
        slug for slug, module in connectors().items() if Capability.MARK_READ in module.SPEC.capabilities
    }
    assert offering == saying == {"whatsapp", "vk", "avito", "max", "instagram", "messenger"}
    listing = {slug for slug, module in connectors().items() if hasattr(module, "templates")}
    assert listing == {
        slug for slug, module in connectors().items() if Capability.TEMPLATE in module.SPEC.capabilities
    }


def test_whatsapp_is_told_the_message(meta: WhatsAppPeer, number: Channel) -> None:
    mark(whatsapp, number, chat=CHAT, message="wamid.1")
    assert meta.read == ["wamid.1"]


def test_avito_is_told_the_chat() -> None:
    with AvitoPeer() as peer:
        mark(avito, make_avito(peer), chat="u2i-Abc~1")
        assert peer.read == ["u2i-Abc~1"]


def test_vk_is_told_the_number_that_is_known() -> None:
    with VkPeer() as peer:
        group = vk_groups.make_group(base_url=peer.url)
        for message in ("987_15", "id1015", "strange"):
            mark(vk, group, chat="987", message=message)
        with pytest.raises(Rejected):
            mark(vk, group, chat="../1")
        assert [one.popitem() for one in peer.read] == [
            ("up_to_cmid", "15"),
            ("start_message_id", "1015"),
            ("mark_conversation_as_read", "1"),
        ]


def test_max_is_told_the_chat() -> None:
    with MaxPeer() as peer:
        bot = max_bots.make_bot(base_url=peer.url)
        mark(max, bot, chat="512345678")
        with pytest.raises(Rejected):
            mark(max, bot, chat="1/../2")
        assert peer.acted == [(512345678, "mark_seen")]


@pytest.mark.parametrize(
    ("module", "kind"),
    [(instagram, InstagramPeer), (messenger, MessengerPeer)],
    ids=["instagram", "messenger"],
)
def test_instagram_and_messenger_are_told_the_client(module: Any, kind: Callable[[], Any]) -> None:
    with kind() as peer:
        account = meta_accounts.make_account(module.SPEC.slug, base_url=peer.url)
        mark(module, account, chat="17841400000000001")
        with pytest.raises(Rejected):
            mark(module, account, chat="u-1")
        assert peer.seen == ["17841400000000001"]


def test_the_client_is_shown_it_once(meta: WhatsAppPeer, number: Channel) -> None:
    assert look(number, 5)
    drain()
    assert not look(number, 5)
    assert not look(number, 4)  # a page that was not brought up to date
    drain()
    assert meta.read == ["wamid.5"]
    row = Receipt.objects.get()
    assert (row.state, row.outcome) == (State.DONE, "")


def test_a_newer_look_takes_the_place_of_one_that_waits(meta: WhatsAppPeer, number: Channel) -> None:
    for position in (5, 7, 6):
        look(number, position)
    look(number, 1, chat="79000000000")
    drain()
    assert sorted(meta.read) == ["wamid.1", "wamid.7"]
    look(number, 9)
    drain()
    assert meta.read[-1] == "wamid.9"
    assert Receipt.objects.count() == 2


def test_what_was_seen_while_one_is_being_marked_is_marked_next(
    meta: WhatsAppPeer, number: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def and_meanwhile(*args: Any, **named: Any) -> None:
        if not meta.read:
            look(number, 6)
        whatsapp_mark(*args, **named)

    whatsapp_mark = whatsapp.mark_read
    monkeypatch.setattr(whatsapp, "mark_read", and_meanwhile)
    look(number, 5)
    run("channels.Receipt", Receipt.objects.get().pk)
    assert (meta.read, Receipt.objects.get().state) == (["wamid.5"], State.QUEUED)
    drain()
    assert meta.read == ["wamid.5", "wamid.6"]


def test_what_is_refused_ends_quietly_and_leaves_the_connection_well(
    meta: WhatsAppPeer, number: Channel
) -> None:
    for position, (status, code) in enumerate([(400, 131009), (403, 10), (400, 100)], 1):
        meta.fail("read", status, code)
        look(number, position)
        drain()
        row = Receipt.objects.get()
        assert row.state == State.DONE
        assert row.outcome
    number.connection.refresh_from_db()
    assert number.connection.health != Health.MISCONFIGURED
    assert meta.read == []


def test_a_dead_key_is_told_of_the_connection(meta: WhatsAppPeer, number: Channel) -> None:
    meta.fail("read", 401, 190)
    look(number, 1)
    drain()
    number.connection.refresh_from_db()
    assert (number.connection.health, Receipt.objects.get().outcome) == (
        Health.NEEDS_RECONNECT,
        "auth_failed",
    )


def test_an_outage_is_outlasted_for_a_while_and_then_let_be(meta: WhatsAppPeer, number: Channel) -> None:
    look(number, 1)
    for left in reversed(range(MOST_FAILURES)):
        meta.next("read", Reply(status=503))
        Receipt.objects.update(due_at=timezone.now())
        drain()
        assert Receipt.objects.get().state == (State.QUEUED if left else State.DONE)
    assert Receipt.objects.get().outcome


def test_what_waited_too_long_is_shown_to_nobody(meta: WhatsAppPeer, number: Channel) -> None:
    look(number, 1)
    Receipt.objects.update(seen_at=timezone.now() - PATIENCE - timedelta(minutes=1))
    drain()
    assert (meta.read, Receipt.objects.get().outcome) == ([], "too_late")


def test_switched_off_nothing_is_shown(meta: WhatsAppPeer, number: Channel) -> None:
    look(number, 1)
    number.shows_reading = False
    number.save()
    assert not look(number, 2)
    drain()
    assert (meta.read, Receipt.objects.get().outcome) == ([], "switched_off")


def test_the_sites_chat_has_none() -> None:
    assert not look(make_webchat(), 1)
    assert not Receipt.objects.exists()


def test_a_mark_that_hangs_holds_up_no_message_of_the_chat(meta: WhatsAppPeer, number: Channel) -> None:
    look(number, 1)
    Receipt.objects.update(state=State.RUNNING, lease_until=timezone.now() + timedelta(minutes=1))
    queue_delivery(channel=number, external_chat_id=CHAT, external_user_id=CHAT, text="Да")
    drain()
    assert Delivery.objects.get().state == State.DONE


@pytest.mark.django_db(transaction=True)
def test_looks_of_many_at_once_are_one_row_with_the_furthest(meta: WhatsAppPeer, number: Channel) -> None:
    together = threading.Barrier(6)
    failed: list[BaseException] = []

    def go(position: int) -> None:
        try:
            together.wait(10)
            look(number, position)
        except BaseException as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=go, args=(position,)) for position in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failed == []
    assert Receipt.objects.get().position == 6
    drain()
    assert meta.read == ["wamid.6"]


@pytest.mark.django_db(transaction=True)
def test_a_look_in_the_instant_a_mark_ends_is_not_lost(
    meta: WhatsAppPeer, number: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process's look waits for the row, which is just being written as done."""
    waits, looked = threading.Event(), threading.Event()

    def and_another_looks(row: Receipt) -> None:
        other = threading.Thread(target=another)
        other.start()
        waits.wait(10)
        settled(row)

    def another() -> None:
        waits.set()
        look(number, 8)
        looked.set()
        database.close()

    settled = receipts.settled
    look(number, 7)
    work = replace(find("channels.Receipt"), settled=and_another_looks)
    monkeypatch.setattr("apps.core.work.perform.registered", lambda: {work.model: work})
    run("channels.Receipt", Receipt.objects.get().pk)
    monkeypatch.undo()
    assert looked.wait(10)
    drain()
    assert meta.read == ["wamid.7", "wamid.8"]


def test_errors_of_the_family_alone_are_swallowed(number: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own mistake is for a person to see."""

    def broken(*args: Any, **named: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(whatsapp, "mark_read", broken)
    look(number, 1)
    drain()
    row = Receipt.objects.get()
    assert (row.state, row.error_code) == (State.FAILED, "internal")
