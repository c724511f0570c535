"""A draft shows on whose word its figures rest; one that invents a price does not go out by one click."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals.models import (
    Appeal,
    Author,
    Conversation,
    Device,
    Draft,
    DraftFate,
    Message,
    Part,
    PriceItem,
    Repair,
)
from apps.appeals.prices.keeping import save_item
from apps.channels.models import Delivery
from apps.tenants.models import Member, Tenant
from tests.appeals.drafts import proposed
from tests.work import drain

Routed = Callable[..., Conversation]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db

INVENTED = "Здравствуйте! Батарея стоит 3500 рублей."


@pytest.fixture
def conversation(routed: Routed) -> Conversation:
    return routed("Здравствуйте! Сколько стоит батарея? Могу завтра к трём")


def send(desk: Client, draft: Draft, text: str = "", **values: str) -> Any:
    form = {"text": text or draft.text, "key": str(uuid.uuid4()), "draft": str(draft.pk), **values}
    return desk.post(f"/admin/desk/{draft.appeal.conversation_id}/answer/", form).json()


def priced(appeal: Appeal, amount: int, work: str = "Замена батареи") -> Repair:
    device = Device.objects.create(tenant=appeal.tenant, appeal=appeal, brand="Apple", model="iPhone 14")
    return Repair.objects.create(tenant=appeal.tenant, device=device, repair_type=work, price=Decimal(amount))


def sources(draft: Draft) -> dict[str, str]:
    draft.refresh_from_db()
    return {figure["text"]: figure["source"] for figure in draft.figures}


def test_an_invented_price_is_refused_and_named(desk: Client, conversation: Conversation, page: Page) -> None:
    draft = proposed(conversation, INVENTED)
    answer = send(desk, draft)

    assert (answer["ok"], answer["code"]) == (False, "unproven")
    assert "3500 рублей" in answer["error"]
    assert Delivery.objects.count() == 0
    draft.refresh_from_db()
    assert draft.fate == DraftFate.WAITING
    shown = page(conversation)
    assert 'data-unproven="3500 рублей"' in shown
    assert "никто не называл" in shown


def test_an_operator_may_vouch_for_it(desk: Client, conversation: Conversation, anna: Member) -> None:
    draft = proposed(conversation, INVENTED)
    assert send(desk, draft, vouched="1") == {"ok": True}

    draft.refresh_from_db()
    assert (draft.fate, draft.decided_by) == (DraftFate.VOUCHED, anna)
    assert Delivery.objects.get().text == INVENTED


def test_an_edited_draft_is_the_operators_own_word(desk: Client, conversation: Conversation) -> None:
    draft = proposed(conversation, INVENTED)
    assert send(desk, draft, INVENTED.replace("3500", "3700")) == {"ok": True}

    draft.refresh_from_db()
    assert draft.fate == DraftFate.EDITED


def test_a_price_of_the_order_proves_it_once_it_was_entered(
    desk: Client, conversation: Conversation, page: Page
) -> None:
    draft = proposed(conversation, INVENTED)
    repair = priced(draft.appeal, 3500)
    assert desk.post(f"/admin/desk/{conversation.pk}/draft/{draft.pk}/check/").json() == {"ok": True}

    assert sources(draft) == {"3500 рублей": "order"}
    assert "Apple iPhone 14: Замена батареи" in page(conversation)
    assert "data-unproven" not in page(conversation)
    Repair.objects.filter(pk=repair.pk).update(price=Decimal(3900))
    assert send(desk, draft)["code"] == "unproven"  # as it is now, not as it was
    Repair.objects.filter(pk=repair.pk).update(price=Decimal(3500))
    assert send(desk, draft) == {"ok": True}
    draft.refresh_from_db()
    assert draft.fate == DraftFate.ACCEPTED


def test_parts_and_the_orders_total_are_known(conversation: Conversation) -> None:
    appeal = Appeal.objects.get()
    repair = priced(appeal, 3500)
    Part.objects.create(tenant=appeal.tenant, repair=repair, name="Клей", quantity=2, price=Decimal(150))
    draft = proposed(conversation, "Клей 300 рублей, всего 3800 рублей, а со скидкой 3700")
    assert sources(draft) == {"300 рублей": "order", "3800 рублей": "order", "3700": ""}


def test_the_price_list_proves_both_ends_of_what_it_offers(conversation: Conversation, page: Page) -> None:
    appeal = conversation.appeals.get()
    Device.objects.create(tenant=appeal.tenant, appeal=appeal, brand="Apple", model="iPhone 14")
    line = PriceItem(
        tenant=appeal.tenant,
        brand="Apple",
        model="iPhone 14",
        work="Замена батареи",
        price=Decimal(3500),
        price_to=Decimal(4200),
    )
    save_item(item=line, member=None)
    draft = proposed(conversation, "От 3500 до 4200 рублей, но не 4000")
    assert sources(draft) == {"3500": "prices", "4200 рублей": "prices", "4000": ""}
    assert "Apple iPhone 14: Замена батареи" in page(conversation)


def test_an_operators_words_prove_and_the_clients_do_not_set_a_price(
    desk: Client, conversation: Conversation, anna: Member, page: Page
) -> None:
    said(conversation, Author.OPERATOR, "Батарея три пять")
    client = said(conversation, Author.CLIENT, "А за 3000 сделаете? Приеду завтра к трём")
    draft = proposed(conversation, "Батарея 3500 рублей, не 3000. Ждём завтра в 15:00")

    assert sources(draft) == {
        "3500 рублей": "operator",
        "3000": "client",
        "завтра": "client",
        "15:00": "client",
    }
    assert draft.unproven == ["3000"]
    shown = page(conversation)
    assert f'href="#m{client.pk}"' in shown
    assert "слова клиента" in shown


def test_what_the_ai_itself_sent_proves_nothing(conversation: Conversation) -> None:
    said(conversation, Author.AI, "Батарея 3500 рублей")
    assert sources(proposed(conversation, INVENTED)) == {"3500 рублей": ""}


def test_tomorrow_of_yesterdays_draft_is_another_day(desk: Client, conversation: Conversation) -> None:
    Message.objects.update(sent_at=timezone.now() - timedelta(days=1))
    draft = proposed(conversation, "Ждём вас завтра")
    assert send(desk, draft)["code"] == "unproven"


def test_the_working_hours_are_the_organisations_own_word(conversation: Conversation, shop: Tenant) -> None:
    shop.working_hours = {"mon-fri": "09:00-20:00"}
    shop.save()
    draft = proposed(conversation, "Работаем по будням с 9:00 до 20:00, в субботу не работаем")
    assert sources(draft) == {"по будням": "tenant", "9:00": "tenant", "20:00": "tenant", "субботу": ""}


def test_another_organisations_draft_is_not_looked_at(
    desk: Client, conversation: Conversation, tenant_b: Tenant
) -> None:
    Conversation.objects.update(tenant=tenant_b)
    draft = proposed(conversation, INVENTED)
    assert desk.post(f"/admin/desk/{conversation.pk}/draft/{draft.pk}/check/").status_code == 404


def said(conversation: Conversation, author: Author, text: str) -> Message:
    return Message.objects.create(
        tenant=conversation.tenant,
        conversation=conversation,
        author=author,
        text=text,
        sent_at=timezone.now(),
    )


def test_drain_leaves_a_waiting_draft_alone(conversation: Conversation) -> None:
    proposed(conversation, "Добрый день!")
    drain()
    assert Delivery.objects.count() == 0
