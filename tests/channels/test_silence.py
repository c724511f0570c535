"""A channel that falls silent against its own usual hours raises an alarm, and an event ends it."""

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.channels import jobs, silence
from apps.channels.models import Channel, InboundEvent, Silence
from apps.integrations.connecting import disconnect
from apps.tenants.models import Tenant
from tests.channels.bots import make_bot
from tests.peers.telegram import TOKEN

pytestmark = pytest.mark.django_db

MOSCOW = ZoneInfo("Europe/Moscow")
# A Tuesday; the history ends the evening before.
TUESDAY = datetime(2026, 11, 24, tzinfo=MOSCOW)
Visitor = Callable[[Any], Client]


@pytest.fixture
def shop(tenant_a: Tenant) -> Channel:
    return make_bot(tenant=tenant_a)


def events(channel: Channel, moments: Iterable[datetime]) -> None:
    number = InboundEvent.objects.count()
    InboundEvent.objects.bulk_create(
        InboundEvent(
            channel=channel,
            tenant=channel.tenant,
            connector="telegram",
            event_key=f"{number + index:064}",
            body=b"{}",
            received_at=at,
            state="done",
            outcome="message",
        )
        for index, at in enumerate(moments)
    )


def working_days(*, weeks: int, zone: ZoneInfo = MOSCOW, until: datetime = TUESDAY) -> list[datetime]:
    """Every quarter of an hour from 9 to 19 on the clock on the wall, Sundays excepted."""
    days = [until.astimezone(zone).date() - timedelta(days=back) for back in range(1, weeks * 7 + 1)]
    return [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
        for day in days
        if day.weekday() != 6
        for hour in range(9, 19)
        for minute in (0, 15, 30, 45)
    ]


def at(hour: int, minute: int = 0, *, day: datetime = TUESDAY) -> datetime:
    return day.replace(hour=hour, minute=minute)


def watched(moment: datetime) -> list[int]:
    """The channels that are silent after the round of this moment."""
    with time_machine.travel(moment, tick=False):
        jobs.watch_silence()
        return list(silence.held().values_list("channel_id", flat=True))


def test_a_busy_shop_that_is_silent_for_hours_raises_an_alarm(shop: Channel) -> None:
    events(shop, [*working_days(weeks=4), at(9), at(9, 30), at(10)])
    assert watched(at(11)) == []
    assert watched(at(13)) == [shop.pk]
    (raised,) = Silence.objects.all()
    assert (raised.since, raised.tenant) == (at(10), shop.tenant)
    assert 7 <= raised.expected <= 12  # every quarter of an hour for three hours


def test_the_alarm_stays_one_and_keeps_its_beginning(shop: Channel) -> None:
    events(shop, [*working_days(weeks=4), at(10)])
    for hour in (13, 15, 23):
        assert watched(at(hour)) == [shop.pk]
    assert watched(at(12, day=TUESDAY + timedelta(days=9))) == [shop.pk]
    assert Silence.objects.count() == 1


def test_an_event_ends_it_at_once_and_the_next_silence_is_another(shop: Channel) -> None:
    events(shop, [*working_days(weeks=4), at(10)])
    watched(at(13))
    events(shop, [at(13, 20)])
    with time_machine.travel(at(13, 21), tick=False):
        assert not silence.held().exists()  # before any round
    assert watched(at(13, 30)) == []
    assert Silence.objects.get().ended_at == at(13, 20)
    assert watched(at(17)) == [shop.pk]
    assert Silence.objects.count() == 2


@pytest.mark.parametrize("hour", [20, 23])
def test_an_evening_and_a_night_that_are_always_silent_are_none(shop: Channel, hour: int) -> None:
    events(shop, [*working_days(weeks=4), *working_days(weeks=1, until=TUESDAY + timedelta(days=1))])
    assert watched(at(hour)) == []
    assert watched(at(8, day=TUESDAY + timedelta(days=1))) == []


def test_a_sunday_is_none_where_sundays_are_silent_and_the_monday_after_it_is(shop: Channel) -> None:
    events(shop, working_days(weeks=5))
    sunday, monday = TUESDAY + timedelta(days=5), TUESDAY + timedelta(days=6)
    events(shop, working_days(weeks=1, until=sunday)[: 40 * 5])
    assert InboundEvent.objects.latest("received_at").received_at.astimezone(MOSCOW).weekday() == 5
    assert watched(at(18, day=sunday)) == []
    assert watched(at(9, 40, day=monday)) == []
    assert watched(at(12, day=monday)) == [shop.pk]


