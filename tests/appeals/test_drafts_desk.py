"""A draft at the desk: sent, changed, discarded and brought back by the operator, and never by itself."""

import pytest
from django.test import Client

from apps.appeals.models import DraftFate
from apps.channels.models import Delivery
from apps.tenants.models import Member
from tests.appeals.drafts import a_draft
from tests.appeals.test_desk import Routed, send
from tests.work import drain

pytestmark = pytest.mark.django_db


def test_a_draft_sent_as_it_is_counts_as_accepted(desk: Client, routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation, text="Добрый день! Батарея есть.")
    assert "Батарея есть." in desk.get(f"/admin/desk/{conversation.pk}/").content.decode()

    send(desk, conversation, draft.text, draft=draft)

    draft.refresh_from_db()
    assert draft.fate == DraftFate.ACCEPTED


def test_a_draft_changed_before_sending_counts_as_edited(desk: Client, routed: Routed, anna: Member) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation, text="Добрый день!")
    send(desk, conversation, "Добрый вечер!", draft=draft)

    draft.refresh_from_db()
    assert (draft.fate, draft.decided_by) == (DraftFate.EDITED, anna)


def test_a_draft_is_never_sent_by_itself(desk: Client, routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    a_draft(conversation, text="Добрый день!")
    drain()

    assert Delivery.objects.count() == 0


def test_a_discarded_draft_is_gone_from_the_page_and_comes_back_when_wanted(
    desk: Client, routed: Routed, anna: Member
) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation, text="Добрый день, вот цена: 3500 ₽")
    address = f"/admin/desk/{conversation.pk}/"
    desk.post(f"{address}draft/{draft.pk}/discard/")
    draft.refresh_from_db()
    assert (draft.fate, draft.decided_by) == (DraftFate.DISCARDED, anna)
    page = desk.get(address).content.decode()
    assert "вот цена" not in page
    assert f"{address}draft/{draft.pk}/back/" in page

    desk.post(f"{address}draft/{draft.pk}/back/")
    draft.refresh_from_db()
    assert (draft.fate, draft.decided_by) == (DraftFate.WAITING, None)
    assert draft.unproven == ["3500 ₽"], "nobody has named the price since"
    assert "вот цена" in desk.get(address).content.decode()


def test_a_discarded_draft_that_answers_yesterdays_question_does_not_come_back(
    desk: Client, routed: Routed
) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation, text="Добрый день, вот цена")
    address = f"/admin/desk/{conversation.pk}/"
    desk.post(f"{address}draft/{draft.pk}/discard/")
    send(desk, conversation, "Уже ответил сам")
    assert "/back/" not in desk.get(address).content.decode()
    desk.post(f"{address}draft/{draft.pk}/back/")
    draft.refresh_from_db()
    assert draft.fate == DraftFate.DISCARDED
