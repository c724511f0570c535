"""A file becomes the price list: seen before it is written, written as a whole, and taken back as a whole."""

from decimal import Decimal
from typing import Any

import pytest

from apps.appeals.models import PriceImport, PriceItem
from apps.appeals.prices import applying
from apps.appeals.prices.comparing import Plan, plan_of
from apps.appeals.prices.exporting import csv_lines, example_lines, lines, xlsx_file
from apps.appeals.prices.importing import begin, confirm, last_id, set_columns, undo
from apps.appeals.prices.matching import offers
from apps.core.errors import Rejected
from apps.core.models import State
from apps.core.work.perform import run
from apps.tenants.models import Member, Tenant
from tests.work import drain

HEAD = "Бренд;Модель;Работа;Цена;Гарантия\n"
FIRST = HEAD + "Apple;iPhone 14;Замена АКБ;3500;90 дней\nApple;iPhone 14;Замена экрана;от 9000;\n"
SECOND = (
    HEAD + "Apple;iPhone 14;Замена АКБ;3 700 ₽;90 дней\nApple;iPhone 15;Замена АКБ;4000;\nApple;x;y;даром?;\n"
)


def brought(tenant: Tenant, text: str, member: Member | None = None, **fields: Any) -> PriceImport:
    imported = begin(tenant=tenant, member=member, name="прайс.csv", content=text.encode())
    if fields:
        PriceImport.objects.filter(pk=imported.pk).update(**fields)
        imported.refresh_from_db()
    return imported


def applied(tenant: Tenant, text: str, **fields: Any) -> PriceImport:
    imported = brought(tenant, text, **fields)
    confirm(imported=imported, fingerprint=plan_of(imported).fingerprint, member=None)
    drain()
    imported.refresh_from_db()
    return imported


def as_list(tenant: Tenant) -> list[tuple[str, str, int, bool]]:
    rows = PriceItem.objects.filter(tenant=tenant).order_by("model", "work")
    return [(row.model, row.work, int(row.price), row.is_active) for row in rows]


def test_the_preview_writes_nothing_and_tells_everything(shop: Tenant) -> None:
    applied(shop, FIRST)
    plan: Plan = plan_of(brought(shop, SECOND, switch_off=True))
    [changed] = plan.changed
    assert changed.before is not None
    assert (changed.before.values["price"], changed.values["price"]) == (Decimal(3500), Decimal(3700))
    assert changed.changed == ["price"]
    assert [change.row.values["model"] for change in plan.new] == ["iPhone 15"]
    assert [problem.number for problem in plan.problems] == [4]
    assert [line.values["work"] for line in plan.gone] == ["Замена экрана"]
    assert PriceItem.objects.count() == 2


def test_a_confirmed_file_is_the_list_and_is_found(shop: Tenant, boss: Member) -> None:
    imported = brought(shop, FIRST)
    confirm(imported=imported, fingerprint=plan_of(imported).fingerprint, member=boss)
    assert PriceItem.objects.count() == 0
    drain()
    imported.refresh_from_db()
    assert imported.applied_at is not None
    assert (imported.stage, imported.cells) == ("applied", [])
    assert imported.counts == {"new": 2, "changed": 0, "gone": 0, "unchanged": 0, "problems": 0}
    [offer] = offers(tenant=shop, model="айфон 14", work="батарея")
    assert (offer.price, offer.warranty) == (Decimal(3500), "90 дней")
    assert PriceItem.objects.filter(updated_by=boss, updated_at=imported.applied_at).count() == 2


def test_a_second_file_changes_what_differs_and_switches_off_what_is_missing(shop: Tenant) -> None:
    applied(shop, FIRST)
    untouched = applied(shop, FIRST)
    assert untouched.counts["unchanged"] == 2
    applied(shop, SECOND, switch_off=True)
    assert as_list(shop) == [
        ("iPhone 14", "Замена АКБ", 3700, True),
        ("iPhone 14", "Замена экрана", 9000, False),
        ("iPhone 15", "Замена АКБ", 4000, True),
    ]


def test_without_the_choice_nothing_is_switched_off(shop: Tenant) -> None:
    applied(shop, FIRST)
    applied(shop, SECOND)
    assert PriceItem.objects.filter(is_active=True).count() == 3


def test_a_line_that_stands_in_the_file_with_a_mistake_is_not_switched_off(shop: Tenant) -> None:
    applied(shop, FIRST)
    applied(shop, HEAD + "Apple;iPhone 14;Замена АКБ;по запросу;\n", switch_off=True)
    assert as_list(shop) == [
        ("iPhone 14", "Замена АКБ", 3500, True),
        ("iPhone 14", "Замена экрана", 9000, False),
    ]


def test_a_column_that_the_file_lacks_changes_nothing_in_the_list(shop: Tenant) -> None:
    applied(shop, FIRST)
    applied(shop, "Модель;Бренд;Работа;Цена\niPhone 14;Apple;замена акб;3600\n")
    item = PriceItem.objects.get(price=3600)
    assert (item.warranty, item.work) == ("90 дней", "замена акб")


