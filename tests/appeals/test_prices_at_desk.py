"""The price list at the desk and in the AI's drafts."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.ai.models import Purpose
from apps.ai.wording import rules
from apps.appeals import drafting
from apps.appeals.first_start import create_demo
from apps.appeals.models import Appeal, Device, Draft, PriceItem, Repair
from apps.appeals.prices.matching import offers
from apps.channels.models import Channel
from apps.tenants.models import Tenant
from tests.appeals.test_prices_matching import appeal_of, fill_list

LIST = """
Apple | iPhone 14 Pro | Замена аккумулятора | 4500
Apple | iPhone 14 Pro | Замена дисплея (оригинал) | 24000
Apple | iPhone 14 Pro | Замена дисплея (копия) | 9000
Apple | iPhone 13 | Замена аккумулятора | 4000
"""


@pytest.fixture
def priced(shop: Tenant) -> Tenant:
    fill_list(shop, LIST)
    return shop


def panel(desk: Client, appeal: Appeal) -> str:
    answer = desk.get(f"/admin/desk/{appeal.conversation_id}/")
    assert answer.status_code == 200
    return answer.text


def fills(page: str) -> list[str]:
    return re.findall(r'data-fill-price="([^"]*)"', page)


def test_the_fitting_price_is_offered_to_be_filled_in(priced: Tenant, chat: Channel, desk: Client) -> None:
    page = panel(desk, appeal_of(chat, ("", "айфон 14 про", ["замена батареи"])))
    assert fills(page) == ["4500"]
    assert "По прайсу:" in page
    assert "4\u00a0500\u00a0₽" in page


def test_several_that_fit_are_a_list(priced: Tenant, chat: Channel, desk: Client) -> None:
    page = panel(desk, appeal_of(chat, ("Apple", "iPhone 14 Pro", ["замена экрана"])))
    assert fills(page) == ["9000", "24000"]
    assert "Замена дисплея (оригинал)" in page


@pytest.mark.parametrize(("price", "is_marked"), [("4500", False), ("4700", True), (None, False)])
def test_another_price_than_the_lists_is_marked(
    priced: Tenant, chat: Channel, desk: Client, price: str | None, is_marked: bool
) -> None:
    appeal = appeal_of(chat, ("Apple", "iPhone 14 Pro", ["Замена АКБ"]))
    Repair.objects.update(price=price)
    assert ("priced-mark" in panel(desk, appeal)) is is_marked


def test_a_model_that_nobody_named_is_told_and_marks_nothing(
    priced: Tenant, chat: Channel, desk: Client
) -> None:
    appeal = appeal_of(chat, ("", "айфон", ["Замена АКБ"]))
    Repair.objects.update(price=Decimal(1))
    page = panel(desk, appeal)
    assert "Модель не названа" in page
    assert fills(page) == ["4000", "4500"]
    assert "priced-mark" not in page


def test_a_new_repair_chooses_from_the_works_of_its_device(
    priced: Tenant, chat: Channel, desk: Client
) -> None:
    appeal = appeal_of(chat, ("Apple", "iPhone 14 Pro", []))
    page = panel(desk, appeal)
    device = Device.objects.get()
    assert f'<datalist id="works-{device.pk}">' in page
    assert 'value="Замена аккумулятора" label="4\u00a0500\u00a0₽" data-price="4500"' in page


def test_more_repairs_cost_no_more_queries(priced: Tenant, chat: Channel, desk: Client) -> None:
    few = appeal_of(chat, ("Apple", "iPhone 14 Pro", ["Замена АКБ"]))
    many = appeal_of(
        chat, *[("Apple", f"iPhone {n}", ["Замена АКБ", "Замена экрана"]) for n in range(10, 16)]
    )
    # The first look notes that somebody is there.
    panel(desk, few)
    panel(desk, many)
    with CaptureQueriesContext(connection) as one:
        panel(desk, few)
    with CaptureQueriesContext(connection) as several:
        panel(desk, many)
    assert len(several) == len(one)


def test_the_ai_gets_the_fitting_prices_and_may_name_no_others(priced: Tenant, chat: Channel) -> None:
    appeal = appeal_of(chat, ("Apple", "iPhone 14 Pro", ["Замена АКБ"]))
    PriceItem.objects.filter(price=4500).update(warranty="90 дней", is_from=True)
    draft = Draft(appeal=appeal, tenant=appeal.tenant)
    facts: Any = drafting._facts(draft)
    assert facts.prices == ["Apple iPhone 14 Pro · Замена аккумулятора: от 4 500 ₽; гарантия: 90 дней"]
    assert "только если они есть в prices" in rules(language="ru", purpose=Purpose.DRAFT)
    assert "only if they stand in prices" in rules(language="en", purpose=Purpose.DRAFT)


def test_the_prices_of_a_draft_are_bounded(shop: Tenant, chat: Channel) -> None:
    fill_list(shop, "\n".join(f"Apple | iPhone {n} | Замена аккумулятора | {n}00" for n in range(4, 90)))
    appeal = appeal_of(chat, ("", "айфон", ["Замена АКБ"]), ("", "iphone", ["АКБ"]))
    assert len(drafting._facts(Draft(appeal=appeal, tenant=shop)).prices) == 30


def test_the_demo_has_a_small_price_list(db: None) -> None:
    create_demo()
    tenant = Tenant.objects.get(slug="demo")
    [offer] = offers(tenant=tenant, model="айфон 14 про", work="замена акб")
    assert offer.price == 4500
