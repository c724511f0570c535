"""The pages of the price list: who may do what there, and what they show."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.appeals.models import PriceImport, PriceItem, PriceSynonym
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant
from tests.appeals.test_prices_importing import FIRST, SECOND, applied, brought
from tests.work import drain

LIST = "/admin/appeals/priceitem/"


@pytest.fixture
def lead(shop: Tenant) -> Client:
    member = add_member(tenant=shop, username="lead", password="pass-word-1", role=Role.HEAD, name="Ольга")
    client = Client()
    client.force_login(member.user)
    return client


def upload(client: Client, content: bytes, name: str = "прайс.csv", **more: Any) -> Any:
    return client.post(f"{LIST}import/", {"file": SimpleUploadedFile(name, content), **more}, follow=True)


def test_a_file_goes_from_the_upload_to_the_list_and_back(lead: Client, shop: Tenant) -> None:
    answer = upload(lead, FIRST.encode("cp1251"))
    imported = PriceImport.objects.get()
    assert "Замена АКБ" in answer.text
    assert "3\u00a0500\u00a0₽" in answer.text
    assert "от 9\u00a0000\u00a0₽" in answer.text
    seen = answer.context["plan"].fingerprint
    page = f"{LIST}import/{imported.pk}/"
    assert lead.post(f"{page}do/", {"act": "confirm", "fingerprint": seen}).status_code == 302
    assert 'http-equiv="refresh"' in lead.get(page).text
    drain()
    assert 'http-equiv="refresh"' not in lead.get(page).text
    assert PriceItem.objects.filter(tenant=shop, updated_by__name="Ольга").count() == 2

    asked = lead.post(f"{page}do/", {"act": "undo"})
    assert "Отменить импорт?" in asked.text
    assert PriceItem.objects.count() == 2
    lead.post(f"{page}do/", {"act": "undo", "confirmed": "1"})
    drain()
    assert PriceItem.objects.count() == 0
    assert "Импорт отменён" in lead.get(page).text


def test_the_preview_shows_old_and_new_prices_and_what_is_wrong(lead: Client, shop: Tenant) -> None:
    applied(shop, FIRST)
    upload(lead, SECOND.encode())
    page = f"{LIST}import/{PriceImport.objects.latest('pk').pk}/"
    assert "что значит" not in lead.get(page).text
    first = lead.get(page)
    assert first.context["shown"] == "problems"
    changed = lead.get(page, {"show": "changed"}).text
    assert "<s>3\u00a0500\u00a0₽</s>" in changed
    assert "3\u00a0700\u00a0₽" in changed
    lead.post(f"{page}do/", {"act": "columns", "switch_off": "on", "header_rows": "1"} | columns())
    assert [kind for kind, _title, _n in lead.get(page).context["tabs"]] == [
        "problems",
        "changed",
        "new",
        "gone",
    ]


def columns() -> dict[str, str]:
    return {f"column-{at}": name for at, name in enumerate(("brand", "model", "work", "price", "warranty"))}


def test_unknown_columns_are_asked_for(lead: Client) -> None:
    answer = upload(lead, b"iPhone 14;battery;3500\n")
    assert "plan" not in answer.context
    page = f"{LIST}import/{PriceImport.objects.get().pk}/"
    refused = lead.post(
        f"{page}do/", {"act": "columns", "column-0": "model", "header_rows": "0"}, follow=True
    )
    assert "plan" not in refused.context
    given = {
        "act": "columns",
        "column-0": "model",
        "column-1": "work",
        "column-2": "price",
        "header_rows": "0",
    }
    assert len(lead.post(f"{page}do/", given, follow=True).context["plan"].new) == 1


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\x00", b"PK\x03\x04"])
def test_what_is_no_table_is_told_on_the_page(lead: Client, content: bytes) -> None:
    answer = upload(lead, content)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert not PriceImport.objects.exists()


def test_a_file_too_big_is_refused_before_it_is_read(lead: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.appeals.prices.importing.MOST_BYTES", 10)
    assert "10" in upload(lead, b"a;b\n1;2222222222").text
    assert not PriceImport.objects.exists()


def test_operators_read_and_take_away_but_change_nothing(desk: Client, shop: Tenant) -> None:
    applied(shop, FIRST)
    item = PriceItem.objects.order_by("pk").first()
    assert item is not None
    shown = desk.get(LIST)
    assert "iPhone 14" in shown.text
    assert 'name="form-0-price"' not in shown.text
    assert "Импорт" not in shown.text
    form = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": item.pk,
        "form-0-price": "1",
        "_save": "1",
    }
    desk.post(LIST, form)
    item.refresh_from_db()
    assert item.price == 3500
    imported = brought(shop, SECOND)
    for address in ("import/", f"import/{imported.pk}/", "template/csv/"):
        assert desk.get(f"{LIST}{address}").status_code == 403
    assert desk.post(f"{LIST}import/{imported.pk}/do/", {"act": "forget"}).status_code == 403
    assert b"iPhone 14" in b"".join(desk.get(f"{LIST}export/csv/"))


def test_a_price_is_changed_in_the_list_itself(lead: Client, shop: Tenant) -> None:
    applied(shop, FIRST)
    item = PriceItem.objects.get(price=3500)
    form = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": item.pk,
        "form-0-price": "3650,50",
        "form-0-price_to": "",
        "form-0-is_active": "on",
        "_save": "1",
    }
    assert lead.post(f"{LIST}?q=АКБ", form).status_code == 302
    item.refresh_from_db()
    assert (str(item.price), item.updated_by and item.updated_by.name) == ("3650.50", "Ольга")
    below = lead.post(f"{LIST}?q=АКБ", {**form, "form-0-price_to": "10"})
    assert below.status_code == 200
    item.refresh_from_db()
    assert item.price_to is None


def test_a_line_that_is_there_already_is_not_added_again(lead: Client, shop: Tenant) -> None:
    applied(shop, FIRST)
    line = {"brand": "APPLE", "model": "iphone14", "work": "замена акб", "price": "1", "currency": "RUB"}
    answer = lead.post(f"{LIST}add/", {**line, "part": "", "is_active": "on"})
    assert "Такая строка уже есть" in answer.text
    nothing = lead.post(f"{LIST}add/", {**line, "work": "", "is_active": "on"})
    assert "работу или запчасть" in nothing.text
    assert lead.post(f"{LIST}add/", {**line, "model": "iPhone 13", "is_active": "on"}).status_code == 302
    assert PriceItem.objects.get(model="iPhone 13").device_key == "13 apple iphone"


def test_the_search_understands_how_people_write(lead: Client, shop: Tenant) -> None:
    applied(shop, FIRST)
    assert lead.get(LIST, {"q": "айфон 14 батарея"}).context["cl"].result_count == 1
    assert lead.get(LIST, {"q": "айфон 15"}).context["cl"].result_count == 0
    assert lead.get(LIST, {"q": "+ %_ \\"}).status_code == 200


def test_a_synonym_takes_effect_at_once_and_goes_with_its_deletion(lead: Client, shop: Tenant) -> None:
    applied(shop, FIRST)
    lead.post("/admin/appeals/pricesynonym/add/", {"word": "  Сердечко ", "means": "АКБ"})
    synonym = PriceSynonym.objects.get()
    assert synonym.word == "сердечко"
    line = {
        "brand": "Apple",
        "model": "13",
        "work": "Сердечко",
        "price": "1",
        "currency": "RUB",
        "is_active": "on",
    }
    lead.post(f"{LIST}add/", line)
    assert PriceItem.objects.get(model="13").work_key == "аккумулятор"
    lead.post(f"/admin/appeals/pricesynonym/{synonym.pk}/delete/", {"post": "yes"})
    assert PriceItem.objects.get(model="13").work_key == "сердечк"
    wrong = lead.post("/admin/appeals/pricesynonym/add/", {"word": "раз два три четыре", "means": "АКБ"})
    assert wrong.status_code == 200


def test_the_list_costs_the_same_however_long_it_is(lead: Client, shop: Tenant) -> None:
    applied(shop, FIRST)
    lead.get(LIST)
    with CaptureQueriesContext(connection) as short:
        lead.get(LIST)
    applied(shop, FIRST + "".join(f"Apple;iPhone {n};Замена АКБ;{n}00;\n" for n in range(20, 60)))
    with CaptureQueriesContext(connection) as long:
        lead.get(LIST)
    assert len(short) == len(long)


def test_an_empty_list_says_how_to_begin(lead: Client, desk: Client) -> None:
    assert 'id="no-prices"' in lead.get(LIST).text
    assert "template/xlsx/" in lead.get(LIST).text
    assert "template/xlsx/" not in desk.get(LIST).text
    assert (
        lead.get(f"{LIST}template/xlsx/").headers["Content-Disposition"]
        == 'attachment; filename="prices.xlsx"'
    )
    assert lead.get(f"{LIST}template/doc/").status_code == 404


def test_a_superuser_says_whose_list_it_is(root: Any, shop: Tenant, tenant_b: Tenant) -> None:
    client = Client()
    client.force_login(root)
    assert "организаци" in upload(client, FIRST.encode()).text.lower()
    assert not PriceImport.objects.exists()
    upload(client, FIRST.encode(), tenant=str(shop.pk))
    assert PriceImport.objects.get().tenant == shop
    assert client.get(f"{LIST}export/csv/").status_code == 302
    assert client.get(f"{LIST}export/csv/", {"tenant": shop.pk}).status_code == 200
