"""The door for messengers: who is let in, under whose name it is kept, and what is answered."""

import json
from collections.abc import Iterator

import pytest
import time_machine
from django.db import OperationalError, connection
from model_bakery import baker

from apps.channels import resolving, webhooks
from apps.channels.models import Channel, InboundEvent
from apps.channels.registering import ensure_channel
from apps.integrations.connecting import disconnect, reconfigure
from apps.tenants.models import Tenant
from tests.channels.bots import SECRET, changed, make_bot, post, update

pytestmark = pytest.mark.django_db

SHARED = "/webhook/telegram/incoming"


@pytest.fixture(autouse=True)
def _no_memory() -> Iterator[None]:
    resolving.forget()
    yield
    resolving.forget()


def own(channel: Channel) -> str:
    return f"/webhook/telegram/{channel.public_id}"


def only_event() -> InboundEvent:
    return InboundEvent.objects.get()


@pytest.fixture
def bot() -> Channel:
    return make_bot()


def test_an_update_with_its_secret_is_stored_word_for_word_before_it_is_answered(bot):
    for path in (SHARED, "/webhook/telegram", own(bot), f"{own(bot)}/"):
        InboundEvent.objects.all().delete()
        answer = post(path, update("text"))

        event = only_event()
        assert (answer.status_code, answer.content) == (200, b"")
        assert bytes(event.body) == update("text")
        assert (event.channel, event.tenant, event.connector) == (bot, bot.tenant, "telegram")
        assert (event.state, event.outcome, event.deliveries, event.proof) == ("queued", "", 1, {})


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "секрет", "a" * 5000])
def test_a_missing_or_wrong_secret_is_refused_and_stores_nothing(bot, secret):
    header = secret.encode().decode("latin-1") if secret else secret
    for path in (SHARED, own(bot)):
        assert post(path, update("text"), secret=header).status_code == 403
    assert not InboundEvent.objects.exists()


def test_another_bots_secret_does_not_open_this_bots_address(bot):
    make_bot(secret="another-secret", token="2:b")
    assert post(own(bot), update("text"), secret="another-secret").status_code == 403
    assert not InboundEvent.objects.exists()


def test_the_secret_tells_which_of_many_bots_the_shared_address_means(bot):
    other = make_bot(secret="another-secret", token="2:b")
    post(SHARED, update("text"), secret="another-secret")
    assert only_event().channel == other


def test_the_same_update_for_two_bots_is_two_events(bot):
    make_bot(secret="another-secret", token="2:b")
    for secret in (SECRET, "another-secret"):
        post(SHARED, update("text"), secret=secret)
    assert sorted(InboundEvent.objects.values_list("deliveries", flat=True)) == [1, 1]


def test_a_repeated_delivery_counts_up_and_is_answered_the_same(bot):
    answers = {post(SHARED, update("text")).status_code for _ in range(3)}
    assert answers == {200}
    assert only_event().deliveries == 3


def test_two_bots_with_one_secret_are_not_guessed_between(bot):
    make_bot(token="2:b")
    assert post(SHARED, update("text")).status_code == 200
    assert only_event().channel is None
    assert post(own(bot), update("voice")).status_code == 200
    assert InboundEvent.objects.get(channel=bot)


def test_of_two_bots_with_one_secret_the_one_in_use_gets_the_update(bot):
    old = make_bot(token="2:b")
    disconnect(connection=old.connection)
    resolving.forget()
    post(SHARED, update("text"))
    assert only_event().channel == bot


def test_a_single_bot_without_a_secret_takes_the_customers_plain_webhook():
    bot = make_bot(secret="")
    assert post(SHARED, update("text"), secret=None).status_code == 200
    assert only_event().channel == bot


def test_of_several_bots_one_without_a_secret_is_not_guessed_at_but_the_update_is_kept(bot):
    plain = make_bot(secret="", token="2:b")
    assert post(SHARED, update("text"), secret=None).status_code == 200
    assert (only_event().channel, only_event().tenant) == (None, None)
    assert only_event().proof

    assert post(own(plain), update("voice"), secret=None).status_code == 200
    assert InboundEvent.objects.get(channel=plain).proof == {}


def test_where_every_bot_has_a_secret_an_update_without_one_is_refused(bot):
    make_bot(secret="another-secret", token="2:b")
    assert post(SHARED, update("text"), secret=None).status_code == 403
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("path", ["/webhook/pigeon/incoming", "/webhook/pigeon/abc", "/webhook/anthropic"])
def test_an_unknown_messenger_is_kept_as_it_came(path):
    assert post(path, update("text")).status_code == 200
    event = only_event()
    assert (event.channel, event.connector) == (None, path.split("/")[2])
    assert bytes(event.body) == update("text")


