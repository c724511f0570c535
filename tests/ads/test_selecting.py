"""Who may be uploaded, and why the others may not."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.ads.filtering import Conditions
from apps.ads.models import Audience
from apps.ads.selecting import preview
from apps.appeals import consent
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.models import Appeal, ConsentWay, Tag
from apps.appeals.models.listing import AppealTag
from apps.channels.models import Channel
from apps.tenants.models import Tenant
from tests.ads.conftest import Refuse, many
from tests.ads.steps import pages_read
from tests.crm.conftest import make_appeal

pytestmark = pytest.mark.django_db


def audience(tenant: Tenant, **conditions: Any) -> Audience:
    conditions = {"statuses": ("rejected",), "days": 30, **conditions}
    return Audience.objects.create(tenant=tenant, name="Отказники", filter=Conditions(**conditions).as_json())


def test_everybody_is_counted_once_with_the_first_reason(
    refuse: Refuse, channel: Channel, tenant_a: Tenant
) -> None:
    refuse()
    refuse(agreed=False)
    unsubscribe(contact=refuse(), by=None, why="стоп")
    consent.withdraw(contact=refuse(), way=ConsentWay.WORDS, by=None)
    bought = refuse(days_ago=5)
    make_appeal(channel, contact=bought, status="closed", closed_at=timezone.now())
    agreed = refuse()
    make_appeal(channel, contact=agreed, status="agreed")
    talking = refuse()
    make_appeal(channel, contact=talking, status="waiting")
    refuse(phone="позже скажу")
    refuse(phone="8 900 000-00-00")  # the first one's
    refuse(days_ago=31)
    refuse(status="closed")
    found = preview(audience(tenant_a))
    assert found.eligible == 1
    assert found.left_out == {
        "opted_out": 2,
        "no_consent": 1,
        "bought": 2,
        "open_appeal": 1,
        "bad_phone": 1,
        "same": 1,
    }


def test_a_purchase_before_the_refusal_is_none_since(
    refuse: Refuse, channel: Channel, tenant_a: Tenant
) -> None:
    earlier = timezone.now() - timedelta(days=10)
    make_appeal(channel, contact=refuse(), status="closed", closed_at=earlier)
    assert preview(audience(tenant_a)).eligible == 1


def test_without_a_phone_an_e_mail_is_enough(refuse: Refuse, tenant_a: Tenant) -> None:
    refuse(phone="нет", email="ivan@example.com")
    assert preview(audience(tenant_a)).eligible == 1


def test_where_the_organisation_asks_for_no_consent_a_no_still_counts(
    refuse: Refuse, tenant_a: Tenant
) -> None:
    tenant_a.campaigns_need_consent = False
    tenant_a.save()
    refuse(agreed=False)
    consent.withdraw(contact=refuse(), way=ConsentWay.WORDS, by=None)
    found = preview(audience(tenant_a))
    assert (found.eligible, found.left_out) == (1, {"opted_out": 1})


@pytest.mark.parametrize(
    "conditions",
    [
        {"reason": "ДОРОГО"},
        {"device": "айфон 15"},
        {"city": "твер"},
        {"tags": ("важный",)},
        {"statuses": ("waiting",)},
        {"since": "2026-01-05", "until": "2026-01-05", "days": 0},
    ],
    ids=lambda one: next(iter(one)),
)
def test_one_appeal_answers_to_each_condition(
    refuse: Refuse, channel: Channel, tenant_a: Tenant, conditions: dict[str, Any]
) -> None:
    refuse(rejection_reason="долго")
    own: Any = {
        "reason": {},
        "device": {"model": "iPhone 15 Pro"},
        "statuses": {"status": "waiting", "closed_at": None},
        "since": {"closed_at": datetime.fromisoformat("2026-01-05T23:30:00+03:00")},
    }.get(next(iter(conditions)), {})
    contact = refuse(**own)
    appeal = Appeal.objects.get(contact=contact)
    Appeal.objects.filter(pk=appeal.pk).update(prefilled_data={"city": "Тверь"})
    tag = Tag.objects.create(tenant=tenant_a, name="важный")
    AppealTag.objects.create(tenant=tenant_a, tag=tag, appeal=appeal)
    tenant_a.timezone = "Europe/Moscow"
    tenant_a.save()
    found = preview(audience(tenant_a, **conditions), shown="")
    assert [one.contact for one in found.shown] == [contact.pk]


def test_those_of_a_reason_are_listed(refuse: Refuse, tenant_a: Tenant) -> None:
    refuse()
    unwilling = refuse(agreed=False)
    found = preview(audience(tenant_a), shown="no_consent")
    assert [one.contact for one in found.shown] == [unwilling.pk]
    assert [(word, count) for word, _title, count in found.reasons] == [("no_consent", 1)]


def test_another_organisations_clients_are_not_there(
    refuse: Refuse, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    refuse()
    assert preview(audience(tenant_b)).total == 0


def test_as_many_queries_for_ten_as_for_a_thousand(
    channel: Channel, tenant_a: Tenant, django_assert_num_queries: Any
) -> None:
    of = audience(tenant_a)
    for start, count in ((0, 10), (10, 990)):
        many(channel, count, start=start)
        with django_assert_num_queries(4):
            assert preview(of).eligible == start + count


def test_without_statistics_four_times_the_clients_cost_about_four_times_as_much(
    channel: Channel, tenant_a: Tenant
) -> None:
    """As after an import: the database has not yet counted what is there."""
    of = audience(tenant_a)
    many(channel, 500)
    few = pages_read(lambda: preview(of))
    many(channel, 1500, start=500)
    assert pages_read(lambda: preview(of)) < 7 * few
