"""The start page of operators who do not find everything: it counts what they find, and opens just that."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.appeals import handing_over, jotting
from apps.appeals.answering import answer
from apps.appeals.dashboard.rolling import roll_up_all
from apps.appeals.deciding import set_status
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Conversation,
    HourFigures,
    Note,
    StaleHour,
)
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Sees, Team, Tenant
from tests.appeals.test_dashboard import front, rows, tiles

Routed = Callable[..., Conversation]
pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
COUNTED = ("waiting", "overdue", "free", "opened", "answered", "closed", "sent", "undelivered", "mine")


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def limit(shop: Tenant, sees: Sees) -> None:
    Tenant.objects.filter(pk=shop.pk).update(operators_see=sees)


def operator(shop: Tenant, name: str, **more: Any) -> Member:
    return add_member(tenant=shop, username=name.lower(), role=Role.OPERATOR, name=name, **more)


def said(conversation: Conversation, member: Member) -> None:
    answer(conversation=conversation, member=member, text="Слушаю вас", key=uuid.uuid4())


def moved(talk: Conversation, whom: Member | None, by: Member) -> None:
    appeal = talk.appeals.get()
    handing_over.hand_over(appeal=appeal, to=whom, reason="смена", member=by, instead_of=appeal.operator_id)


@pytest.fixture
def vera(shop: Tenant) -> Member:
    return operator(shop, "Вера")


@pytest.fixture
def talks(clock: Any, routed: Routed, anna: Member, vera: Member, shop: Tenant) -> dict[str, Conversation]:
    """Yesterday Anna's and Vera's, today each one more, and nobody's. All in hours of their own."""
    limit(shop, Sees.OWN)
    made = {}
    for number, (name, member) in enumerate(
        {"anna old": anna, "vera old": vera, "anna": anna, "vera": vera, "free": None}.items()
    ):
        clock.move_to(NOON - (26 if "old" in name else 5) * HOUR + number * HOUR / 2)
        made[name] = routed(f"Здравствуйте, {name}")
        if member is not None:
            said(made[name], member)
    clock.move_to(NOON)
    roll_up_all()
    return made


def charts(client: Client) -> tuple[int, int]:
    """How many messages of clients the bars show and how many the cells; each opens as many rows."""
    board = front(client, period="week").context["dashboard"]
    bars = [bar for bar in board["volume"].bars if bar.segments]
    cells = [cell for _day, line in board["heat"] for cell in line if cell.value]
    for bar in bars:
        assert rows(client, bar.href) == int(bar.value), bar.title
        for segment in bar.segments:
            assert rows(client, segment.href) == int(segment.title.rsplit(" ", 1)[1]), segment.title
    for cell in cells:
        assert rows(client, cell.href) == cell.value, cell.title
    return sum(int(bar.value) for bar in bars), sum(cell.value for cell in cells)


def opens_its_rows(client: Client) -> dict[str, int]:
    found = {key: tile for key, tile in tiles(client, period="week").items() if key in COUNTED}
    for key, tile in found.items():
        assert rows(client, tile.href) == int(tile.value), key
    return {key: int(tile.value) for key, tile in found.items()}


def test_charts_count_ones_own_and_nobodys(
    talks: dict[str, Conversation], anna: Member, vera: Member, shop: Tenant, signed_in: Any
) -> None:
    for member in (anna, vera):
        client = signed_in(member)
        assert charts(client) == (3, 3)
        assert opens_its_rows(client)["sent"] == 2
    head = signed_in(add_member(tenant=shop, username="head", role=Role.HEAD, name="Борис"))
    assert charts(head) == (5, 5)
    assert opens_its_rows(head)["sent"] == 4


def test_what_is_handed_over_moves_with_all_its_past(
    talks: dict[str, Conversation], anna: Member, vera: Member, signed_in: Any
) -> None:
    moved(talks["anna old"], vera, anna)
    roll_up_all()

    mine, hers = signed_in(anna), signed_in(vera)
    assert (charts(mine), charts(hers)) == ((2, 2), (4, 4))
    # Her own answer in it is no row of hers any more, so it is in no figure.
    assert opens_its_rows(mine)["sent"] == 1
    assert opens_its_rows(hers)["sent"] == 2
    moved(talks["anna old"], None, vera)
    roll_up_all()
    assert (charts(mine), charts(hers)) == ((3, 3), (4, 4))


