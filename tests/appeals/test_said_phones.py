"""A phone that a client wrote in a chat stands on another's card: suggested with its words, never merged."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.appeals.models import Appeal, Author, Contact, ContactMerge, Conversation, Message
from apps.channels.models import Channel
from apps.core.phones import phones_in
from apps.tenants.membership import add_member
from apps.tenants.models import Phones, Role, Sees, Tenant
from tests.appeals.doubles import Beside, address, beside, vanya, with_phone
from tests.appeals.mailing import client_of

__all__ = ["beside", "vanya"]

pytestmark = pytest.mark.django_db
WORDS = "Перезвоните мне на 8 900 111-22-33, пожалуйста, после шести"


@pytest.fixture
def ivan(bot: Channel) -> Conversation:
    return client_of(bot, "Иван Петров")


def writes(talk: Conversation, text: str, **fields: Any) -> Message:
    given = {"author": Author.CLIENT, "sent_at": timezone.now(), **fields}
    return Message.objects.create(tenant=talk.tenant, conversation=talk, text=text, **given)


def test_it_is_suggested_with_the_words_and_the_way_to_them(
    ivan: Conversation, vanya: Conversation, beside: Beside
) -> None:
    writes(ivan, WORDS, sent_at=timezone.now() - timedelta(days=900))
    newer = writes(ivan, "Номер: +7(900)1112233")
    shown = beside(ivan)
    part = shown[shown.index('id="alike"') : shown.index('id="merging"')]
    assert part.count("<article") == 1
    for said in ("Ваня", "этот телефон написан в чате", "Номер: +7(900)1112233", newer.get_absolute_url()):
        assert said in part, said
    assert not ContactMerge.objects.exists()


def test_the_words_around_a_phone_are_enough_however_old_they_are(
    ivan: Conversation, vanya: Conversation, beside: Beside
) -> None:
    writes(ivan, f"{'слово ' * 50}{WORDS}{' ещё' * 50}", sent_at=timezone.now() - timedelta(days=2000))
    shown = beside(ivan)
    assert "Перезвоните мне на 8 900 111-22-33, пожалуйста, после шести" in shown
    assert "слово " * 10 not in shown


def test_it_is_merged_by_a_press_and_that_is_undone(
    ivan: Conversation, vanya: Conversation, desk: Client, beside: Beside
) -> None:
    writes(ivan, WORDS)
    assert desk.post(address(ivan, vanya, "merge/")).json() == {"ok": True}
    row = ContactMerge.objects.get()
    assert desk.post(f"/admin/desk/{ivan.pk}/client/merges/{row.pk}/undo/").json()["ok"]
    assert Contact.objects.get(pk=ivan.contact_id).phone == ""
    assert "этот телефон написан в чате" in beside(ivan)
    desk.post(address(ivan, vanya, "apart/"))
    assert "этот телефон написан в чате" not in beside(ivan)


@pytest.mark.parametrize(
    "said",
    [
        {"author": Author.OPERATOR, "text": WORDS},
        {"deleted_at": timezone.now(), "text": WORDS},
        {"text": "Заказ 89001112233456789"},
        {"text": "Экран стоит 8900, звонить 111-22-33"},
        {"text": "Другой номер: 8 900 111-22-34"},
    ],
)
def test_what_is_no_clients_phone_suggests_nobody(
    ivan: Conversation, vanya: Conversation, beside: Beside, said: dict[str, Any]
) -> None:
    writes(ivan, **said)
    assert "Возможно, это один клиент" not in beside(ivan)


def test_words_in_a_conversation_that_a_colleague_leads_are_not_quoted(
    ivan: Conversation, vanya: Conversation, bot: Channel, shop: Tenant, beside: Beside
) -> None:
    boris = add_member(tenant=shop, username="boris", role=Role.OPERATOR, name="Борис")
    theirs = client_of(bot, contact=ivan.contact)
    writes(theirs, WORDS)
    assert "этот телефон написан в чате" in beside(ivan)
    led = Appeal.objects.create(
        tenant=shop, contact=ivan.contact, conversation=theirs, channel=bot, operator=boris
    )
    Conversation.objects.filter(pk=theirs.pk).update(current_appeal=led)
    Tenant.objects.filter(pk=shop.pk).update(operators_see=Sees.OWN)
    assert "этот телефон" not in beside(ivan)


def test_whoever_is_not_to_see_phones_reads_the_words_without_it(
    ivan: Conversation, vanya: Conversation, shop: Tenant, beside: Beside
) -> None:
    writes(ivan, WORDS)
    Tenant.objects.filter(pk=shop.pk).update(operators_phones=Phones.HIDDEN)
    shown = beside(ivan)
    assert "Перезвоните мне на +7 900 •••-••-33" in shown
    assert "9001112233" not in re.sub(r"\D", "", shown)


def test_another_organisations_card_is_nobodys_here(
    ivan: Conversation, tenant_b: Tenant, beside: Beside
) -> None:
    Contact.objects.create(tenant=tenant_b, name="Чужой", phone="8 900 111-22-33")
    writes(ivan, WORDS)
    assert "Чужой" not in beside(ivan)


def test_it_costs_three_queries_however_much_was_written(
    ivan: Conversation, vanya: Conversation, bot: Channel, beside: Beside
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            beside(ivan)
        return len(queries)

    writes(ivan, WORDS)
    few = count()
    for number in range(30):
        writes(ivan, f"И ещё 8 900 111-23-{number:02}")
        with_phone(client_of(bot, f"К{number}"), f"+7 900 111 23 {number:02}")
    assert count() == few


def test_phones_in_words_are_told_with_their_places() -> None:
    text = "Мой 8 900 111-22-33, жены +375 29 123-45-67; цена 12500, заказ №9001112233, дом 111-22-33"
    assert [(text[start:end], phone) for start, end, phone in phones_in(text)] == [
        ("8 900 111-22-33", "+79001112233"),
        ("+375 29 123-45-67", "+375291234567"),
    ]
