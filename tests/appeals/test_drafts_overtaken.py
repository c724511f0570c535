"""A draft beside people: sent once, outdated by newer words, ordered only where somebody waits."""

import uuid
from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals import people
from apps.appeals.answering import answer
from apps.appeals.deciding import set_status
from apps.appeals.drafting import order, outdate
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Batch,
    Conversation,
    Draft,
    DraftFate,
)
from apps.channels.models import Delivery
from apps.core.errors import Rejected
from apps.core.models import State
from apps.core.work import outcome, registered
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.appeals.drafts import a_draft

Visit = Callable[..., str]
Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db


@pytest.fixture
def boris(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="boris", role=Role.OPERATOR, name="Борис")


def test_a_draft_is_sent_as_it_is_by_one_of_two(routed: Routed, anna: Member, boris: Member) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation)
    send = partial(answer, conversation=conversation, text=draft.text, draft=draft)
    send(member=anna, key=uuid.uuid4())
    with pytest.raises(Rejected):
        send(member=boris, key=uuid.uuid4())

    assert Delivery.objects.count() == 1


def test_a_draft_the_client_overtook_is_not_sent_as_it_is_but_may_be_edited(
    routed: Routed, anna: Member
) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation)
    outdate(conversation)
    with pytest.raises(Rejected):
        answer(conversation=conversation, member=anna, text=draft.text, key=uuid.uuid4(), draft=draft)
    answer(conversation=conversation, member=anna, text="Иначе", key=uuid.uuid4(), draft=draft)

    assert [delivery.text for delivery in Delivery.objects.all()] == ["Иначе"]


def test_lines_of_a_draft_count_as_sent_unchanged(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation, text="Добрый день!\nДа, есть.")
    # As a browser sends a form.
    data = {"text": "Добрый день!\r\nДа, есть.", "key": str(uuid.uuid4()), "draft": str(draft.pk)}
    assert desk.post(f"/admin/desk/{conversation.pk}/answer/", data).json() == {"ok": True}

    draft.refresh_from_db()
    assert (draft.fate, Delivery.objects.get().text) == (DraftFate.ACCEPTED, "Добрый день!\nДа, есть.")


def test_no_draft_is_ordered_where_nobody_waits_or_the_client_still_writes(routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    appeal = Appeal.objects.get()
    batch = Batch.objects.create(tenant=conversation.tenant, conversation=conversation)
    conversation.refresh_from_db()
    order(appeal=appeal, conversation=conversation)
    assert not Draft.objects.exists()
    batch.delete()
    conversation.waiting_since = None
    order(appeal=appeal, conversation=conversation)
    assert not Draft.objects.exists()
    conversation.waiting_since = timezone.now()
    order(appeal=appeal, conversation=conversation)
    assert Draft.objects.count() == 1


def test_a_draft_that_cannot_be_written_is_not_waited_for(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation, text="", fate="", state=State.RUNNING)
    stamp = desk.get(f"/admin/desk/{conversation.pk}/").context["stamp"]
    work = registered()["appeals.Draft"]
    outcome.settle_error(work, draft, Rejected(code="no"))

    parts = desk.get(f"/admin/desk/{conversation.pk}/live/?stamp={stamp}").json()
    assert "data-draft" not in parts["draft"]


def test_a_thank_you_needs_no_answer(routed: Routed, desk: Client) -> None:
    conversation = routed("Спасибо!")
    draft = a_draft(conversation)
    assert desk.post(f"/admin/desk/{conversation.pk}/no-answer/").json() == {"ok": True}

    conversation.refresh_from_db()
    draft.refresh_from_db()
    assert (conversation.waiting_since, draft.fate) == (None, DraftFate.OUTDATED)
    assert Delivery.objects.count() == 0


def test_who_closes_an_appeal_leaves_nobody_waiting_but_him_who_writes_at_that_moment(
    routed: Routed, visit: Visit
) -> None:
    conversation = routed("Спасибо!")
    set_status(appeal=Appeal.objects.get(), status=AppealStatus.CLOSED)
    conversation.refresh_from_db()
    assert conversation.waiting_since is None

    set_status(appeal=Appeal.objects.get(), status=AppealStatus.IN_PROGRESS)
    people.client_wrote(conversation, at=timezone.now())
    Batch.objects.create(tenant=conversation.tenant, conversation=conversation)
    set_status(appeal=Appeal.objects.get(), status=AppealStatus.CLOSED)
    conversation.refresh_from_db()
    assert conversation.waiting_since is not None
