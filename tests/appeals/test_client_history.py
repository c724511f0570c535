"""A client's history beside the conversation: one list over all their names, channels and apps."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from apps.appeals import jobs
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.merging.absorbing import merge
from apps.appeals.models import (
    Appeal,
    Contact,
    Conversation,
    Device,
    DifferentClients,
    Recipient,
    Repair,
    SendOutcome,
)
from apps.appeals.timeline.offering import Entry, sources
from apps.appeals.timeline.telling import ASKED, tell
from apps.channels.models import Channel
from apps.tenants.models import Member
from tests.appeals.doubles import Beside, beside, ivan, vanya, with_phone
from tests.appeals.mailing import agree, campaign_of, client_of

__all__ = ["beside", "ivan", "vanya"]

pytestmark = pytest.mark.django_db


def test_the_history_tells_of_all_names_and_channels_in_one_order(
    ivan: Conversation, vanya: Conversation, bot: Channel, chat: Channel, anna: Member, beside: Beside
) -> None:
    now = timezone.now()

    def appeal(found: Conversation, days: int, **fields: Any) -> Appeal:
        return Appeal.objects.create(
            tenant=bot.tenant,
            contact=found.contact,
            conversation=found,
            channel=found.channel,
            created_at=now - timedelta(days=days),
            **fields,
        )

    mended = appeal(ivan, 30, status="closed", closed_at=now - timedelta(days=20))
    device = Device.objects.create(tenant=bot.tenant, appeal=mended, brand="Apple", model="iPhone 14")
    Repair.objects.create(tenant=bot.tenant, device=device, repair_type="замена батареи")
    Device.objects.create(tenant=bot.tenant, appeal=mended, model="убранное", removed_at=now)
    refused = appeal(
        vanya, 9, status="rejected", rejection_reason="дорого", closed_at=now - timedelta(days=8)
    )
    still = appeal(vanya, 5, status="in_progress")
    agree(ivan.contact, at=now - timedelta(days=25), by=anna)
    Recipient.objects.create(
        tenant=bot.tenant,
        campaign=campaign_of(bot),
        contact=ivan.contact,
        conversation=ivan,
        outcome=SendOutcome.READ,
        handed_at=now - timedelta(days=15),
    )
    merge(kept=ivan.contact, absorbed=vanya.contact, by=anna)
    unsubscribe(contact=ivan.contact, by=anna, why="просил")
    told = [entry.text for entry in tell(Contact.objects.get(pk=ivan.contact_id), reader=None).entries]
    assert told == [
        "Отказ от рассылок · просил",
        "Объединён с «Ваня» · Анна",
        f"Обращение №{still.pk} · {chat.name} · в работе",
        f"№{refused.pk}: отказ · дорого",
        f"Обращение №{refused.pk} · {chat.name}",
        "Рассылка «Переезд»: прочитано",
        f"№{mended.pk}: закрыто · Apple iPhone 14: замена батареи",
        "Согласие на рекламу получено · на словах · Анна",
        f"Обращение №{mended.pk} · {bot.name}",
    ]
    shown = beside(vanya)
    shown = shown[shown.index('id="history"') :]
    assert [shown.index(text[:20]) for text in told] == sorted(shown.index(text[:20]) for text in told)
    assert f"/admin/desk/{vanya.pk}/" in shown


def test_older_entries_come_on_demand_each_once(ivan: Conversation, bot: Channel, beside: Beside) -> None:
    now = timezone.now()
    for number in range(40):
        # Some in the same moment.
        at = now - timedelta(days=number // 4)
        Appeal.objects.create(
            tenant=bot.tenant,
            contact=ivan.contact,
            conversation=ivan,
            channel=bot,
            status="closed",
            created_at=at,
        )
    seen, before, pages = [], None, 0
    while pages == 0 or before is not None:
        told = tell(ivan.contact, reader=None, before=before)
        seen += [entry.text for entry in told.entries]
        before, pages = told.earlier, pages + 1
    assert (len(seen), len(set(seen)), pages) == (40, 40, 3)
    shown, count = beside(ivan), 0
    while 'data-more="' in shown:
        count += 1
        where = shown.split('data-more="')[1].split('"')[0]
        shown = beside(ivan, "history/", before=where.split("before=")[1].replace("%3A", ":"))
    assert count == 2


def test_an_app_above_tells_of_a_client_in_the_same_list(
    ivan: Conversation, beside: Beside, anna: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def visits(contact: Contact, reader: Member | None, before: Any, limit: int) -> list[Entry]:
        asked.append((contact, reader, before, limit))
        return [
            Entry(
                at=timezone.now(), icon="storefront", kind="Визит", text="Визит в мастерскую", address="/x/"
            )
        ]

    monkeypatch.setattr(jobs, "TIMELINE", {**jobs.TIMELINE, "visits": visits})
    assert "Визит в мастерскую" in beside(ivan)
    assert asked == [(ivan.contact, anna, None, ASKED)]
    assert set(sources()) >= {"appeals", "visits"}


def test_the_clients_part_costs_the_same_however_much_there_is(
    ivan: Conversation,
    vanya: Conversation,
    bot: Channel,
    beside: Beside,
    django_assert_max_num_queries: Any,
) -> None:
    def more(count: int) -> None:
        for number in range(count):
            other = with_phone(client_of(bot, f"К{number}"), "+79001112233")
            told = with_phone(client_of(bot, f"М{number}"), "")
            merge(kept=ivan.contact, absorbed=told.contact, by=None)
            appeal = Appeal.objects.create(
                tenant=bot.tenant, contact=other.contact, conversation=other, channel=bot, status="closed"
            )
            for place in (
                appeal,
                Appeal(tenant=bot.tenant, contact=ivan.contact, conversation=told, channel=bot),
            ):
                place.closed_at, place.status = timezone.now(), "closed"
                place.save()
                device = Device.objects.create(tenant=bot.tenant, appeal=place, model="iPhone")
                Repair.objects.create(tenant=bot.tenant, device=device, repair_type="батарея")
            DifferentClients.objects.create(
                tenant=bot.tenant, first=ivan.contact, second=client_of(bot, "Не он").contact
            )

    more(1)
    beside(ivan)
    with django_assert_max_num_queries(30) as few:
        beside(ivan)
    more(6)
    with django_assert_max_num_queries(len(few)):
        beside(ivan)


def test_in_english_it_reads_english(ivan: Conversation, vanya: Conversation, desk: Client) -> None:
    with translation.override("en"):
        desk.cookies["django_language"] = "en"
        shown = desk.get(f"/admin/desk/{ivan.pk}/client/").content.decode()
    assert "Maybe the same client" in shown
    assert "the same phone" in shown
