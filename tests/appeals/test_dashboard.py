"""The start page: every figure opens its rows, operators see their own, a newcomer is told what to do."""

import csv
import io
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.ai.models import ModelCall
from apps.appeals.answering import answer
from apps.appeals.dashboard.rolling import roll_up_all
from apps.appeals.deciding import set_status
from apps.appeals.models import Appeal, AppealStatus, Conversation, HourFigures, Message, Target
from apps.channels.models import Delivery
from apps.core.models import State
from apps.core.tables import read_table
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.work import drain

Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db

# A Tuesday, 12:00 in Moscow.
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def leader(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="leader", role=Role.ADMIN, name="Борис")


@pytest.fixture
def ivan(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="ivan", role=Role.OPERATOR, name="Иван")


@pytest.fixture
def busy(clock: Any, routed: Routed, anna: Member, ivan: Member, shop: Tenant) -> Tenant:
    """Yesterday one client, today three: answered in time, answered late and closed, and not at all."""
    Target.objects.create(tenant=shop, first_answer_minutes=30)
    clock.move_to(NOON - 24 * HOUR)
    said(routed("Вчера"), anna)
    clock.move_to(NOON - 2 * HOUR)
    soon, late, _nobody = routed("Раз"), routed("Два"), routed("Три")
    clock.shift(10 * MINUTE)
    said(soon, anna)
    clock.shift(50 * MINUTE)
    said(late, ivan)
    set_status(appeal=late.appeals.get(), status=AppealStatus.CLOSED)
    Delivery.objects.filter(message__conversation=late).update(state=State.FAILED, error_code="rejected")
    ModelCall.objects.create(
        tenant=shop, purpose="draft", model="m", milliseconds=1, outcome="complete", cost_usd=Decimal("1.25")
    )
    clock.move_to(NOON)
    roll_up_all()
    return shop


def said(conversation: Conversation, member: Member) -> None:
    answer(conversation=conversation, member=member, text="Слушаю вас", key=uuid.uuid4())


def front(client: Client, **query: str) -> Any:
    answer = client.get("/admin/", query)
    assert answer.status_code == 200
    return answer


def tiles(client: Client, **query: str) -> dict[str, Any]:
    board = front(client, **query).context["dashboard"]
    return {tile.key: tile for tile in [*board["now"], *board["tiles"]]}


def rows(client: Client, address: str) -> int:
    answer = client.get(address)
    assert answer.status_code == 200, address
    if "cl" in answer.context:
        return int(answer.context["cl"].result_count)
    return len(answer.context["look"].chosen)


def test_every_figure_opens_exactly_its_rows(busy: Tenant, leader: Member, signed_in: Any) -> None:
    client = signed_in(leader)
    for period in ("today", "week"):
        found = tiles(client, period=period)
        for key in ("waiting", "overdue", "free", "opened", "answered", "closed", "sent", "undelivered"):
            tile = found[key]
            assert rows(client, tile.href) == int(tile.value), (period, key)
    assert {key: found[key].value for key in ("opened", "answered", "closed", "undelivered")} == {
        "opened": "4",
        "answered": "3",
        "closed": "1",
        "undelivered": "1",
    }
    assert (found["in_time"].value, rows(client, found["in_time"].href)) == ("67 %", 2)
    assert rows(client, found["in_time"].note_href) == 1


def test_less_than_a_cent_for_the_ai_is_not_told_as_nothing(
    busy: Tenant, leader: Member, signed_in: Any
) -> None:
    assert tiles(signed_in(leader))["ai"].value == "$1,25"
    HourFigures.objects.filter(ai_calls=1).update(ai_cost_usd=Decimal("0.0045"))
    assert tiles(signed_in(leader))["ai"].value == "$0,0045"


def test_what_is_there_now_has_a_heading_of_its_own(busy: Tenant, leader: Member, signed_in: Any) -> None:
    shown = signed_in(leader).get("/admin/").content.decode()
    assert re.search(r'id="now-title"[^>]*>Сейчас</h2>', shown)


