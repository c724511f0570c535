"""The token of Instagram's own login: exchanged in time, kept encrypted, used by every call from then on."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection as database
from django.utils import translation

from apps.channels.connectors import instagram
from apps.channels.contract import Outgoing
from apps.channels.models import Channel
from apps.core.alarms import raised
from apps.integrations import upkeep
from apps.integrations.checking import check_connection
from apps.integrations.connecting import disconnect, reconfigure
from apps.integrations.models import AccessToken, ActionLog, Connection, Health, Upkeep
from apps.integrations.opening import open_connection
from tests.channels.meta_accounts import IDS, make_account
from tests.peers.instagram import CLIENT, InstagramPeer
from tests.peers.meta import TOKEN
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "https://crm.example.com"


@pytest.fixture
def peer() -> Iterator[InstagramPeer]:
    with InstagramPeer(by_instagram=True) as peer:
        peer.subscribed = ["messages"]
        yield peer


@pytest.fixture
def channel(peer) -> Channel:
    return make_account("instagram", base_url=peer.url, login_type="instagram", page_id="")


def round_(at: datetime) -> Upkeep:
    with time_machine.travel(at, tick=False):
        upkeep.enrol()
        for pk in upkeep.due_for_upkeep().values_list("pk", flat=True):
            upkeep.tend(pk=pk)
    return Upkeep.objects.get()


def days(count: float, *, after: datetime = START) -> None:
    """The rounds of so many days, one every six hours."""
    for number in range(round(count * 4)):
        round_(after + number * DAY / 4)


def send(channel: Channel, text: str, at: datetime) -> None:
    opened = open_connection(Connection.objects.get(pk=channel.connection_id))
    with time_machine.travel(at, tick=False):
        instagram.send(
            opened, Outgoing(key=text, external_chat_id=CLIENT, external_user_id=CLIENT, text=text)
        )


def fresh(channel: Channel) -> Connection:
    return Connection.objects.get(pk=channel.connection_id)


def alarms(at: datetime) -> list[str]:
    with time_machine.travel(at, tick=False), translation.override("en"):
        return [str(alarm.text) for alarm in raised(None)]


def test_the_entered_token_is_exchanged_after_a_day_and_then_used_by_every_call(peer, channel):
    round_(START)
    round_(START + DAY / 2)
    assert peer.renewed == 0  # it may have been made this very day
    send(channel, "with the first", START + DAY / 2)
    round_(START + DAY + timedelta(minutes=5))
    assert (peer.renewed, peer.token) == (1, "IGAA-renewed-1")
    send(channel, "with the second", START + 2 * DAY)  # the peer refuses any other token
    assert [one["message"]["text"] for one in peer.sent] == ["with the first", "with the second"]
    assert check_connection(connection=fresh(channel)).health == Health.OK


def test_it_is_exchanged_well_before_its_sixty_days_end_and_not_every_day(peer, channel):
    days(100)
    assert peer.renewed == 4  # on the days 1, 31, 61 and 91
    assert alarms(START + 100 * DAY) == []
    send(channel, "alive", START + 100 * DAY)


def test_it_is_kept_encrypted_and_never_in_the_log_of_requests(peer, channel):
    days(2)
    with database.cursor() as cursor:
        cursor.execute("SELECT t::text FROM integrations_accesstoken t")
        assert "IGAA-renewed-1" not in cursor.fetchone()[0]
    logged = json.dumps(list(ActionLog.objects.values("host", "path", "error_code")))
    assert "/refresh_access_token" in logged
    assert TOKEN not in logged
    assert "IGAA" not in logged


def test_a_refusal_asks_for_a_person_in_a_sentence(peer, channel):
    round_(START)
    peer.token = "IGAA-of-somebody-else"
    round_(START + DAY + timedelta(minutes=5))
    connection = fresh(channel)
    assert connection.health == Health.NEEDS_RECONNECT
    assert "Get a new one in the Meta app" in connection.error_text
    asked = len(peer.requests)
    days(3, after=START + 2 * DAY)
    assert len(peer.requests) == asked  # until then Instagram is left alone


def test_a_new_token_in_the_form_wins(peer, channel):
    days(2)
    peer.token = "IGAA-entered-anew"
    reconfigure(connection=fresh(channel), values={"access_token": "IGAA-entered-anew"})
    assert not AccessToken.objects.exists()
    send(channel, "with the new one", START + 2 * DAY)
    days(2, after=START + 3 * DAY)
    assert peer.renewed == 2
    send(channel, "with its successor", START + 5 * DAY)


def test_other_settings_that_change_keep_the_token_in_use(peer, channel):
    """The one that was entered may have ended long ago."""
    days(2)
    reconfigure(connection=fresh(channel), values={"app_secret": "another-app-secret"})
    send(channel, "still with the second", START + 3 * DAY)
    assert peer.token == "IGAA-renewed-1"


def test_a_token_goes_to_no_other_account_or_address_and_not_into_a_new_connection(peer, channel):
    days(2)
    reconfigure(connection=fresh(channel), values={"instagram_account_id": "17841400000000002"})
    assert not AccessToken.objects.exists()
    reconfigure(connection=fresh(channel), values=IDS["instagram"] | {"page_id": ""})
    peer.token = TOKEN
    days(2, after=START + 3 * DAY)
    assert AccessToken.objects.exists()
    disconnect(connection=fresh(channel))
    assert not AccessToken.objects.exists()


def test_while_instagram_is_away_the_old_one_serves_on_and_it_is_asked_again_within_the_hour(peer, channel):
    round_(START)
    after_a_day = START + DAY + timedelta(minutes=5)
    peer.next("renew", Reply(status=503))
    row = round_(after_a_day)
    assert row.due_at == after_a_day + timedelta(hours=1)
    assert "60 days" in alarms(after_a_day)[0]  # nobody knows how old the entered one is
    send(channel, "meanwhile", after_a_day)
    round_(row.due_at)
    assert peer.renewed == 1
    assert alarms(row.due_at) == []


def test_the_card_warns_in_the_last_seven_days_when_it_cannot_be_renewed(peer, channel):
    days(2)
    got = START + DAY  # ends 60 days later
    for _try in range(24 * 70):
        peer.next("renew", Reply(status=503))
    days(20, after=got + 31 * DAY)
    assert alarms(got + 51 * DAY) == []
    round_(got + 54 * DAY)
    (text,) = alarms(got + 54 * DAY)
    assert text.startswith("The access token ends on 01/02/2027")
    assert Upkeep.objects.get().warnings[0]["ru"].startswith("Токен доступа действует до 02.01.2027")


def test_one_that_is_too_young_is_no_fault_of_the_connection(peer, channel):
    round_(START)
    peer.too_young = True
    row = round_(START + DAY + timedelta(minutes=5))
    assert fresh(channel).health != Health.NEEDS_RECONNECT
    peer.too_young = False
    round_(row.due_at)
    assert peer.renewed == 1


def test_an_answer_of_another_shape_changes_nothing(peer, channel):
    round_(START)
    peer.next("renew", Reply(json={"access_token": ""}))
    row = round_(START + DAY + timedelta(minutes=5))
    assert row.failures == 1
    send(channel, "with the first", START + 2 * DAY)


def test_a_pages_token_is_left_as_it_is():
    with InstagramPeer() as peer:
        channel = make_account("instagram", base_url=peer.url)
        days(3)
        assert peer.requests == []
        assert not AccessToken.objects.exists()
        assert fresh(channel).is_active


@pytest.mark.django_db(transaction=True)
def test_of_several_who_exchange_it_at_once_one_does(peer):
    channel = make_account("instagram", base_url=peer.url, login_type="instagram", page_id="")
    instagram.upkeep(open_connection(fresh(channel)))
    AccessToken.objects.update(expires_at=datetime.now(tz=UTC) + 29 * DAY)
    together = threading.Barrier(4)

    def tend(_number: int) -> None:
        try:
            together.wait()
            instagram.upkeep(open_connection(fresh(channel)))
        finally:
            database.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tend, range(4)))
    assert peer.renewed == 1