def test_an_unknown_account_is_kept_with_what_proves_it_encrypted(bot):
    assert post("/webhook/telegram/nobody-has-this", update("text")).status_code == 200

    event = only_event()
    assert event.channel is None
    assert event.proof["headers"] == {"x-telegram-bot-api-secret-token": SECRET}
    with connection.cursor() as cursor:
        cursor.execute("SELECT proof FROM channels_inboundevent")
        assert SECRET not in cursor.fetchone()[0]


def test_a_forged_copy_does_not_take_the_place_of_the_true_update(bot):
    post("/webhook/telegram/unknown", update("text"), secret="forged")
    post("/webhook/telegram/unknown", update("text"))
    secrets = {
        event.proof["headers"]["x-telegram-bot-api-secret-token"] for event in InboundEvent.objects.all()
    }
    assert secrets == {"forged", SECRET}


@pytest.mark.parametrize("switch", ["channel", "connection"])
def test_a_channel_that_is_off_still_keeps_what_clients_write(bot, switch):
    if switch == "channel":
        Channel.objects.update(is_active=False)
    else:
        disconnect(connection=bot.connection)
    resolving.forget()

    for path in (SHARED, own(bot)):
        InboundEvent.objects.all().delete()
        assert post(path, update("text")).status_code == 200
        assert only_event().channel == bot
        assert post(path, update("voice"), secret="wrong").status_code == 403


def test_a_new_secret_works_at_once_and_the_old_one_only_for_seconds(bot):
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        assert post(own(bot), update("text")).status_code == 200
        connection = reconfigure(connection=bot.connection, values={"webhook_secret": "a-new-secret"})
        ensure_channel(connection)

        assert post(own(bot), changed("text", text="1"), secret="a-new-secret").status_code == 200
        assert post(SHARED, changed("text", text="2"), secret="a-new-secret").status_code == 200
        clock.shift(resolving.TTL_SECONDS + 1)
        assert post(own(bot), changed("text", text="3")).status_code == 403


def test_a_new_bot_is_known_at_once():
    path = "/webhook/telegram/incoming"
    assert post(path, update("text")).status_code == 403
    make_bot()
    assert post(path, update("text")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_an_update_for_a_bot_deleted_this_second_is_kept_as_unrouted(bot):
    assert post(own(bot), update("text")).status_code == 200
    Channel.objects.all().delete()

    assert post(own(bot), update("voice")).status_code == 200
    assert set(InboundEvent.objects.values_list("channel", flat=True)) == {None}
    assert bytes(InboundEvent.objects.latest("pk").body) == update("voice")


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_since_the_last_update_costs_no_update(bot):
    assert post(SHARED, update("text")).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with connection.copy().cursor() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        other.connection.close()

    assert post(SHARED, update("voice")).status_code == 200
    assert sorted(InboundEvent.objects.values_list("deliveries", flat=True)) == [1, 1]


@pytest.mark.parametrize("failure", [OperationalError("down"), OperationalError("disk full")])
def test_when_the_database_is_down_the_vendor_is_asked_to_come_again(bot, monkeypatch, failure):
    def fail(**_):
        raise failure

    monkeypatch.setattr(webhooks, "store_event", fail)
    answer = post(SHARED, update("text"))
    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_a_lost_encryption_key_makes_the_vendor_come_again(bot, settings):
    settings.CREDENTIALS_KEYS = ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA="]
    resolving.forget()
    assert post(own(bot), update("text")).status_code == 503


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "patch"])
def test_only_what_the_messenger_uses_is_answered(client, bot, method):
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    assert getattr(client, method)(own(bot), headers=headers).status_code == 405


def test_a_get_for_nobody_is_not_found(client):
    assert client.get("/webhook/pigeon/incoming").status_code == 404
    assert client.get("/webhook/telegram/nobody").status_code == 404


def test_no_session_and_no_csrf_cookie_is_given_to_a_messenger(bot):
    answer = post(SHARED, update("text"))
    assert not answer.cookies
    assert "Vary" not in answer or "Cookie" not in answer["Vary"]


def test_a_known_update_costs_one_statement(bot, django_assert_num_queries):
    post(SHARED, update("text"))
    with django_assert_num_queries(1):
        post(SHARED, update("voice"))
    with django_assert_num_queries(1):
        post(SHARED, update("voice"))


def test_nothing_of_another_organisation_is_touched(bot):
    other = make_bot(tenant=baker.make(Tenant, slug="other"), secret="another-secret", token="2:b")
    post(own(bot), update("text"))
    assert not InboundEvent.objects.filter(tenant=other.tenant).exists()
    assert json.loads(bytes(only_event().body))["update_id"] == 123456789