def test_every_bar_and_cell_opens_its_messages(busy: Tenant, leader: Member, signed_in: Any) -> None:
    client = signed_in(leader)
    board = front(client, period="week").context["dashboard"]
    bars = [bar for bar in board["volume"].bars if bar.segments]
    assert [bar.value for bar in bars] == ["1", "3"]
    for bar in bars:
        assert rows(client, bar.href) == int(bar.value)
        assert rows(client, bar.segments[0].href) == int(bar.value)
    cells = [cell for _name, line in board["heat"] for cell in line if cell.value]
    assert [cell.value for cell in cells] == [1, 3]
    for cell in cells:
        assert rows(client, cell.href) == cell.value
    costs = [bar for bar in board["costs"].bars if bar.segments]
    assert [rows(client, bar.href) for bar in costs] == [1]


def test_a_days_bars_are_its_hours(busy: Tenant, leader: Member, signed_in: Any) -> None:
    bars = front(signed_in(leader), period="today").context["dashboard"]["volume"].bars
    assert len(bars) == 24
    assert [(bar.label, bar.value) for bar in bars if bar.segments] == [("10", "3")]


def test_half_a_day_is_compared_with_half_a_day(busy: Tenant, leader: Member, signed_in: Any) -> None:
    today = tiles(signed_in(leader), period="today")["opened"]
    assert (today.value, today.change) == ("3", "+200 %")
    with time_machine.travel(NOON - 2 * HOUR, tick=False):
        early = tiles(signed_in(leader), period="today")["opened"]
        assert early.change == ""  # nobody had written by this hour yesterday


def test_the_team_is_shown_line_by_line_and_each_number_opens(
    busy: Tenant, leader: Member, anna: Member, signed_in: Any
) -> None:
    client = signed_in(leader)
    table = {line.name: line for line in front(client, period="today").context["dashboard"]["team"]}
    mine, his = table["Анна"], table["Иван"]
    assert (mine.open, mine.sums.answered, mine.sums.answer.median) == (2, 1, 600)
    assert (his.open, his.sums.closed, his.sums.answer.median) == (0, 1, 3600)
    assert rows(client, mine.links.open_now()) == 2
    assert rows(client, mine.links.answered()) == 1
    assert rows(client, his.links.closed()) == 1


def test_an_operator_sees_their_own_figures_and_the_teams_queue(
    busy: Tenant, anna: Member, leader: Member, signed_in: Any
) -> None:
    client, whole = signed_in(anna), tiles(signed_in(leader), period="week")
    found, board = tiles(client, period="week"), front(client, period="week").context["dashboard"]
    assert (found["answered"].value, found["closed"].value, found["mine"].value) == ("2", "0", "2")
    assert found["waiting"].value == whole["waiting"].value
    assert not {"ai", "failed"} & set(found)
    assert board["costs"] is None
    assert [line.name for line in board["team"]] == ["Анна"]
    for key in ("answered", "opened", "sent", "mine"):
        assert rows(client, found[key].href) == int(found[key].value), key
    assert "Иван" not in client.get(reverse("admin:appeals_figures_export")).content.decode()


def test_another_organisation_sees_nothing_of_it(busy: Tenant, stranger: Member, signed_in: Any) -> None:
    client = signed_in(stranger)
    assert "dashboard" not in front(client).context  # nobody has written to them
    assert "Анна" not in client.get(reverse("admin:appeals_figures_export")).content.decode()
    assert rows(client, reverse("admin:appeals_message_changelist")) == 0


def test_a_superuser_sees_all_organisations_together(busy: Tenant, root: Any, signed_in: Any) -> None:
    found = tiles(signed_in(root), period="custom", since="2026-11-20", until="2026-11-25")
    assert found["opened"].value == "4"


def test_a_newcomer_sees_the_next_steps_instead_of_noughts(
    leader: Member, anna: Member, shop: Tenant, signed_in: Any
) -> None:
    page = front(signed_in(leader))
    assert [step.is_done for step in page.context["steps"]] == [False, False, True, False, False]
    assert "Подключить мессенджер" in page.text
    assert "Пока никто не писал" in front(signed_in(anna)).text


def test_days_without_anything_are_told_kindly(busy: Tenant, leader: Member, signed_in: Any) -> None:
    page = front(signed_in(leader), period="custom", since="2020-01-01", until="2020-01-31").text
    assert "В эти дни никто не писал." in page
    assert "В эти дни к ИИ не обращались." in page