@pytest.mark.parametrize(("weeks", "raised"), [(1, False), (2, False), (3, True)])
def test_a_new_channel_has_no_usual_hours_yet(shop: Channel, weeks: int, raised: bool) -> None:
    """Two weeks behind the first event are needed, and the silent stretch itself lies after them."""
    history = working_days(weeks=weeks)[:-40] if weeks == 2 else working_days(weeks=weeks)
    events(shop, [*history, at(10)])
    assert watched(at(15)) == ([shop.pk] if raised else [])


def test_a_channel_that_never_had_an_event_is_none(shop: Channel) -> None:
    assert watched(at(15)) == []


def test_one_weeks_rush_makes_no_usual_hours(shop: Channel) -> None:
    rush = [at(10, day=TUESDAY - timedelta(days=7)) + timedelta(minutes=5 * n) for n in range(60)]
    first = at(12, day=TUESDAY - timedelta(days=27))
    events(shop, [first, *rush, at(9, 59)])
    assert watched(at(15)) == []


def test_many_events_of_one_moment_count_as_one(shop: Channel) -> None:
    """A client who writes in bursts: forty events each week, but at three times."""
    bursts = [
        at(hour, day=TUESDAY - timedelta(weeks=week)) + timedelta(seconds=second)
        for week in (1, 2, 3, 4)
        for hour in (11, 12, 14)
        for second in range(13)
    ]
    events(shop, [*bursts, at(9, day=TUESDAY - timedelta(weeks=5)), at(10)])
    assert watched(at(16)) == []


def test_two_channels_are_independent(shop: Channel) -> None:
    other = make_bot(tenant=shop.tenant, token=f"7{TOKEN}", webhook_secret="another-secret")
    history = working_days(weeks=4)
    events(shop, [*history, at(10)])
    events(other, [*history, at(10), at(12, 30)])
    assert watched(at(13)) == [shop.pk]
    assert sorted(watched(at(16))) == sorted([shop.pk, other.pk])
    events(shop, [at(16, 5)])
    assert watched(at(16, 10)) == [other.pk]


def test_the_hours_are_those_of_the_organisations_own_zone(tenant_a: Tenant) -> None:
    """In a week in which the clock goes back, nine in the morning is still nine in the morning."""
    berlin = ZoneInfo("Europe/Berlin")
    tenant_a.timezone = "Europe/Berlin"
    tenant_a.save()
    shop = make_bot(tenant=tenant_a)
    after_the_change = datetime(2026, 10, 27, tzinfo=berlin)
    events(shop, working_days(weeks=4, zone=berlin, until=after_the_change))
    # From 19:00 of the day before; by an hour off, four quarters of the next morning would be expected.
    opening = after_the_change.replace(hour=9)
    with time_machine.travel(opening, tick=False):
        assert silence.silent_channels(now=opening) == []
        (found,) = silence.silent_channels(now=opening + timedelta(hours=2))
    assert found.expected == pytest.approx(8, abs=1)


def test_it_can_be_muted_until_a_date_and_is_raised_after_it(shop: Channel) -> None:
    events(shop, [*working_days(weeks=4), at(10)])
    assert watched(at(13)) == [shop.pk]
    Channel.objects.update(silence_muted_until=date(2026, 11, 25))
    with time_machine.travel(at(13, 5), tick=False):
        assert not silence.held().exists()
    assert watched(at(23, 59, day=TUESDAY + timedelta(days=1))) == []
    assert watched(at(0, 1, day=TUESDAY + timedelta(days=2))) == [shop.pk]


@pytest.mark.parametrize("how", ["switched off", "disconnected"])
def test_a_channel_that_takes_no_messages_is_none(shop: Channel, how: str) -> None:
    events(shop, [*working_days(weeks=4), at(10)])
    watched(at(13))
    if how == "disconnected":
        disconnect(connection=shop.connection)
    else:
        Channel.objects.update(is_active=False)
    assert watched(at(15)) == []
    assert Silence.objects.get().ended_at == at(15)


def test_a_round_costs_one_question_about_all_channels(shop: Channel) -> None:
    for number in range(5):
        other = make_bot(tenant=shop.tenant, token=f"{number}{TOKEN}", webhook_secret=f"secret-{number}-0")
        events(other, [*working_days(weeks=4), at(10)])
    with time_machine.travel(at(13), tick=False), CaptureQueriesContext(database) as queries:
        assert len(silence.silent_channels(now=at(13))) == 5
    assert len(queries) == 1


