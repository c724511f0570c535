"""Asking VK's Long Poll server: what is stored with the cursor, what each refusal leads to, who may ask."""

import json

import pytest

from apps.channels import polling
from apps.channels.connectors.vk import longpoll
from apps.channels.models import InboundEvent, Poll
from apps.channels.polling import read_once, release, take
from apps.channels.reading import read_event
from apps.channels.receiving import store_event
from apps.core.errors import Transient
from apps.integrations.models import ActionLog, Connection, Health
from apps.integrations.opening import open_connection
from tests.channels.vk_groups import make_group
from tests.peers.server import Reply
from tests.peers.vk import GROUP, VkPeer

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "t" * 32
LISTEN = "GET /lp/{name}"


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def peer():
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


def test_a_session_is_kept_before_anything_is_asked_and_its_place_moves_with_what_is_stored(peer, channel):
    peer.write("раньше", number=1)
    ask(channel)
    assert cursor() == {
        "group": str(GROUP),
        "server": f"{peer.url}/lp/wh123456789",
        "key": "a-session-key",
        "ts": "1",
    }
    assert peer.to(LISTEN) == []

    peer.write("раз", number=2)
    peer.write("два", number=3)
    assert ask(channel) == 0
    assert texts() == ["раз", "два"]
    assert cursor()["ts"] == "3"
    assert Poll.objects.get().read_at is not None


def test_what_is_stored_is_read_as_a_proven_message_with_the_clients_name(peer, channel):
    peer.users[987654321] = {"id": 987654321, "first_name": "Иван", "last_name": "Петров", "is_closed": False}
    ask(channel)
    peer.write("здравствуйте", number=1)
    ask(channel)

    found, (said,) = read_event(InboundEvent.objects.get())
    assert found == channel
    assert (said.text, said.sender.name) == ("здравствуйте", "Иван Петров")  # type: ignore[union-attr]


def test_no_message_is_lost_for_a_name(peer, channel):
    ask(channel)
    peer.fail("users.get", 5)
    peer.write("здравствуйте", number=1)
    ask(channel)
    assert texts() == ["здравствуйте"]


def test_the_session_goes_on_over_restarts(peer, channel):
    ask(channel)
    release([TOKEN])
    take(channel.pk, "u" * 32)
    peer.write("пока нас не было", number=1)
    read_once(channel.pk, "u" * 32)

    assert texts() == ["пока нас не было"]
    assert len(peer.to("POST /method/groups.getLongPollServer")) == 1


def test_a_place_that_is_out_of_date_is_replaced_by_the_one_told(peer, channel):
    ask(channel)
    peer.next("long_poll", Reply(json={"failed": 1, "ts": 7}))
    ask(channel)
    assert (cursor()["ts"], cursor()["key"]) == ("7", "a-session-key")


def test_an_expired_key_is_renewed_and_the_place_is_kept(peer, channel):
    ask(channel)
    peer.session["key"] = "another-key"
    peer.write("между ключами", number=1)
    ask(channel)
    assert (cursor()["ts"], cursor()["key"]) == ("0", "another-key")
    ask(channel)
    assert texts() == ["между ключами"]


def test_where_vk_lost_its_events_the_session_begins_anew(peer, channel):
    ask(channel)
    peer.write("потеряно", number=1)
    peer.session["key"] = "another-key"
    peer.next("long_poll", Reply(json={"failed": 3}))
    ask(channel)
    assert (cursor()["ts"], cursor()["key"]) == ("1", "another-key")


def test_a_version_that_is_refused_is_the_settings_fault(peer, channel):
    ask(channel)
    peer.next("long_poll", Reply(json={"failed": 4, "min_version": 3, "max_version": 3}))
    ask(channel)
    assert Connection.objects.get().health == Health.MISCONFIGURED


def test_long_poll_switched_off_is_told_on_the_card_until_it_works_again(peer, channel):
    peer.fail("groups.getLongPollServer", 100)
    assert ask(channel) == 1
    told = Connection.objects.get()
    assert (told.health, told.error_code) == (Health.MISCONFIGURED, "long_poll_off")
    ask(channel)
    assert Connection.objects.get().health == Health.OK


def test_a_wrong_key_turns_the_card_red_and_pauses_grow(peer):
    channel = make_group(base_url=peer.url, token="vk1.a.wrong")
    take(channel.pk, TOKEN)
    assert [ask(channel) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert Connection.objects.get().health == Health.NEEDS_RECONNECT


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_long_poll_server_that_refuses_says_nothing_about_the_key(peer, channel, status):
    ask(channel)
    peer.next("long_poll", Reply(status=status, body="no"))
    assert ask(channel) == 1
    assert Connection.objects.get().health not in (Health.NEEDS_RECONNECT, Health.MISCONFIGURED)


def test_of_thousands_of_questions_only_those_that_failed_are_in_the_action_log(peer, channel):
    ask(channel)
    before = ActionLog.objects.count()
    ask(channel)
    ask(channel)
    assert ActionLog.objects.count() == before
    peer.next("long_poll", Reply(status=500, body="no"))
    ask(channel)
    assert ActionLog.objects.filter(status=500).count() == 1


def test_a_long_poll_server_that_is_gone_is_left_for_the_new_one(peer, channel):
    ask(channel)
    gone = {**cursor(), "server": "http://127.0.0.1:1/lp/wh1"}
    Poll.objects.update(cursor=gone)
    ask(channel)
    assert (cursor()["server"], cursor()["ts"]) == (f"{peer.url}/lp/wh123456789", "0")


@pytest.mark.parametrize(
    "body", ["null", "[]", "{}", '{"ts":"1"}', '{"updates":[]}', '{"ts":"1","updates":5}']
)
def test_an_answer_of_another_shape_moves_nothing(peer, channel, body):
    ask(channel)
    before = cursor()
    peer.next("long_poll", Reply(body=body, headers={"Content-Type": "application/json"}))
    ask(channel)
    assert cursor() == before
    assert Poll.objects.get().failures == 1


def test_settings_of_another_community_begin_a_session_of_their_own(peer, channel):
    ask(channel)
    opened = open_connection(channel.connection)
    peer.group = 5
    other = opened.config.model_copy(update={"group_id": "5"})
    polled = longpoll.poll(type(opened)(connection=opened.connection, config=other), cursor())
    assert polled.cursor["group"] == "5"


def test_a_batch_that_cannot_be_stored_whole_is_not_stored_at_all(peer, channel, monkeypatch):
    ask(channel)
    for number in (1, 2, 3):
        peer.write(str(number), number=number)
    real, calls = store_event, []

    def breaks(**values):
        calls.append(values)
        if len(calls) == 2:
            raise Transient(code="disk_full")
        return real(**values)

    monkeypatch.setattr(polling, "store_event", breaks)
    with pytest.raises(Transient):
        ask(channel)
    assert (texts(), cursor()["ts"]) == ([], "0")
    ask(channel)
    assert (texts(), cursor()["ts"]) == (["1", "2", "3"], "3")