def test_the_last_import_is_undone_but_for_what_was_changed_by_hand_since(shop: Tenant) -> None:
    applied(shop, FIRST)
    second = applied(shop, SECOND, switch_off=True)
    by_hand = PriceItem.objects.get(model="iPhone 15")
    by_hand.price, by_hand.updated_at = Decimal(4100), second.created_at
    by_hand.save()
    undo(imported=second)
    drain()
    second.refresh_from_db()
    assert as_list(shop) == [
        ("iPhone 14", "Замена АКБ", 3500, True),
        ("iPhone 14", "Замена экрана", 9000, True),
        ("iPhone 15", "Замена АКБ", 4100, True),
    ]
    assert PriceItem.objects.get(work="Замена экрана").is_from
    assert (second.stage, second.counts["kept"], second.undo) == ("undone", 1, {})


def test_only_the_last_import_can_be_undone_and_only_once(shop: Tenant) -> None:
    first, second = applied(shop, FIRST), applied(shop, SECOND)
    first.refresh_from_db()
    assert first.undo == {}
    with pytest.raises(Rejected):
        undo(imported=first)
    undo(imported=second)
    drain()
    with pytest.raises(Rejected):
        undo(imported=second)


def test_what_was_changed_after_the_look_is_looked_at_again(shop: Tenant) -> None:
    applied(shop, FIRST)
    imported = brought(shop, SECOND)
    seen = plan_of(imported).fingerprint
    PriceItem.objects.filter(work="Замена АКБ").update(price=3650)
    confirm(imported=imported, fingerprint=seen, member=None)
    drain()
    imported.refresh_from_db()
    assert (imported.stage, imported.note) == ("preview", "list_changed")
    assert PriceItem.objects.get(work="Замена АКБ").price == 3650


def test_two_presses_are_one_import(shop: Tenant) -> None:
    imported = brought(shop, FIRST)
    seen = plan_of(imported).fingerprint
    confirm(imported=imported, fingerprint=seen, member=None)
    with pytest.raises(Rejected):
        confirm(imported=imported, fingerprint=seen, member=None)
    drain()
    assert PriceItem.objects.count() == 2


def test_an_error_in_the_middle_writes_nothing_and_is_tried_again(
    shop: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = brought(shop, FIRST)
    confirm(imported=imported, fingerprint=plan_of(imported).fingerprint, member=None)

    def fail(_plan: Plan) -> dict[str, None]:
        assert PriceItem.objects.count() == 2
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(applying, "_before", fail)
        run("appeals.PriceImport", imported.pk)
    imported.refresh_from_db()
    assert (imported.stage, imported.state, imported.note) == ("preview", State.FAILED, "broken")
    assert PriceItem.objects.count() == 0
    confirm(imported=imported, fingerprint=plan_of(imported).fingerprint, member=None)
    drain()
    assert PriceItem.objects.count() == 2


def test_unknown_heads_are_named_by_hand(shop: Tenant) -> None:
    imported = brought(shop, "iPhone 14;АКБ;3500\n")
    assert imported.columns == ["", "", ""]
    for wrong in (["model", "model", "price"], ["model", "", "price"]):
        with pytest.raises(Rejected):
            set_columns(imported=imported, columns=wrong, header_rows=0, switch_off=False)
    set_columns(imported=imported, columns=["model", "work", "price"], header_rows=0, switch_off=False)
    imported.refresh_from_db()
    assert [int(change.values["price"]) for change in plan_of(imported).new] == [3500]


def test_ones_own_forgotten_preview_goes_and_a_colleagues_stays(shop: Tenant, head: Member) -> None:
    mine, theirs = brought(shop, FIRST), brought(shop, FIRST, member=head)
    brought(shop, SECOND)
    assert not PriceImport.objects.filter(pk=mine.pk).exists()
    assert PriceImport.objects.filter(pk=theirs.pk).exists()
    assert last_id(shop.pk) is None


def test_another_organisations_list_is_not_touched(shop: Tenant, tenant_b: Tenant) -> None:
    applied(tenant_b, FIRST)
    applied(shop, HEAD + "Nokia;3310;Замена АКБ;900;\n", switch_off=True)
    assert PriceItem.objects.filter(tenant=tenant_b, is_active=True).count() == 2


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_comes_back_as_it_was(shop: Tenant, language: str, form: str) -> None:
    from django.utils import translation

    applied(shop, SECOND + "Apple;iPhone 14;Замена экрана;от 9000;\nApple;iPhone 14;=1+1 стекло;10-20,50;-\n")
    PriceItem.objects.filter(model="iPhone 15").update(is_active=False)
    with translation.override(language):
        content = exported(form, lines(shop))
    plan = plan_of(begin(tenant=shop, member=None, name="a", content=content))
    assert plan.counts == {"new": 0, "changed": 0, "gone": 0, "unchanged": 4, "problems": 0}


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_to_begin_with_is_without_mistakes(shop: Tenant, language: str, form: str) -> None:
    from django.utils import translation

    with translation.override(language):
        content = exported(form, example_lines())
    plan = plan_of(begin(tenant=shop, member=None, name="a", content=content))
    assert (len(plan.new), plan.problems) == (5, [])


def exported(form: str, rows: Any) -> bytes:
    if form == "xlsx":
        return xlsx_file(rows)
    return "".join(csv_lines(rows)).encode()


def test_no_cell_of_an_export_is_a_formula(shop: Tenant) -> None:
    applied(shop, HEAD + "Apple;=HYPERLINK(1);@SUM(1);3500;+1\n")
    line = "".join(csv_lines(lines(shop))).splitlines()[1]
    assert line.startswith("Apple;'=HYPERLINK(1);'@SUM(1);")
    assert b"<f>" not in exported("xlsx", lines(shop))
