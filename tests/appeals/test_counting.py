"""Counts that are the same for all are counted once, and never shown after they have changed."""

import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.appeals.deciding import assign, set_status
from apps.appeals.desk import counting
from apps.appeals.live import hearing
from apps.appeals.live.hearing import Ear
from apps.appeals.models import AppealStatus, Conversation
from apps.appeals.read_marks import mark_read
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Sees, Tenant
from apps.tenants.scope import Scope

Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    """One that hears nothing but what the test tells it, and is not deaf however slow the test is."""
    monkeypatch.setattr(hearing, "DEAF_AFTER", 3600.0)
    monkeypatch.setattr(counting, "KEPT_FOR", 3600)
    made = Ear()
    monkeypatch.setattr(made, "_listen", lambda: None)
    made._heard_from = time.time() - 60
    made.note("ping:1")
    monkeypatch.setattr(counting, "ear", made)
    return made


@pytest.fixture
def olga(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="olga", password="pass-word-2", role=Role.OPERATOR, name="Ольга")


def counts(member: Member) -> dict[str, int]:
    scope = Scope(user=member.user, tenant=member.tenant, role=Role(member.role), member=member)
    return counting.counts_of(scope, counting.common_of(scope))


def asked(member: Member) -> int:
    with CaptureQueriesContext(connection) as queries:
        counts(member)
    return len(queries)


def test_what_one_has_counted_another_need_not(ear: Ear, routed: Routed, anna: Member, olga: Member) -> None:
    routed("Здравствуйте")
    first = asked(anna)
    assert counts(olga)["free"] == 1
    assert asked(olga) < first


def test_a_change_is_counted_with_the_next_look(ear: Ear, routed: Routed, anna: Member, olga: Member) -> None:
    chat = routed("Здравствуйте")
    assert counts(olga) | {"mine": 0} == {"waiting": 1, "free": 1, "mine": 0, "unread": 1}
    assign(appeal=chat.appeals.get(), operator=anna)
    ear.note(f"{chat.tenant_id}:{chat.pk}:{anna.pk}")
    assert counts(olga) == {"waiting": 1, "free": 0, "mine": 0, "unread": 0}
    assert counts(anna)["mine"] == 1


def test_what_one_has_read_is_read_for_nobody_else(
    ear: Ear, routed: Routed, anna: Member, olga: Member
) -> None:
    chat = routed("Здравствуйте")
    assert counts(anna)["unread"] == counts(olga)["unread"] == 1
    mark_read(conversation=Conversation.objects.get(pk=chat.pk), member=anna)
    assert counts(anna)["unread"] == 0
    assert counts(olga)["unread"] == 1


def test_the_deaf_count_for_themselves(ear: Ear, routed: Routed, anna: Member) -> None:
    chat = routed("Здравствуйте")
    assert counts(anna)["free"] == 1
    ear._pinged_at = 0.0
    set_status(appeal=chat.appeals.get(), status=AppealStatus.CLOSED)
    assert counts(anna)["free"] == 0


def test_within_a_transaction_nothing_kept_is_believed(ear: Ear, routed: Routed, anna: Member) -> None:
    chat = routed("Здравствуйте")
    assert counts(anna)["free"] == 1
    with transaction.atomic():
        set_status(appeal=chat.appeals.get(), status=AppealStatus.CLOSED)
        assert counts(anna)["free"] == 0


def test_who_sees_only_their_own_is_not_told_the_counts_of_all(
    ear: Ear, routed: Routed, anna: Member, olga: Member
) -> None:
    chat = routed("Здравствуйте")
    assign(appeal=chat.appeals.get(), operator=anna)
    olga.tenant.operators_see = Sees.OWN
    assert counts(anna)["waiting"] == 1
    assert counts(olga)["waiting"] == 0
