"""Operators find their own appeals, or their team's: nowhere a colleague's client, words or file."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.appeals import deciding, handing_over, jotting
from apps.appeals.bulk.ordering import order
from apps.appeals.dashboard.present import present
from apps.appeals.models import BulkKind, Contact, Conversation, Message, PlannedAnswer
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Sees, Team, Tenant
from tests.tenants import world
from tests.tenants.routes import addresses, routes
from tests.work import drain

Routed = Callable[..., Conversation]
SECRET = "zqsecretzq"
OURS = ("admin/desk/", "admin/appeals/")
# What is not a client's, or has a page that a colleague may well open.
COMMON = {"Tenant", "User", "Member", "Channel", "Connection", "Team"}


def operator(tenant: Tenant, name: str, **more: Any) -> Member:
    return add_member(tenant=tenant, username=name.lower(), role=Role.OPERATOR, name=name, **more)


def seat(member: Member) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=member.user_id))
    return client


def limit(shop: Tenant, sees: Sees) -> None:
    Tenant.objects.filter(pk=shop.pk).update(operators_see=sees)
    shop.refresh_from_db()


def led_by(conversation: Conversation, member: Member | None) -> Conversation:
    conversation.appeals.update(operator=member)
    return conversation


def listed(client: Client, query: str = "") -> str:
    return client.get(f"/admin/desk/?{query}").content.decode()


# --- a colleague's conversation: no door of the desk or of the admin


def about_a_client(model: Any, seen: frozenset[Any] = frozenset()) -> bool:
    if model in (Conversation, Contact):
        return True
    targets = {field.related_model for field in model._meta.concrete_fields if field.is_relation}
    return any(
        about_a_client(target, seen | {model})
        for target in targets - seen - {model}
        if isinstance(target, type) and target.__name__ not in COMMON
    )


@pytest.fixture
def a_colleagues(db: None) -> Member:
    """One row of every model, as the world is built; whatever is a client's wears a word of its own, and is
    led by an operator. Returns a colleague of theirs.
    """
    world.build()
    tenant = Tenant.objects.get(pk=world.PK)
    limit(tenant, Sees.OWN)
    Member.objects.filter(pk=world.PK).update(role=Role.OPERATOR)
    User.objects.filter(pk=world.PK).update(is_staff=True)
    for model in filter(about_a_client, world.tenant_models()):
        worn = [
            field.name
            for field in model._meta.concrete_fields
            if getattr(model._default_manager.get(pk=world.PK), field.attname) == world.WORD
        ]
        # Where the world had to go round in a circle, its rows are led to each other; but nobody is merged
        # into themselves, and what is of one thing alone stays so.
        is_of_one = any(one.name.endswith("_of_one_thing") for one in model._meta.constraints)
        row = model._default_manager.get(pk=world.PK)
        keys = [
            field.name
            for field in model._meta.concrete_fields
            if field.is_relation and about_a_client(field.related_model) and field.name != "merged_into"
            if not (is_of_one and getattr(row, field.attname) is None)
        ]
        values = dict.fromkeys(worn, SECRET) | dict.fromkeys(keys, world.PK)
        model._default_manager.filter(pk=world.PK).update(**values)
        if hasattr(model, "history"):
            model.history.filter(history_id=world.PK).update(**dict.fromkeys(worn, SECRET))
    PlannedAnswer.objects.update(is_scheduled=True)
    return operator(tenant, "Vera")


def ways_in() -> list[str]:
    return [way for route in routes() if route.startswith(OURS) for way in addresses(route)]


def body(answer: Any) -> str:
    return b"".join(answer).decode(errors="replace") if answer.streaming else str(answer.text)


def test_no_door_leads_an_operator_to_a_colleagues_client(a_colleagues: Member) -> None:
    vera, before = seat(a_colleagues), clients_rows()
    form = {"text": "x", "status": "closed", "name": "x", "to": world.PK, "reason": "x", "all": "1"}
    bulk = {"kind": "close", "chosen": world.PK, "select_across": "1", "_selected_action": world.PK}

    for address in ways_in():
        for answer in (vera.get(address), vera.post(address, form | bulk | {"action": "unsubscribe"})):
            assert answer.status_code < 500, address
            assert SECRET not in body(answer), address
    for query in (f"q={SECRET[1:-1]}", "view=all", f"operator={world.PK}", f"conversation__id={world.PK}"):
        for place in ("desk/", "appeals/appeal/", "appeals/contact/", "appeals/message/"):
            assert SECRET not in body(vera.get(f"/admin/{place}?{query}", follow=True)), (place, query)
    assert clients_rows() == before


def test_those_doors_do_lead_their_own_operator_and_every_head_there(a_colleagues: Member) -> None:
    """Else the test above would pass on empty pages."""
    led = seat(Member.objects.get(pk=world.PK))
    head = seat(add_member(tenant=a_colleagues.tenant, username="head", role=Role.HEAD))
    for client in (led, head):
        shown = {address for address in ways_in() if SECRET in body(client.get(address))}
        pages = ("appeal", "contact", "message")
        assert {f"/admin/appeals/{page}/{world.PK}/change/" for page in pages} <= shown
        assert {f"/admin/appeals/{page}/" for page in pages} <= shown
        assert {"/admin/desk/", f"/admin/desk/{world.PK}/", "/admin/desk/planned/"} <= shown


def clients_rows() -> dict[str, Any]:
    """All but what a person does for themselves."""
    found = world.snapshot()
    return {
        name: found[name] for name in found if not name.endswith((".SavedView", ".BulkAction", ".Access"))
    }


# --- whose they find


def test_an_operator_finds_their_own_and_nobodys(
    shop: Tenant, routed: Routed, anna: Member, desk: Client
) -> None:
    vera = operator(shop, "Vera")
    led_by(routed("Моё: батарея"), anna)
    led_by(routed("Чужое: экран"), vera)
    routed("Ничьё: камера")
    limit(shop, Sees.OWN)

    page = listed(desk)

    assert "Моё: батарея" in page
    assert "Ничьё: камера" in page
    assert "Чужое: экран" not in page
    assert "Чужое" not in listed(desk, "q=экран")
    assert "Чужое: экран" in listed(seat(vera))


def test_a_team_sees_its_own_and_whoever_is_in_none_their_own_alone(
    shop: Tenant, routed: Routed, anna: Member, desk: Client
) -> None:
    evening = Team.objects.create(tenant=shop, name="Вечер")
    vera, gleb = operator(shop, "Vera", team=evening), operator(shop, "Gleb")
    Member.objects.filter(pk=anna.pk).update(team=evening)
    led_by(routed("Верино"), vera)
    led_by(routed("Глебово"), gleb)
    limit(shop, Sees.TEAM)

    assert "Верино" in listed(desk)
    assert "Глебово" not in listed(desk)
    assert "Верино" not in listed(seat(gleb))

    evening.delete()

    assert Member.objects.get(pk=anna.pk).team is None
    assert "Верино" not in listed(desk)


def test_whoever_is_named_in_a_note_is_let_in(
    shop: Tenant, routed: Routed, anna: Member, desk: Client
) -> None:
    vera = operator(shop, "Vera")
    talk = led_by(routed("Экран треснул"), vera)
    limit(shop, Sees.OWN)
    assert desk.get(f"/admin/desk/{talk.pk}/").status_code == 403

    key = "10000000-0000-4000-8000-000000000001"
    jotting.write_note(conversation=talk, member=vera, text="@Анна, посмотри", key=key)  # type: ignore[arg-type]

    assert "Экран треснул" in desk.get(f"/admin/desk/{talk.pk}/").content.decode()
    assert "Экран треснул" in listed(desk)


def test_counts_exports_and_bulk_changes_hold_no_colleagues_rows(
    shop: Tenant, routed: Routed, anna: Member, desk: Client, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    vera = operator(shop, "Vera")
    mine, theirs = led_by(routed("Моё"), anna), led_by(routed("Чужое"), vera)
    limit(shop, Sees.OWN)

    assert 'data-counts=\'{"waiting": 1, "free": 0, "mine": 1' in listed(desk)
    assert desk.get("/admin/desk/bulk/count/?view=all").json() == {"count": 1}
    desk.post("/admin/desk/bulk/", {"kind": "close", "all": "1", "filters": "view=all"})
    desk.post("/admin/desk/bulk/", {"kind": "close", "chosen": theirs.pk})
    drain()
    assert mine.appeals.get().status == "closed"
    assert theirs.appeals.get().status == "new"

    # Ordered while it was theirs to see, made when it was not.
    anna.tenant.refresh_from_db()
    params = {"format": "csv", "language": "ru"}
    rows = Conversation.objects.all()
    bulk = order(member=anna, kind=BulkKind.EXPORT, params=params, rows=rows)
    drain()
    file = body(desk.get(f"/admin/desk/bulk/{bulk.pk}/file/"))
    assert "Моё" in file
    assert "Чужое" not in file


def test_the_start_page_counts_what_its_reader_finds(shop: Tenant, routed: Routed, anna: Member) -> None:
    vera = operator(shop, "Vera")
    led_by(routed("Моё"), anna)
    led_by(routed("Чужое"), vera)
    limit(shop, Sees.OWN)
    anna.tenant.refresh_from_db()

    assert present(shop.pk, member=anna).waiting == 1
    assert present(shop.pk).waiting == 2


# --- an appeal moves away while it is open


def test_what_moved_to_a_colleague_says_so_and_takes_nothing_more(
    shop: Tenant, routed: Routed, anna: Member, desk: Client
) -> None:
    vera = operator(shop, "Vera")
    talk = led_by(routed("Экран треснул"), anna)
    limit(shop, Sees.OWN)
    appeal = talk.appeals.get()
    handing_over.hand_over(appeal=appeal, to=vera, reason="смена", member=anna, instead_of=anna.pk)

    page = desk.get(f"/admin/desk/{talk.pk}/")
    answer = desk.post(f"/admin/desk/{talk.pk}/answer/", {"text": "Готово", "key": "x"})

    assert page.status_code == 403
    assert "Это обращение ведёт другой сотрудник" in page.content.decode()
    assert "Экран" not in page.content.decode()
    assert answer.status_code == 403
    assert answer.json()["code"] == "elsewhere"
    assert desk.get(f"/admin/desk/{talk.pk}/live/").status_code == 404
    assert desk.get("/admin/desk/999999/").status_code == 404
    assert not Message.objects.filter(text="Готово").exists()


def test_the_rule_costs_the_list_no_query(
    shop: Tenant, routed: Routed, anna: Member, desk: Client, django_assert_num_queries: Any
) -> None:
    deciding.take(appeal=routed("Моё").appeals.get(), member=anna, instead_of=None)
    with CaptureQueriesContext(connection) as free:
        listed(desk)
    team = Team.objects.create(tenant=shop, name="Вечер")
    Member.objects.filter(pk=anna.pk).update(team=team)
    limit(shop, Sees.TEAM)
    caches["rows"].clear()  # what was written for the first list would be spared the second
    with django_assert_num_queries(len(free)):
        listed(desk)
