"""Days rolled up: exact whatever changes afterwards, whoever changes it, and however often it is done."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.ai.judging import Verdict
from apps.callanalysis import judging
from apps.callanalysis.correcting import correct_mark
from apps.callanalysis.figures import rolling
from apps.callanalysis.figures.choosing import Choice, Offered
from apps.callanalysis.figures.periods import span_of
from apps.callanalysis.figures.reading import (
    calls_by_bar,
    calls_by_manager,
    marks_by_manager,
    scores_by_bar,
    scores_by_manager,
)
from apps.callanalysis.figures.rolling import differing, roll_up, roll_up_all
from apps.callanalysis.jobs import sweep_recordings
from apps.callanalysis.judging import read_marks, score
from apps.callanalysis.models import (
    AnalysisSettings,
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
from apps.callanalysis.redoing import analyse_again
from apps.core.models import State
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
    first = DayOfCalls.objects.get(is_week=False, sales_manager=anna, funnel="f1")
    assert (first.day, first.funnel) == (date(2026, 11, 24), "f1")
    assert (first.received, first.analysed, first.skipped) == (7, 1, 1)
    assert (first.unheard, first.failed, first.working) == (2, 2, 1)
    assert (first.measured, first.talk_ratio, first.monologue) == (1, Decimal("0.6"), Decimal("12.5"))
    assert (first.cut_in, first.was_cut_in, first.timed) == (2, 1, 1)
    assert (first.silence, first.seconds) == (Decimal("4.5"), 100)
    # Of all funnels once more.
    assert DayOfCalls.objects.get(is_week=False, sales_manager=anna, funnel=None).received == 7
    assert DayOfCalls.objects.get(is_week=False, sales_manager=boris, funnel=None).day == date(2026, 11, 25)
    found = {one.checklist_id: one for one in DayOfChecklists.objects.filter(is_week=False, funnel=None)}
    assert found[checklist.pk].percentage == Decimal(80)
    both = found[None]
    assert (both.calls, both.scorecards, both.critical, both.percentage) == (1, 2, 1, Decimal(80))
    upsell = DayOfCriteria.objects.get(is_week=False, checklist=checklist, stage_id="upsell", funnel=None)
    assert (upsell.completed, upsell.failed, upsell.not_proven) == (0, 1, 0)
    price = DayOfCriteria.objects.get(is_week=False, checklist=other, stage_id="price", funnel="f1")
    assert (price.completed, price.failed, price.not_proven, price.cannot_judge) == (0, 0, 1, 0)
    assert not StaleCalls.objects.exists()
    assert differing(tenant_a) == NOTHING


def test_a_week_is_what_its_days_add_up_to_from_monday_on(tenant_a: Tenant) -> None:
    anna, checklist = manager(tenant_a, "m1"), make_checklist(tenant_a)
    for ago in range(8):  # from Tuesday to Tuesday
        marked(received(anna, at=NOON - ago * DAY, stage_id="f1"), checklist, {"greeting": 1})
    add_up_days(tenant_a)
    weeks = [date(2026, 11, 16), date(2026, 11, 23)]
    for funnel in ("f1", None):
        chosen = {"is_week": True, "funnel": funnel}
        found = DayOfCalls.objects.filter(**chosen).order_by("day")
        assert [(one.day, one.received, one.analysed) for one in found] == [
            (weeks[0], 6, 6),
            (weeks[1], 2, 2),
        ]
        scores = DayOfChecklists.objects.filter(checklist=checklist, **chosen).order_by("day")
        assert [(one.scorecards, one.percentage) for one in scores] == [(6, 600), (2, 200)]
        marks = DayOfCriteria.objects.filter(**chosen).order_by("day")
        assert [(one.day, one.stage_id, one.completed) for one in marks] == [
            (weeks[0], "greeting", 6), (weeks[1], "greeting", 2),
        ]  # fmt: skip
    DayOfCriteria.objects.filter(is_week=True).update(agreed=5)
    assert differing(tenant_a) == NOTHING | {"criteria": 8}


def test_only_analysed_calls_count_in_averages(tenant_a: Tenant) -> None:
    anna, checklist = manager(tenant_a, "m1"), make_checklist(tenant_a)
    marked(received(anna, outcome=""), checklist, {"greeting": 1})
    marked(received(anna), checklist, {"greeting": None})
    Scorecard.objects.create(
        tenant=tenant_a, call=received(anna), checklist=checklist, version=checklist.versions.get()
    )
    add_up_days(tenant_a)
    assert not DayOfChecklists.objects.exists()  # nothing could be judged, or it is not done yet
    assert DayOfCriteria.objects.get(is_week=False, funnel=None).not_proven == 1


def test_a_correction_moves_the_figures_and_is_counted_as_one(tenant_a: Tenant, head: Any) -> None:
    checklist = make_checklist(tenant_a)
    card = marked(received(manager(tenant_a, "m1")), checklist, {"greeting": 1, "upsell": -1})
    add_up_days(tenant_a)
    correct_mark(mark=card.marks.get(stage_id="upsell"), verdict=1, reason="Слышно", member=head)
    correct_mark(mark=card.marks.get(stage_id="greeting"), verdict=1, reason="", member=head)
    assert StaleCalls.objects.exists()
    add_up_days(tenant_a)
    day = DayOfChecklists.objects.get(is_week=False, checklist=checklist, funnel=None)
    assert (day.percentage, day.critical) == (Decimal(100), 0)
    found = {
        one.stage_id: (one.checked, one.agreed)
        for one in DayOfCriteria.objects.filter(is_week=False, funnel=None)
    }
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
    assert DayOfCalls.objects.get(is_week=False, funnel=None).day == date(2026, 11, 24)
    Tenant.objects.filter(pk=tenant_a.pk).update(timezone="Asia/Kathmandu")
    add_up_days(tenant_a)
    assert DayOfCalls.objects.get(is_week=False, funnel=None).day == date(2026, 11, 25)
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
    assert DayOfCalls.objects.get(is_week=False, funnel=None).received == 1


def test_a_long_past_is_rolled_up_in_turns_the_newest_first(
    tenant_a: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "DAYS", 2)
    anna = manager(tenant_a, "m1")
    for ago in range(3):
        received(anna, at=NOON - ago * DAY)
    assert roll_up(tenant_a.pk)
    days = list(
        DayOfCalls.objects.filter(is_week=False, funnel=None).order_by("day").values_list("day", flat=True)
    )
    assert days == [date(2026, 11, 23), date(2026, 11, 24)]
    assert not roll_up(tenant_a.pk)
    assert DayOfCalls.objects.filter(is_week=False, funnel=None).count() == 3


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
            at=NOON - luck.randrange(900) * timedelta(hours=1),
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
            "received_at": NOON - self.luck.randrange(40) * DAY,
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

    def judge_again(self) -> None:
        """Begun, and as often as not done as well."""
        card = self.some(Scorecard)
        if card and analyse_again(card) and self.luck.random() < 0.5:
            again = Scorecard.objects.get(pk=card.pk)
            score(again)()
            Scorecard.objects.filter(pk=card.pk).update(state=State.DONE)

    def answered(self, _subject: Any, stages: Any) -> list[Mark]:
        said = {one["id"]: self.luck.choice([1, -1, None]) for one in stages}
        return read_marks([], stages, {name: Verdict(id=name, value=value) for name, value in said.items()})

    def sweep(self) -> None:
        AnalysisSettings.objects.update_or_create(tenant_id=self.member.tenant_id, keep_audio_days=1)
        Call.objects.update(file="tenants/0/calls/gone.mp3", state=State.DONE)
        sweep_recordings()

    def move(self) -> None:
        zones = ["Europe/Moscow", "Asia/Kathmandu", "America/New_York"]
        Tenant.objects.update(timezone=self.luck.choice(zones))


@pytest.mark.parametrize("seed", range(3))
def test_however_rows_change_the_figures_are_what_they_add_up_to(
    tenant_a: Tenant, head: Any, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes of any kind, in any order, with a roll-up in between now and then."""
    any_of = Changes(tenant_a, head, seed)
    monkeypatch.setattr(judging, "ask_about", any_of.answered)
    kinds = [
        *(any_of.come, any_of.correct, any_of.change, any_of.judge_again),
        *(any_of.remove, any_of.measure, any_of.sweep, any_of.move),
    ]
    for _step in range(120):
        any_of.luck.choices(kinds, [8, 6, 4, 4, 2, 2, 1, 1])[0]()
        if any_of.luck.random() < 0.1:
            roll_up_all()
    add_up_days(tenant_a)
    tenant_a.refresh_from_db()
    assert Mark.objects.exists()
    assert DayOfCalls.objects.exists()
    assert differing(tenant_a) == NOTHING
    for _choice in range(12):
        the_report_says_what_the_rows_say(tenant_a, any_of)


