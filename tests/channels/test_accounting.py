"""The page that shows that nothing was lost."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from model_bakery import baker

from apps.channels.accounting import ENDINGS, Line, since, tally
from apps.channels.models import Channel, InboundEvent, Outcome
from apps.channels.reasons import reason_title
from apps.core.models import State
from apps.tenants.models import Member, Role
from tests.channels.bots import SECRET, make_bot
from tests.peers.telegram import TOKEN

pytestmark = pytest.mark.django_db

PAGE = "/admin/channels/inboundevent/accounting/"
LIST = "/admin/channels/inboundevent/"


@pytest.fixture
def bot() -> Channel:
    return make_bot()


def arrived(channel: Channel | None, state: str, outcome: str, *, deliveries=1, **fields) -> InboundEvent:
    event: InboundEvent = baker.make(
        InboundEvent,
        channel=channel,
        tenant=channel.tenant if channel else None,
        connector="telegram",
        state=state,
        outcome=outcome,
        deliveries=deliveries,
        event_key=f"{InboundEvent.objects.count():064}",
        **{"body": b"{}", **fields},
    )
    return event


def one_of_each(channel: Channel) -> None:
    for number, outcome in enumerate(Outcome.values, start=1):
        state = State.FAILED if outcome == Outcome.FAILED else State.DONE
        for _ in range(number):
            arrived(channel, state, outcome)
    arrived(channel, State.QUEUED, "")
    arrived(channel, State.RUNNING, "")
    arrived(channel, State.UNKNOWN, "")
    arrived(channel, State.QUEUED, Outcome.FAILED)


def count() -> Line:
    (line,) = tally(InboundEvent.objects.all(), begin=timezone.now() - timedelta(days=1))
    return line


def sign_in(client, *, channel: Channel | None = None, role: Role = Role.ADMIN) -> User:
    if channel is None:
        user = User.objects.create_superuser("root", password="x")
    else:
        user = User.objects.create_user(f"{role}{channel.pk}", is_staff=True)
        Member.objects.create(tenant=channel.tenant, user=user, role=role, name="A")
    client.force_login(user)
    return user


def test_every_event_counts_under_exactly_one_ending_and_repeats_as_duplicates(bot):
    one_of_each(bot)
    arrived(bot, State.DONE, Outcome.MESSAGE, deliveries=20)
    line = count()

    assert line.ended == {
        "message": 1 + 1,
        "status": 2,
        "ignored": 3,
        "duplicate": 4 + 19,
        "unrouted": 5,
        "failed": 6 + 1,
        "waiting": 3,
    }
    assert line.received == sum(line.ended.values()) == 45
    assert line.adds_up


def test_an_event_that_ended_as_nothing_is_seen_at_once(bot):
    arrived(bot, State.DONE, Outcome.MESSAGE)
    arrived(bot, State.DONE, "")
    assert (count().received, count().adds_up) == (2, False)


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("outcome", [*Outcome.values, ""])
def test_no_event_counts_twice(bot, state, outcome):
    arrived(bot, state, outcome)
    assert sum(InboundEvent.objects.filter(condition).count() for condition in ENDINGS.values()) == (
        0 if (state, outcome) == (State.DONE, "") else 1
    )


def test_a_day_begins_at_midnight_where_the_organisation_is():
    now = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    moscow = ZoneInfo("Europe/Moscow")
    assert since("today", now=now, zone=moscow) == datetime(2026, 11, 22, tzinfo=moscow)
    assert since("week", now=now, zone=moscow) == datetime(2026, 11, 16, tzinfo=moscow)


def figures(page: str) -> dict[str, int]:
    """Every linked figure of the page by its address."""
    found = re.findall(r'<a href="([^"]+inboundevent/\?[^"]+)"[^>]*>(\d+)</a>', page)
    return {unescape(address): int(number) for address, number in found}


def test_every_figure_leads_to_a_list_of_as_many_events(client, bot):
    one_of_each(bot)
    arrived(bot, State.DONE, Outcome.MESSAGE, received_at=timezone.now() - timedelta(days=40))
    sign_in(client, channel=bot)
    page = client.get(f"{PAGE}?period=month").content.decode()

    assert "✓" in page
    assert "✗" not in page
    linked = figures(page)
    assert len(linked) == 8
    for address, number in linked.items():
        listed = client.get(address)
        assert listed.status_code == 200
        assert listed.context["cl"].result_count == number, address


def test_the_page_says_when_the_sums_do_not_agree(client, bot):
    arrived(bot, State.DONE, "")
    sign_in(client, channel=bot)
    assert "✗" in client.get(PAGE).content.decode()


def test_an_administrator_sees_their_own_organisation_only(client, bot):
    other = make_bot(secret="other", token="2:b")
    Channel.objects.filter(pk=other.pk).update(name="Чужой бот")
    foreign = arrived(other, State.DONE, Outcome.MESSAGE, body=b'{"text": "foreign words"}')
    arrived(None, State.DONE, Outcome.UNROUTED)
    sign_in(client, channel=bot)

    page = client.get(PAGE).content.decode()
    assert "Чужой бот" not in page
    assert figures(page) == {}
    assert "unrouted" not in page
    assert "foreign words" not in client.get(f"{LIST}{foreign.pk}/change/", follow=True).content.decode()
    assert client.get(f"{LIST}?channel__id__exact={other.pk}").context["cl"].result_count == 0


@pytest.mark.parametrize("role", [Role.HEAD, Role.OPERATOR])
def test_others_than_administrators_are_not_let_in(client, bot, role):
    event = arrived(bot, State.DONE, Outcome.MESSAGE)
    sign_in(client, channel=bot, role=role)
    for path in (PAGE, LIST, f"{LIST}{event.pk}/change/"):
        assert client.get(path).status_code == 403
    assert client.post(f"{PAGE}replay/", {"connector": "telegram"}).status_code == 403


def test_nobody_is_let_in_without_signing_in(client):
    assert client.get(PAGE).status_code == 302


def test_the_superuser_replays_what_found_no_organisation(client, bot):
    event = arrived(None, State.DONE, Outcome.UNROUTED, reason="unknown_account")
    owned = arrived(bot, State.DONE, Outcome.UNROUTED, reason="channel_off")
    sign_in(client)
    page = client.get(PAGE).content.decode()
    assert reason_title("unknown_account") in page
    for address, number in figures(page).items():
        assert client.get(address).context["cl"].result_count == number, address
    (kept,) = re.findall(r'href="([^"]+tenant__isnull[^"]+)"', page)
    assert client.get(unescape(kept)).context["cl"].result_count == 1

    assert client.get(f"{PAGE}replay/").status_code == 405
    assert client.post(f"{PAGE}replay/", {"connector": "telegram"}).status_code == 302
    event.refresh_from_db()
    owned.refresh_from_db()
    assert (event.state, event.outcome) == (State.QUEUED, "")
    assert owned.state == State.DONE


def test_an_administrator_replays_their_own_events_and_no_others(client, bot):
    other = make_bot(secret="other", token="2:b")
    own = arrived(bot, State.DONE, Outcome.UNROUTED)
    foreign = arrived(other, State.DONE, Outcome.UNROUTED)
    sign_in(client, channel=bot)

    client.post(LIST, {"action": "read_again", "_selected_action": [own.pk, foreign.pk]})
    states = dict(InboundEvent.objects.values_list("pk", "state"))
    assert states == {own.pk: State.QUEUED, foreign.pk: State.DONE}


def test_what_came_while_disconnected_is_shown_with_its_button(client, bot):
    own = arrived(bot, State.DONE, Outcome.UNROUTED, reason="channel_off")
    strangers = arrived(None, State.DONE, Outcome.UNROUTED, reason="unknown_account")
    sign_in(client, channel=bot)
    page = client.get(PAGE).content.decode()
    assert reason_title("channel_off") in page
    assert reason_title("unknown_account") not in page

    client.post(f"{PAGE}replay/", {"connector": "telegram"})
    states = dict(InboundEvent.objects.values_list("pk", "state"))
    assert states == {own.pk: State.QUEUED, strangers.pk: State.DONE}


def test_an_event_is_shown_readably_harmlessly_and_without_secrets(client, bot):
    words = {"text": "Привет <script>alert(1)</script>", "t": TOKEN, "s": SECRET, "n": "\x00\ud800"}
    event = arrived(bot, State.DONE, Outcome.IGNORED, reason="group_chat", body=json.dumps(words).encode())
    sign_in(client, channel=bot)
    page = client.get(f"{LIST}{event.pk}/change/").content.decode()

    assert "Привет &lt;script&gt;" in page
    assert reason_title("group_chat") in unescape(page)
    assert TOKEN not in page
    assert SECRET not in page


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"", b"[" * 100_000, b'{"a": ' * 900 + b"1" + b"}" * 900])
def test_no_body_breaks_its_page(client, bot, body):
    event = arrived(bot, State.FAILED, "", body=body)
    sign_in(client, channel=bot)
    assert client.get(f"{LIST}{event.pk}/change/").status_code == 200


def test_an_event_leads_to_the_message_it_became(client, bot):
    event = arrived(bot, State.DONE, Outcome.MESSAGE)
    message: Any = baker.make(
        "appeals.Message",
        event=event,
        tenant=bot.tenant,
        text="Здравствуйте, сколько стоит?",
        conversation__channel=bot,
        conversation__tenant=bot.tenant,
    )
    sign_in(client, channel=bot)
    assert message.text in client.get(f"{LIST}{event.pk}/change/").content.decode()


def test_a_list_of_large_events_loads_no_body(client, bot, django_assert_max_num_queries):
    for _ in range(20):
        arrived(bot, State.DONE, Outcome.MESSAGE)
    sign_in(client, channel=bot)
    with django_assert_max_num_queries(20) as queries:
        assert client.get(LIST).status_code == 200
    assert not [query for query in queries if '"body"' in query["sql"]]


def test_a_channels_page_offers_its_webhook_address_and_no_secret(client, bot):
    sign_in(client, channel=bot)
    page = client.get(reverse("admin:channels_channel_change", args=[bot.pk])).content.decode()
    assert f"/webhook/telegram/{bot.public_id}" in page
    assert bot.secret_digest not in page
    assert SECRET not in page
    assert client.get(reverse("admin:channels_channel_changelist")).status_code == 200


def test_the_list_names_services_as_people_do_and_offers_those_with_conversations(client, bot):
    event = arrived(bot, State.DONE, Outcome.MESSAGE)
    arrived(bot, State.DONE, Outcome.MESSAGE, deliveries=7)
    InboundEvent.objects.filter(deliveries=7).update(connector="webchat")
    sign_in(client, channel=bot)
    page = client.get(LIST).content.decode()
    assert ">telegram<" not in page
    assert ">Telegram<" in page
    assert "connector=anthropic" not in page
    listed = client.get(f"{LIST}?connector=telegram").context["cl"].result_list
    assert [one.pk for one in listed] == [event.pk]