@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_raise_one_alarm() -> None:
    shop = make_bot()
    events(shop, [*working_days(weeks=4), at(10)])

    def round_(_number: int) -> None:
        try:
            jobs.watch_silence()
        finally:
            database.close()

    with time_machine.travel(at(13), tick=False), ThreadPoolExecutor(4) as threads:
        list(threads.map(round_, range(4)))
    assert Silence.objects.count() == 1


# Where people see it


@pytest.fixture
def silent(shop: Channel) -> Channel:
    """At the real time: pages have no other. Something came four times an hour until five hours ago."""
    now = datetime.now(tz=UTC)
    quarters = [
        now - timedelta(weeks=week, minutes=15 * number) for week in (1, 2, 3, 4) for number in range(24)
    ]
    events(shop, [*quarters, now - timedelta(weeks=5), now - timedelta(hours=5)])
    jobs.watch_silence()
    return shop


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", unescape(page.content.decode()))


def test_the_card_turns_yellow_says_since_when_and_leads_to_muting(
    silent: Channel, boss: Any, signed_in: Visitor
) -> None:
    page = words(signed_in(boss).get("/admin/integrations/connection/"))
    (since,) = Silence.objects.values_list("since", flat=True)
    card = page[page.index('id="telegram"') : page.index("</article>", page.index('id="telegram"'))]
    assert "in-yellow" in card
    assert f"Ничего не приходило с {since.astimezone(MOSCOW):%d.%m.%Y %H:%M}" in card
    assert f"/admin/channels/channel/{silent.pk}/change/" in card


def test_it_stands_on_the_page_of_trouble_and_the_start_page(
    silent: Channel, boss: Any, stranger: Any, signed_in: Visitor
) -> None:
    for address in ("/admin/tenants/tenant/trouble/", "/admin/"):
        assert "Ничего не приходило с" in words(signed_in(boss).get(address))
        assert "Ничего не приходило с" not in words(signed_in(stranger).get(address))


def test_operators_see_it_at_the_desk_and_no_longer_once_something_came(
    silent: Channel, anna: Any, stranger: Any, signed_in: Visitor
) -> None:
    desk = signed_in(anna)
    assert "Ничего не приходило с" in words(desk.get("/admin/desk/"))
    assert "Ничего не приходило с" not in words(signed_in(stranger).get("/admin/desk/"))
    events(silent, [datetime.now(tz=UTC)])
    assert "Ничего не приходило с" not in words(desk.get("/admin/desk/"))


def test_a_silent_channel_costs_the_desk_two_queries_and_a_look_no_more(
    silent: Channel, anna: Any, signed_in: Visitor
) -> None:
    desk = signed_in(anna)
    with CaptureQueriesContext(database) as page:
        stamp = re.search(r'data-stamp="(\w+)"', words(desk.get("/admin/desk/")))
    assert sum("channels_silence" in query["sql"] for query in page.captured_queries) == 2
    assert stamp
    with time_machine.travel(datetime.now(tz=UTC), tick=False):
        fresh = re.search(r'data-stamp="(\w+)"', words(desk.get("/admin/desk/live/")))
        assert fresh
        with CaptureQueriesContext(database) as look:
            assert desk.get(f"/admin/desk/live/?stamp={fresh[1]}").status_code == 204
    assert sum("channels_silence" in query["sql"] for query in look.captured_queries) == 2


def test_metrics_count_it(silent: Channel, client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "a-token"
    answer = client.get("/metrics", headers={"Authorization": "Bearer a-token"}).content.decode()
    assert 'batterycrm_alarms{kind="silence"} 1.0' in answer
    assert 'batterycrm_alarms{kind="upkeep"} 0.0' in answer
    subject = f'{{kind="silence",subject="alpha/{silent.key}"}}'
    age = re.search(rf"batterycrm_alarm_age_seconds{re.escape(subject)} ([\d.e+]+)", answer)
    assert age
    assert float(age[1]) == pytest.approx(5 * 3600, abs=120)


def test_an_administrator_mutes_it_in_the_channels_form(
    silent: Channel, boss: Any, signed_in: Visitor
) -> None:
    visitor = signed_in(boss)
    form = {"name": silent.name, "silence_muted_until": "31.12.2099", "is_active": "on"}
    answer = visitor.post(f"/admin/channels/channel/{silent.pk}/change/", form)
    assert answer.status_code == 302
    assert "Ничего не приходило с" not in words(visitor.get("/admin/tenants/tenant/trouble/"))
