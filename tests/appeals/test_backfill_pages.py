"""The bringing of a history on the pages of administrators."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.channels.models import Backfill, Channel
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant
from tests.appeals.histories import finish, say
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


def ordered(boss: Client, channel: Channel, **times: str) -> Any:
    given = {"since_0": "2020-01-31", "since_1": "00:00", "until_0": "", "until_1": "", **times}
    return boss.post(reverse("admin:channels_backfill_add"), {"channel": channel.pk, **given})


def test_an_administrator_orders_it_and_watches_it(boss: Client, avito: AvitoPeer, channel: Channel) -> None:
    say(avito, 1, ago=timedelta(days=9))
    answer = ordered(boss, channel)
    row = Backfill.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("admin:channels_backfill_change", args=[row.pk]))
    assert row.ordered_by is not None
    assert boss.get(answer.url)["Refresh"]
    finish(row)
    done = boss.get(answer.url)
    assert "Refresh" not in done
    assert f"backfill__id__exact={row.pk}&amp;ended=message" in done.content.decode()
    shown = boss.get(reverse("admin:channels_inboundevent_changelist"), {"backfill__id__exact": row.pk})
    assert shown.status_code == 200


def test_wrong_dates_and_a_second_order_are_told_beside_their_field(boss: Client, channel: Channel) -> None:
    wrong = ordered(boss, channel, until_0="2019-01-01", until_1="00:00")
    assert list(wrong.context["adminform"].form.errors) == ["until"]
    ordered(boss, channel)
    assert list(ordered(boss, channel).context["adminform"].form.errors) == ["channel"]
    assert Backfill.objects.count() == 1


def test_channels_without_history_are_not_offered(boss: Client, chat: Channel) -> None:
    form = boss.get(reverse("admin:channels_backfill_add")).context["adminform"].form
    assert chat not in form.fields["channel"].queryset


def test_operators_are_kept_out(desk: Client, channel: Channel) -> None:
    assert ordered(desk, channel).status_code in (302, 403)
    assert desk.get(reverse("admin:channels_backfill_changelist")).status_code in (302, 403)
    assert Backfill.objects.count() == 0