@pytest.mark.parametrize(
    "query",
    [
        {"period": "x"},
        {"period": "custom"},
        {"period": "custom", "since": "9999-12-31", "until": "9999-12-31"},
        {"period": "custom", "since": "2026-12-01", "until": "2026-11-01"},
        {"period": "custom", "since": "0001-01-01", "until": "2026-11-01"},
        {"period": "custom", "since": "2001-01-01", "until": "2026-11-01"},
        {"period": "¿", "since": "١", "until": "9" * 400},
    ],
)
def test_a_mistyped_period_breaks_nothing(
    busy: Tenant, leader: Member, signed_in: Any, query: dict[str, str]
) -> None:
    client = signed_in(leader)
    assert front(client, **query).context["dashboard"]["period"].days <= 366
    assert client.get(reverse("admin:appeals_figures_export"), query).status_code == 200
    ends = (("from", "since"), ("to", "until"))
    moments = {f"created_at_{end}": query.get(name, "x") for end, name in ends}
    assert client.get(reverse("admin:appeals_appeal_changelist"), moments).status_code in (200, 302)


def test_files_have_the_numbers_of_the_page(busy: Tenant, leader: Member, signed_in: Any) -> None:
    client, address = signed_in(leader), reverse("admin:appeals_figures_export")
    text = client.get(address, {"period": "today", "format": "csv"}).content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert lines[1][:8] == ["Анна", "2", "0", "1", "10,0", "10,0", "10,0", "1"]
    file = client.get(address, {"period": "today", "format": "xlsx"}).content
    rows = read_table(file, most_rows=10).rows
    assert rows[0] == lines[0]
    assert [rows[1][0], *map(float, rows[1][1:8])] == ["Анна", 2, 0, 1, 10, 10, 10, 1]


def test_a_name_is_no_formula_in_a_file(busy: Tenant, leader: Member, signed_in: Any) -> None:
    Member.objects.filter(name="Анна").update(name="=1+1")
    address = reverse("admin:appeals_figures_export")
    text = signed_in(leader).get(address, {"period": "today"}).content.decode()
    assert "'=1+1" in text


def test_working_time_is_shown_and_the_clocks_is_beside_it(
    clock: Any, routed: Routed, anna: Member, leader: Member, shop: Tenant, signed_in: Any
) -> None:
    Tenant.objects.update(working_hours={"mon-fri": "10:00-20:00"})
    clock.move_to(datetime(2026, 11, 23, 16, 50, tzinfo=UTC))
    conversation = routed("Вечером")
    clock.move_to(datetime(2026, 11, 24, 7, 10, tzinfo=UTC))
    said(conversation, anna)
    roll_up_all()
    tile = tiles(signed_in(leader))["answer"]
    assert (tile.value, "14 ч 20 мин" in tile.hint) == ("20 мин", True)


def test_how_many_statements_it_takes_depends_on_nothing(
    busy: Tenant, leader: Member, signed_in: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(leader)
    front(client)
    with django_assert_max_num_queries(25):
        front(client, period="custom", since="2025-12-01", until="2026-11-24")


def test_no_chart_names_a_colour_or_a_script_of_elsewhere(
    busy: Tenant, leader: Member, signed_in: Any
) -> None:
    page = front(signed_in(leader)).text
    assert re.search(r'<svg viewBox="0 0 \d+ 100"', page)
    assert 'src="http' not in page


def test_messages_are_listed_with_their_conversation_and_nobody_changes_them(
    busy: Tenant, leader: Member, signed_in: Any
) -> None:
    client, message = signed_in(leader), Message.objects.filter(text="Раз").get()
    page = client.get(reverse("admin:appeals_message_changelist")).text
    assert message.get_absolute_url() in page
    address = reverse("admin:appeals_message_change", args=[message.pk])
    assert client.post(address, {"text": "x"}).status_code == 403
    assert client.get(reverse("admin:appeals_message_add")).status_code == 403


def test_days_in_a_lists_filter_are_whole(busy: Tenant, leader: Member, signed_in: Any) -> None:
    client, address = signed_in(leader), reverse("admin:appeals_appeal_changelist")
    drain()
    for day, count in (("24.11.2026", 3), ("2026-11-23", 1)):
        assert rows(client, f"{address}?created_at_from={day}&created_at_to={day}") == count
    assert Appeal.objects.count() == 4
