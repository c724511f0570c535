"""«History» on a channel's page: started for a period, watched, stopped, gone on with."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from apps.channels.histories import histories_of
from apps.channels.models import Backfill, Channel
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant
from tests.appeals.histories import begun, bring, finish, one_step, three_chats
from tests.channels.test_avito_send import make_account
from tests.peers.avito import AvitoPeer

pytestmark = pytest.mark.django_db


@pytest.fixture
def avito(settings: Any, tmp_path: Path) -> Iterator[AvitoPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with AvitoPeer() as peer:
        yield peer


@pytest.fixture
def channel(shop: Tenant, avito: AvitoPeer) -> Channel:
    return make_account(avito, tenant=shop)


@pytest.fixture
def boss(shop: Tenant) -> Client:
    client = Client()
    member = add_member(tenant=shop, username="boss", password="pass-word-1", role=Role.ADMIN, name="Борис")
    client.force_login(member.user)
    return client


def do(boss: Client, channel: Channel, verb: str, **values: str) -> Any:
    return boss.post(reverse(f"admin:channels_channel_bring_{verb}", args=[channel.pk]), values, follow=True)


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def page(boss: Client, channel: Channel) -> str:
    answer = boss.get(reverse("admin:channels_channel_change", args=[channel.pk]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def figures(html: str) -> list[int]:
    return [int(number) for number in re.findall(r"<dd>(?:<a[^>]*>)?(\d+)", html)]


def test_an_administrator_starts_watches_stops_and_goes_on(
    boss: Client, avito: AvitoPeer, channel: Channel
) -> None:
    three_chats(avito)
    assert "ещё не догружали" in page(boss, channel)
    answer = do(boss, channel, "start", since="2020-01-31", until="")
    assert answer.redirect_chain[-1][0].endswith("#history-brought")
    row = Backfill.objects.get()
    assert (row.ordered_by is not None, "Догружается" in page(boss, channel)) == (True, True)
    one_step(row)
    state = boss.get(reverse("admin:channels_channel_bring_state", args=[channel.pk])).content.decode()
    assert (figures(state)[:2], 'data-moves="1"' in state) == ([1, 1], True)

    do(boss, channel, "stop")
    one_step(row)
    assert "Остановлено" in page(boss, channel)
    do(boss, channel, "resume")
    finish(row)
    done = page(boss, channel)
    assert figures(done)[1:] == [3, 3]
    assert "Нашлось 3 недостающих сообщения" in done
    assert 'data-moves=""' in done


def test_what_was_here_already_is_not_counted_as_missing(
    boss: Client, avito: AvitoPeer, channel: Channel
) -> None:
    three_chats(avito)
    bring(channel)
    bring(channel)
    assert "Всё уже было на месте" in page(boss, channel)


def test_a_period_is_of_whole_days_by_the_shops_clock(
    boss: Client, avito: AvitoPeer, channel: Channel, shop: Tenant
) -> None:
    do(boss, channel, "start", since="2025-01-10", until="2025-01-10")
    zone, row = ZoneInfo(shop.timezone), Backfill.objects.get()
    assert row.since == datetime(2025, 1, 10, tzinfo=zone)
    assert row.until == datetime(2025, 1, 11, tzinfo=zone)


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ({"since": "2025-01-10", "until": "2025-01-01"}, "раньше"),
        ({"since": "2090-01-10"}, "ещё ничего"),
        ({"since": ""}, ""),
        ({"since": "завтра"}, ""),
    ],
)
def test_a_period_that_is_none_is_told_and_orders_nothing(
    boss: Client, channel: Channel, period: dict[str, str], words: str
) -> None:
    (said,) = told(do(boss, channel, "start", **period))
    assert words in said
    assert Backfill.objects.count() == 0


def test_a_second_start_is_refused(boss: Client, avito: AvitoPeer, channel: Channel) -> None:
    begun(avito, channel)
    assert told(do(boss, channel, "start", since="2025-01-10"))
    assert Backfill.objects.count() == 1
    assert "bring/start" not in page(boss, channel)


def test_a_channel_without_history_says_so(boss: Client, chat: Channel) -> None:
    shown = page(boss, chat)
    assert "не отдаёт прежнюю переписку" in shown
    assert "bring/start" not in shown
    assert told(do(boss, chat, "start", since="2025-01-10"))
    assert Backfill.objects.count() == 0


def test_the_page_costs_the_same_however_many_there_were(
    avito: AvitoPeer, channel: Channel, django_assert_num_queries: Any
) -> None:
    three_chats(avito)
    for _order in range(4):
        bring(channel)
    with django_assert_num_queries(2):
        histories_of(channel)


def test_operators_have_no_part_in_it(desk: Client, avito: AvitoPeer, channel: Channel) -> None:
    row = begun(avito, channel)
    for verb in ("start", "stop", "resume"):
        address = reverse(f"admin:channels_channel_bring_{verb}", args=[channel.pk])
        assert desk.post(address, {"since": "2025-01-10"}).status_code == 403
    row.refresh_from_db()
    assert (Backfill.objects.count(), row.stopped_at) == (1, None)
