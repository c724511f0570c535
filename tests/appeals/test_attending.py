"""Who else looks at a conversation at this moment, told by the looks that pages take anyway."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.appeals import attending
from apps.appeals.models import Conversation, Looking
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.appeals.test_teamwork import send, signed_in

Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="olga", role=Role.OPERATOR, name="Ольга")


def looks(client: Client, conversation: Conversation, stamp: str, **query: Any) -> Any:
    address = f"/admin/desk/{conversation.pk}/live/"
    return client.get(address, {"stamp": stamp, "looking": "1", **query})


def test_a_colleague_is_here_while_they_look_and_is_gone_soon_after(
    routed: Routed, desk: Client, anna: Member, olga: Member
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        conversation = routed("Здравствуйте!")
        stamp = desk.get(f"/admin/desk/{conversation.pk}/").context["stamp"]
        hers = signed_in(olga)
        assert looks(hers, conversation, stamp).json()["here"]["text"] == "Смотрит Анна"
        assert looks(hers, conversation, stamp, here=str(anna.pk)).status_code == 204
        looks(desk, conversation, stamp, writing="1")
        assert looks(hers, conversation, stamp).json()["here"]["text"] == "Анна пишет ответ…"
        clock.shift(attending.WRITING)
        assert looks(hers, conversation, stamp).json()["here"]["text"] == "Смотрит Анна"
        clock.shift(attending.LASTS)
        assert looks(hers, conversation, stamp, here=str(anna.pk)).json()["here"]["text"] == ""


def test_who_closes_the_page_is_gone_at_once(
    routed: Routed, desk: Client, anna: Member, olga: Member
) -> None:
    conversation = routed("Здравствуйте!")
    stamp = desk.get(f"/admin/desk/{conversation.pk}/").context["stamp"]
    looked_at = Looking.objects.get().looked_at
    hers = signed_in(olga)
    looks(desk, conversation, stamp, writing="1")
    assert desk.post(f"/admin/desk/{conversation.pk}/leave/").status_code == 200
    assert looks(hers, conversation, stamp, here=str(anna.pk)).json()["here"]["text"] == ""
    left = Looking.objects.get(member=anna)
    assert left.looked_at >= looked_at, "what was seen stays seen"
    looks(desk, conversation, stamp)  # from another page of hers
    assert looks(hers, conversation, stamp).json()["here"]["text"] == "Смотрит Анна"


def test_who_has_answered_writes_no_more(routed: Routed, desk: Client, olga: Member) -> None:
    conversation = routed("Здравствуйте!")
    looks(desk, conversation, "", writing="1")
    send(desk, conversation)
    assert attending.attend(conversation=conversation, member=olga, looks=False).writing == ()


def test_a_look_that_changes_nothing_reads_once_and_writes_every_few_seconds(
    routed: Routed, desk: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        conversation = routed("Здравствуйте!")
        stamp = desk.get(f"/admin/desk/{conversation.pk}/").context["stamp"]
        looked_at = Looking.objects.get().looked_at
        clock.shift(timedelta(seconds=1))
        # Session, user and member; the conversation; who is here; the stamp.
        with django_assert_num_queries(6):
            assert looks(desk, conversation, stamp).status_code == 204
        assert Looking.objects.get().looked_at == looked_at
        clock.shift(attending.EVERY)
        assert looks(desk, conversation, stamp).status_code == 204
        assert Looking.objects.get().looked_at > looked_at


def test_two_pages_of_one_member_that_open_at_once_are_one_row(routed: Routed, anna: Member) -> None:
    conversation = routed("Здравствуйте!")
    for _page in range(2):
        attending._note(conversation, anna, None, writes=True)
    assert Looking.objects.count() == 1


def test_old_signs_are_swept(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    desk.get(f"/admin/desk/{conversation.pk}/")
    Looking.objects.update(looked_at=timezone.now() - timedelta(days=2))
    attending.sweep()
    assert Looking.objects.count() == 0
