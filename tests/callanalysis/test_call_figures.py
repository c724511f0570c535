"""Days rolled up: exact whatever changes afterwards, whoever changes it, and however often it is done."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.callanalysis.correcting import correct_mark
from apps.callanalysis.figures import rolling
from apps.callanalysis.figures.rolling import differing, roll_up, roll_up_all
from apps.callanalysis.models import (
    Call,
    CallOutcome,
    DayOfCalls,
    DayOfChecklists,
    DayOfCriteria,
    Mark,
    Scorecard,
    StaleCalls,
    Transcript,
)
from apps.tenants.models import Tenant
from tests.callanalysis.figured import DAY, NOON, add_up_days, manager, marked, received, spoken
from tests.callanalysis.judges import make_checklist

pytestmark = pytest.mark.django_db
NOTHING = {"calls": 0, "checklists": 0, "criteria": 0}


def test_a_day_is_counted_by_manager_and_funnel(tenant_a: Tenant) -> None:
    anna, boris = manager(tenant_a, "m1"), manager(tenant_a, "m2")
    checklist, other = make_checklist(tenant_a), make_checklist(tenant_a, name="Второй")
    call = received(anna, stage_id="f1")
    spoken(call, talk_ratio=0.6, longest_monologue={"manager": 12.5}, silence=4.5,
           interruptions={"manager": 2, "client": 1})  # fmt: skip
    marked(call, checklist, {"greeting": 1, "price": 1, "upsell": -1})
    marked(call, other, {"greeting": -1, "price": None, "upsell": None})
    for outcome in ("skipped", "voicemail", "wrong_language", "failed", "unreadable", ""):
        received(anna, stage_id="f1", outcome=outcome)
    received(boris, at=NOON + DAY)
    add_up_days(tenant_a)
    first = DayOfCalls.objects.get(sales_manager=anna, funnel="f1")
    assert (first.day, first.funnel) == (date(2026, 11, 24), "f1")
    assert (first.received, first.analysed, first.skipped) == (7, 1, 1)
    assert (first.unheard, first.failed, first.working) == (2, 2, 1)
    assert (first.measured, first.talk_ratio, first.monologue) == (1, Decimal("0.6"), Decimal("12.5"))
    assert (first.cut_in, first.was_cut_in, first.timed) == (2, 1, 1)
    assert (first.silence, first.seconds) == (Decimal("4.5"), 100)
    # Of all funnels once more.
    assert DayOfCalls.objects.get(sales_manager=anna, funnel=None).received == 7
    assert DayOfCalls.objects.get(sales_manager=boris, funnel=None).day == date(2026, 11, 25)
    found = {one.checklist_id: one for one in DayOfChecklists.objects.filter(funnel=None)}
    assert found[checklist.pk].percentage == Decimal(80)
    both = found[None]
    assert (both.calls, both.scorecards, both.critical, both.percentage) == (1, 2, 1, Decimal(80))
    upsell = DayOfCriteria.objects.get(checklist=checklist, stage_id="upsell", funnel=None)
    assert (upsell.completed, upsell.failed, upsell.not_proven) == (0, 1, 0)
    price = DayOfCriteria.objects.get(checklist=other, stage_id="price", funnel="f1")
    assert (price.completed, price.failed, price.not_proven, price.cannot_judge) == (0, 0, 1, 0)
    assert not StaleCalls.objects.exists()
    assert differing(tenant_a) == NOTHING


def test_only_analysed_calls_count_in_averages(tenant_a: Tenant) -> None:
    anna, checklist = manager(tenant_a, "m1"), make_checklist(tenant_a)
    marked(received(anna, outcome=""), checklist, {"greeting": 1})
    marked(received(anna), checklist, {"greeting": None})
    Scorecard.objects.create(
        tenant=tenant_a, call=received(anna), checklist=checklist, version=checklist.versions.get()
    )
    add_up_days(tenant_a)
    assert not DayOfChecklists.objects.exists()  # nothing could be judged, or it is not done yet
    assert DayOfCriteria.objects.get(funnel=None).not_proven == 1


def test_a_correction_moves_the_figures_and_is_counted_as_one(tenant_a: Tenant, head: Any) -> None:
    checklist = make_checklist(tenant_a)
    card = marked(received(manager(tenant_a, "m1")), checklist, {"greeting": 1, "upsell": -1})
    add_up_days(tenant_a)
    correct_mark(mark=card.marks.get(stage_id="upsell"), verdict=1, reason="Слышно", member=head)
    correct_mark(mark=card.marks.get(stage_id="greeting"), verdict=1, reason="", member=head)
    assert StaleCalls.objects.exists()
    add_up_days(tenant_a)
    day = DayOfChecklists.objects.get(checklist=checklist, funnel=None)
    assert (day.percentage, day.critical) == (Decimal(100), 0)
    found = {one.stage_id: (one.checked, one.agreed) for one in DayOfCriteria.objects.filter(funnel=None)}
    assert found == {"upsell": (1, 0), "greeting": (1, 1)}
    assert differing(tenant_a) == NOTHING


def test_a_deleted_call_is_counted_no_more(tenant_a: Tenant) -> None:
    call = received(manager(tenant_a, "m1"))
    marked(call, make_checklist(tenant_a), {"greeting": 1})
    add_up_days(tenant_a)
    call.delete()
    add_up_days(tenant_a)
    for model in (DayOfCalls, DayOfChecklists, DayOfCriteria):
        assert not model.objects.exists()


def test_days_are_the_organisations_own_and_follow_its_clock(tenant_a: Tenant) -> None:
    night = datetime(2026, 11, 24, 23, 30, tzinfo=ZoneInfo("Europe/Moscow"))
    received(manager(tenant_a, "m1"), at=night)
    add_up_days(tenant_a)
    assert DayOfCalls.objects.get(funnel=None).day == date(2026, 11, 24)
    Tenant.objects.filter(pk=tenant_a.pk).update(timezone="Asia/Kathmandu")
    add_up_days(tenant_a)
    assert DayOfCalls.objects.get(funnel=None).day == date(2026, 11, 25)
    tenant_a.refresh_from_db()
    assert differing(tenant_a) == NOTHING


def test_what_no_figure_counts_leaves_no_mark(tenant_a: Tenant) -> None:
    call = received(manager(tenant_a, "m1"))
    marked(call, make_checklist(tenant_a), {"greeting": 1})
    spoken(call, silence=1)
    add_up_days(tenant_a)
    Call.objects.update(reason="иначе", file="", attempts=3)
    Scorecard.objects.update(state="queued", attempts=4)
    Transcript.objects.update(text="иначе")
    assert not StaleCalls.objects.exists()
    with transaction.atomic():
        Mark.objects.update(score=-1)
        transaction.set_rollback(True)
    assert not StaleCalls.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE callanalysis_mark SET score = -1, said = -1")
    assert StaleCalls.objects.exists()


def test_an_organisation_is_deleted_with_its_figures(tenant_a: Tenant) -> None:
    marked(received(manager(tenant_a, "m1")), make_checklist(tenant_a), {"greeting": 1})
    add_up_days(tenant_a)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM callanalysis_mark; DELETE FROM callanalysis_scorecard")
    Call.objects.all().delete()
    StaleCalls.objects.all().delete()
    StaleCalls.objects.create(tenant_id=tenant_a.pk + 1000, at=NOON)
    roll_up_all()
    assert not StaleCalls.objects.exists()


def test_a_process_that_dies_in_between_leaves_everything_as_it_was(
    tenant_a: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    received(manager(tenant_a, "m1"))
    marks = StaleCalls.objects.count()

    def die(*_given: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rolling.log, "info", die, raising=False)
        with pytest.raises(KeyboardInterrupt):
            roll_up(tenant_a.pk)
    assert (StaleCalls.objects.count(), DayOfCalls.objects.count()) == (marks, 0)
    add_up_days(tenant_a)
    assert DayOfCalls.objects.get(funnel=None).received == 1


def test_a_long_past_is_rolled_up_in_turns_the_newest_first(
    tenant_a: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "DAYS", 2)
    anna = manager(tenant_a, "m1")
    for ago in range(3):
        received(anna, at=NOON - ago * DAY)
    assert roll_up(tenant_a.pk)
    days = list(DayOfCalls.objects.filter(funnel=None).order_by("day").values_list("day", flat=True))
    assert days == [date(2026, 11, 23), date(2026, 11, 24)]
    assert not roll_up(tenant_a.pk)
    assert DayOfCalls.objects.filter(funnel=None).count() == 3


class Changes:
    """Anything that can happen to calls, at random."""

    def __init__(self, tenant: Tenant, member: Any, seed: int) -> None:
        self.luck, self.member = random.Random(seed), member
        self.people = [manager(tenant, f"m{n}") for n in range(3)]
        self.checklists = [make_checklist(tenant, name=name) for name in ("Один", "Два")]
        self.outcomes = [*CallOutcome.values, *(["analysed"] * 5), ""]

    def some(self, model: Any) -> Any:
        rows = model.objects.order_by("pk")
        return rows[self.luck.randrange(rows.count())] if rows.exists() else None

    def come(self) -> None:
        luck = self.luck
        call = received(
            luck.choice(self.people),
            outcome=luck.choice(self.outcomes),
            at=NOON - luck.randrange(200) * timedelta(hours=1),
            stage_id=luck.choice(["", "f1", "f2"]),
        )
        spoken(call, silence=luck.randrange(9), **luck.choice([{}, {"talk_ratio": 0.4}]))
        for checklist in luck.sample(self.checklists, luck.randrange(3)):
            stages = ("greeting", "price", "upsell")
            marked(call, checklist, {one: luck.choice([1, -1, None]) for one in stages})

    def correct(self) -> None:
        if mark := self.some(Mark):
            correct_mark(mark=mark, verdict=self.luck.choice([1, -1, None]), reason="y", member=self.member)

    def change(self) -> None:
        values = {
            "outcome": self.luck.choice(self.outcomes),
            "stage_id": self.luck.choice(["", "f1"]),
            "sales_manager": self.luck.choice(self.people),
            "received_at": NOON - self.luck.randrange(9) * DAY,
        }
        name = self.luck.choice(list(values))
        if call := self.some(Call):
            Call.objects.filter(pk=call.pk).update(**{name: values[name]})

    def remove(self) -> None:
        if row := self.some(self.luck.choice([Call, Scorecard, Transcript, Mark])):
            row.delete()

    def measure(self) -> None:
        figures = {"talk_ratio": round(self.luck.random(), 3), "silence": 2.5}
        Transcript.objects.filter(call=self.some(Call)).update(figures=figures)

    def move(self) -> None:
        zones = ["Europe/Moscow", "Asia/Kathmandu", "America/New_York"]
        Tenant.objects.update(timezone=self.luck.choice(zones))


@pytest.mark.parametrize("seed", range(3))
def test_however_rows_change_the_figures_are_what_they_add_up_to(
    tenant_a: Tenant, head: Any, seed: int
) -> None:
    """Changes of any kind, in any order, with a roll-up in between now and then."""
    any_of = Changes(tenant_a, head, seed)
    kinds = [any_of.come, any_of.correct, any_of.change, any_of.remove, any_of.measure, any_of.move]
    for _step in range(120):
        any_of.luck.choices(kinds, [8, 6, 4, 2, 2, 1])[0]()
        if any_of.luck.random() < 0.1:
            roll_up_all()
    add_up_days(tenant_a)
    tenant_a.refresh_from_db()
    assert Mark.objects.exists()
    assert DayOfCalls.objects.exists()
    assert differing(tenant_a) == NOTHING


def test_the_command_finds_what_differs_and_makes_it_anew(tenant_a: Tenant, capsys: Any) -> None:
    received(manager(tenant_a, "m1"))
    add_up_days(tenant_a)
    DayOfCalls.objects.update(received=5)
    with pytest.raises(CommandError, match="alpha"):
        call_command("call_figures")
    call_command("call_figures", "--tenant", "alpha", "--rebuild")
    assert DayOfCalls.objects.get(funnel=None).received == 1
    call_command("call_figures")
    assert "calls 0" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no such organisation"):
        call_command("call_figures", "--tenant", "nobody")