def test_whoever_is_named_counts_that_conversation_once_while_they_are(
    talks: dict[str, Conversation], anna: Member, vera: Member, signed_in: Any
) -> None:
    client = signed_in(anna)
    for name in ("vera old", "vera old", "anna", "free"):
        jotting.write_note(conversation=talks[name], member=vera, text="@Анна, посмотри", key=uuid.uuid4())
    roll_up_all()
    assert charts(client) == (4, 4)
    for note in Note.objects.filter(conversation=talks["vera old"]):
        jotting.delete_note(note=note, member=vera)
    roll_up_all()
    assert charts(client) == (3, 3)


def test_a_team_counts_its_own(
    talks: dict[str, Conversation], anna: Member, vera: Member, shop: Tenant, signed_in: Any
) -> None:
    limit(shop, Sees.TEAM)
    client = signed_in(anna)
    assert charts(client) == (3, 3)
    team = Team.objects.create(tenant=shop, name="Вечер")
    Member.objects.filter(pk__in=[anna.pk, vera.pk]).update(team=team)
    assert charts(client) == (5, 5)


def test_a_new_appeal_of_a_client_who_came_back_is_of_who_leads_it(
    talks: dict[str, Conversation], clock: Any, anna: Member, vera: Member, signed_in: Any
) -> None:
    """Her old one stays hers, but the conversation is a colleague's now, and neither is found by her."""
    talk = talks["anna old"]
    set_status(appeal=talk.appeals.get(), status=AppealStatus.CLOSED)
    roll_up_all()
    assert opens_its_rows(signed_in(anna))["closed"] == 1
    later = Appeal.objects.create(
        tenant=talk.tenant, contact=talk.contact, conversation=talk, channel=talk.channel, operator=vera
    )
    Conversation.objects.filter(pk=talk.pk).update(current_appeal=later)
    roll_up_all()
    assert opens_its_rows(signed_in(anna))["closed"] == 0
    assert charts(signed_in(anna)) == (2, 2)


def test_a_limit_set_later_holds_for_the_past_and_one_lifted_frees_it(
    talks: dict[str, Conversation], anna: Member, shop: Tenant, signed_in: Any
) -> None:
    client = signed_in(anna)
    limit(shop, Sees.ALL)
    assert charts(client) == (5, 5)
    roll_up_all()
    assert charts(client) == (5, 5)
    assert not HourFigures.objects.exclude(led_by=None).exists()
    limit(shop, Sees.OWN)
    roll_up_all()
    assert charts(client) == (3, 3)


def test_where_all_is_found_hands_that_change_leave_no_marks_of_the_past(
    talks: dict[str, Conversation], anna: Member, vera: Member, shop: Tenant
) -> None:
    limit(shop, Sees.ALL)
    roll_up_all()
    moved(talks["anna old"], vera, anna)
    assert not StaleHour.objects.filter(is_moved=True).exists()


def test_a_hand_over_does_not_say_that_days_are_still_being_added_up(
    talks: dict[str, Conversation], anna: Member, vera: Member, signed_in: Any
) -> None:
    jotting.write_note(conversation=talks["vera old"], member=vera, text="@Анна", key=uuid.uuid4())
    assert StaleHour.objects.filter(is_moved=True).exists()
    assert not front(signed_in(anna), period="week").context["dashboard"]["is_behind"]


def test_the_limit_costs_a_statement_and_the_team_one_more(
    talks: dict[str, Conversation], anna: Member, shop: Tenant, signed_in: Any
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            front(client, period="week")
        return len(queries)

    client = signed_in(anna)
    limit(shop, Sees.ALL)
    front(client)
    free = count()
    limit(shop, Sees.OWN)
    assert count() == free + 1
    Member.objects.filter(pk=anna.pk).update(team=Team.objects.create(tenant=shop, name="Вечер"))
    limit(shop, Sees.TEAM)
    assert count() == free + 2