def the_report_says_what_the_rows_say(tenant: Tenant, any_of: Changes) -> None:
    """Of any days: those that begin and end within weeks, that last, that are short or long."""
    luck = any_of.luck
    until = NOON.date() - luck.randrange(30) * DAY
    days = {"period": "custom", "since": str(until - luck.randrange(90) * DAY), "until": str(until)}
    choice = Choice(
        tenant=tenant,
        span=span_of(days, now=NOON + timedelta(hours=3), zone=ZoneInfo(tenant.timezone)),
        offered=Offered(managers={}, offices={}, within={}, checklists={}, funnels={}),
        checklist=luck.choice([None, *(one.pk for one in any_of.checklists)]),
        funnel=luck.choice(["", "f1"]),
        managers=frozenset(one.pk for one in any_of.people),
    )
    span = choice.span
    funnel = {"stage_id": choice.funnel} if choice.funnel else {}
    now, before = (
        Call.objects.filter(tenant=tenant, received_at__gte=start, received_at__lt=end, **funnel)
        for start, end in ((span.start, span.end), (span.before_start, span.before_end))
    )
    found = calls_by_manager(choice).values()
    assert sum(one.received for one, _before in found) == now.count()
    assert sum(one.received for _now, one in found) == before.count()
    assert sum(one.received for one in calls_by_bar(choice).values()) == now.count()

    chosen = {} if choice.checklist is None else {"checklist": choice.checklist}
    cards = Scorecard.objects.filter(
        call__in=now.filter(outcome="analysed"), finished_at__isnull=False, **chosen
    )
    judged = cards.exclude(percentage=None)
    scores = [score for score, _before in scores_by_manager(choice).values()]
    assert sum(one.percentage for one in scores) == sum(one.percentage or 0 for one in judged)
    assert sum(one.scorecards for one in scores) == judged.count()
    assert sum(one.scorecards for one in scores_by_bar(choice).values()) == judged.count()
    marks = [one for by in marks_by_manager(choice).values() for one in by.values()]
    assert sum(one.failed for one in marks) == Mark.objects.filter(scorecard__in=cards, score=-1).count()


def test_the_command_finds_what_differs_and_makes_it_anew(tenant_a: Tenant, capsys: Any) -> None:
    received(manager(tenant_a, "m1"))
    add_up_days(tenant_a)
    DayOfCalls.objects.update(received=5)
    with pytest.raises(CommandError, match="alpha"):
        call_command("call_figures")
    call_command("call_figures", "--tenant", "alpha", "--rebuild")
    assert DayOfCalls.objects.get(is_week=False, funnel=None).received == 1
    call_command("call_figures")
    assert "calls 0" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no such organisation"):
        call_command("call_figures", "--tenant", "nobody")
