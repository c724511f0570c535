"""What the price list offers for a device and a work, as people write them."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.appeals.models import Appeal, Device, PriceItem, PriceSynonym, Repair
from apps.appeals.prices.keys import fill, reader_of, rekey
from apps.appeals.prices.matching import Fit, offers, prices_for
from apps.tenants.models import Tenant
from tests.appeals.mailing import client_of

LIST = """
Apple | iPhone 14 | Замена аккумулятора | 3500
Apple | iPhone 14 Pro | Замена аккумулятора | 4500
Apple | iPhone 14 Pro | Замена дисплея (оригинал) | 24000
Apple | iPhone 14 Pro | Замена дисплея (копия) | 9000
Apple | iPhone 14 Pro | Замена заднего стекла | 7000
Apple | iPhone 14 Pro Max | Замена аккумулятора | 4900
Apple | iPhone X | Замена аккумулятора | 2500
Apple | iPhone XR | Замена АКБ | 2600
Apple | iPhone SE 2020 | Замена аккумулятора | 2400
Apple | | Чистка после воды | 2000
Samsung | Galaxy S21 | Замена экрана | 15000
Samsung | Galaxy S21+ | Замена экрана | 17000
Samsung | A54 | Замена разъёма зарядки | 2200
Xiaomi | Redmi Note 10 | Замена дисплея | 5000
Asus | Zenfone 9 | Замена аккумулятора | 3900
| | Диагностика | 0
"""


def fill_list(tenant: Tenant, lines: str = LIST) -> None:
    reader = reader_of(tenant)
    for line in lines.strip().splitlines():
        brand, model, work, price = (cell.strip() for cell in line.split("|"))
        item = PriceItem(tenant=tenant, brand=brand, model=model, work=work, price=Decimal(price))
        fill(item, reader).save()


@pytest.fixture
def priced(shop: Tenant) -> Tenant:
    fill_list(shop)
    return shop


def prices(tenant: Tenant, brand: str, model: str, work: str) -> list[int]:
    return [int(offer.price) for offer in offers(tenant=tenant, brand=brand, model=model, work=work)]


@pytest.mark.parametrize(
    ("brand", "model", "work", "expected"),
    [
        ("Apple", "iPhone 14 Pro", "Замена аккумулятора", [4500]),
        ("", "айфон 14 про", "замена батареи", [4500]),
        ("", "iPhone14 Pro", "АКБ", [4500]),
        ("apple", "IPHONE 14PRO 256 GB", "поменять батарейку", [4500]),
        ("Айфон", "14 Pro", "аккумулятор", [4500]),
        ("Apple", "14 Pro", "аккумулятор", [4500]),
        ("", "iРhоnе 14 Рrо", "замена акумулятора", [4500]),
        ("Apple", "iPhone 14", "Замена аккумулятора", [3500]),
        ("Apple", "iPhone 14 Pro Max", "Замена аккумулятора", [4900]),
        ("", "айфон 14 промакс", "батарея", [4900]),
        ("Apple", "iPhone 15", "Замена аккумулятора", []),
        ("Apple", "iPhone 14 Plus", "Замена аккумулятора", []),
        ("", "iPhone Х", "замена батареи", [2500]),
        ("", "айфон хр", "замена батареи", [2600]),
        ("Apple", "iPhne 14 Pro", "Замена аккумулятора", [4500]),
        ("", "iPhnoe 14 Pro", "Замена аккумулятора", [4500]),
        ("", "iPhone 14 Prro", "Замена аккумулятора", []),
        ("Asus", "ZenFon 9", "Замена аккумулятора", [3900]),
        ("Asus", "ZenFon 8", "Замена аккумулятора", []),
        ("Apple", "iPhone 14 Pro", "замена экрана", [9000, 24000]),
        ("Apple", "iPhone 14 Pro", "копия дисплея", [9000]),
        ("Apple", "iPhone 14 Pro", "заднее стекло", [7000]),
        ("Apple", "iPhone 14 Pro", "после воды", [2000]),
        ("", "iPhone 12", "чистка от влаги", [2000]),
        ("Samsung", "Galaxy S21", "замена дисплея", [15000]),
        ("", "самсунг с21", "разбит экран", [15000]),
        ("Samsung", "S21 Plus", "замена дисплея", [17000]),
        ("Samsung", "Galaxy А54", "замена гнезда зарядки", [2200]),
        ("Redmi", "Note 10", "замена экрана", [5000]),
        ("", "ксиоми редми нот 10", "экран", [5000]),
        ("Nokia", "3310", "диагностика", [0]),
        ("", "", "диагностика", [0]),
        ("Samsung", "Galaxy S21", "Замена аккумулятора", []),
        ("", "", "", []),
    ],
)
def test_people_write_it_in_their_own_ways(
    priced: Tenant, brand: str, model: str, work: str, expected: list[int]
) -> None:
    assert prices(priced, brand, model, work) == expected


def test_a_tenants_own_words_count_for_its_list_and_for_what_is_asked(priced: Tenant) -> None:
    assert prices(priced, "", "яблоко 14 про", "замена сердечка") == []
    PriceSynonym.objects.create(tenant=priced, word="яблоко", means="айфон")
    PriceSynonym.objects.create(tenant=priced, word="сердечко", means="аккумулятор")
    assert prices(priced, "", "яблоко 14 про", "замена сердечка") == [4500]

    fill_list(priced, "Яблоко | 13 мини | Замена сердечка | 3100")
    assert prices(priced, "Apple", "iPhone 13 mini", "замена АКБ") == [3100]


def test_the_list_is_found_by_new_words_once_it_is_keyed_anew(priced: Tenant) -> None:
    fill_list(priced, "Яблоко | 13 мини | Замена АКБ | 3100")
    PriceSynonym.objects.create(tenant=priced, word="яблоко", means="айфон")
    assert prices(priced, "Apple", "iPhone 13 mini", "аккумулятор") == []
    assert rekey(priced) == 1
    assert prices(priced, "Apple", "iPhone 13 mini", "аккумулятор") == [3100]
    assert rekey(priced) == 0


def test_a_line_for_the_model_puts_out_that_for_the_brand(priced: Tenant) -> None:
    fill_list(priced, "Apple | | Замена аккумулятора | 3000\nApple | iPhone | Замена аккумулятора | 3200")
    assert prices(priced, "", "iPhone 14", "аккумулятор") == [3500]
    assert prices(priced, "", "iPhone 11", "аккумулятор") == [3200]
    assert prices(priced, "", "iPad 9", "аккумулятор") == [3000]
    [wider] = offers(tenant=priced, brand="Apple", model="iPad 9", work="аккумулятор")
    assert wider.fit is Fit.WIDER


def test_where_no_model_is_named_all_it_may_be_are_told_apart(priced: Tenant) -> None:
    found = offers(tenant=priced, model="айфон", work="замена аккумулятора")
    assert {offer.fit for offer in found} == {Fit.ONE_OF}
    assert {offer.model for offer in found} == {
        "iPhone 14",
        "iPhone 14 Pro",
        "iPhone 14 Pro Max",
        "iPhone X",
        "iPhone XR",
        "iPhone SE 2020",
    }


def test_without_a_work_all_of_the_device_are_offered(priced: Tenant) -> None:
    assert prices(priced, "Samsung", "A54", "") == [2200, 0]


def test_a_range_and_a_lowest_price_are_kept_to() -> None:
    from apps.appeals.prices.matching import Offer

    base: dict[str, Any] = {"brand": "", "model": "", "work": "", "part": "", "currency": "RUB"}
    assert Offer(**base, price=Decimal(3500)).covers(Decimal("3500.00"))
    assert not Offer(**base, price=Decimal(3500)).covers(Decimal(3600))
    assert Offer(**base, price=Decimal(3500), price_to=Decimal(4000)).covers(Decimal(3600))
    assert not Offer(**base, price=Decimal(3500), price_to=Decimal(4000)).covers(Decimal(4001))
    assert Offer(**base, price=Decimal(3500), is_from=True).covers(Decimal(9000))
    assert not Offer(**base, price=Decimal(3500), is_from=True).covers(Decimal(3499))


def test_what_is_out_of_use_and_what_is_another_tenants_is_not_offered(
    priced: Tenant, tenant_b: Tenant
) -> None:
    fill_list(tenant_b, "Nokia | 3310 | Замена аккумулятора | 900")
    assert prices(priced, "Nokia", "3310", "аккумулятор") == []
    PriceItem.objects.filter(tenant=tenant_b).update(is_active=False)
    assert prices(tenant_b, "Nokia", "3310", "аккумулятор") == []


def appeal_of(channel: Any, *devices: tuple[str, str, list[str]]) -> Appeal:
    chat = client_of(channel)
    appeal = Appeal.objects.create(
        tenant=chat.tenant, contact=chat.contact, conversation=chat, channel=channel
    )
    for brand, model, repairs in devices:
        device = Device.objects.create(tenant=chat.tenant, appeal=appeal, brand=brand, model=model)
        for repair in repairs:
            Repair.objects.create(tenant=chat.tenant, device=device, repair_type=repair)
    return appeal


def test_an_appeals_prices_are_of_its_devices_and_repairs(priced: Tenant, chat: Any) -> None:
    appeal = appeal_of(
        chat,
        ("Apple", "iPhone 14 Pro", ["Замена батареи", "Замена экрана"]),
        ("Samsung", "A54", []),
    )
    assert [int(offer.price) for offer in prices_for(appeal=appeal)] == [4500, 9000, 24000, 2200, 0]
    Repair.objects.filter(repair_type="Замена экрана").update(removed_at="2026-11-01T10:00:00Z")
    assert [int(offer.price) for offer in prices_for(appeal=appeal)] == [4500, 2200, 0]


def test_more_devices_cost_no_more_queries(priced: Tenant, chat: Any) -> None:
    few = appeal_of(chat, ("Apple", "iPhone 14 Pro", ["Замена батареи"]))
    many = appeal_of(
        chat,
        *[("Apple", f"iPhone {n} Pro", ["Замена батареи"]) for n in range(10, 20)],
        ("Asus", "ZenFon 9", ["Замена батареи"]),
        ("", "айфон", ["Замена экрана", "Замена батареи"]),
    )
    with CaptureQueriesContext(
        connection,
    ) as one:
        prices_for(appeal=Appeal.objects.select_related("tenant").get(pk=few.pk))
    with CaptureQueriesContext(connection) as several:
        prices_for(appeal=Appeal.objects.select_related("tenant").get(pk=many.pk))
    # The appeal, devices, repairs, words, lines; then the misspelt ones twice, and those without a model.
    assert (len(one), len(several)) == (5, 8)
