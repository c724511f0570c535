"""From a stored recording to one transcript: who said what and when, once, and paid for once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.ai import transcribing as hearing
from apps.ai.models import ModelCall
from apps.callanalysis import transcribing
from apps.callanalysis.models import (
    AnalysisSettings,
    Call,
    CallOutcome,
    CallPart,
    Scorecard,
    Side,
    Stage,
    Transcript,
)
from apps.core.errors import Transient
from apps.core.models import State
from apps.core.work import find
from apps.core.work.perform import run
from apps.core.work.trouble import replay
from apps.integrations.connecting import connect
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.callanalysis.conftest import Receive
from tests.callanalysis.judges import GREETING, Judge, make_checklist, verdict
from tests.callanalysis.tones import CLIENT, MANAGER, beep, ear, hertz_of, minutes, quiet, talk
from tests.peers.openai import TRANSCRIPTIONS, OpenAIPeer
from tests.peers.server import Reply
from tests.sounds import call
from tests.work import drain

pytestmark = pytest.mark.django_db


def after(made: Call) -> Call:
    drain()
    made.refresh_from_db()
    return made


def again(made: Call) -> Call:
    CallPart.objects.filter(state=State.QUEUED).update(due_at=timezone.now())
    return after(made)


def lines(made: Call) -> list[tuple[str, int, int, str]]:
    return [
        (one["speaker"], round(one["start"]), round(one["end"]), one["text"])
        for one in made.transcript.segments
    ]


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize(("side", "first"), [(Side.LEFT, "manager"), (Side.RIGHT, "client")])
def test_in_stereo_each_side_is_heard_alone_and_both_stand_in_the_order_of_time(
    receive: Receive, openai: OpenAIPeer, tenant_a: Tenant, side: Side, first: str
) -> None:
    AnalysisSettings.objects.create(tenant=tenant_a, manager_side=side)
    second = {"manager": "client", "client": "manager"}[first]
    made = after(receive(talk()))
    assert (made.state, made.stage, made.outcome) == (State.DONE, Stage.DONE, CallOutcome.ANALYSED)
    assert lines(made) == [
        (first, 0, 2, "400 герц?"),
        (second, 2, 4, "800 герц?"),
        (first, 4, 6, "400 герц?"),
        (second, 6, 8, "800 герц?"),
    ]
    assert made.transcript.text.splitlines() == ["400 герц?", "800 герц?"] * 2
    assert made.transcript.language == "ru"
    assert made.transcript.figures["talk_ratio"] == pytest.approx(0.5, abs=0.05)
    assert made.transcript.figures["questions"] == {"manager": 2, "client": 2}
    assert (len(openai.heard), ModelCall.objects.count()) == (2, 2)
    assert all(asked["language"] == "ru" for asked in openai.asked)


@pytest.mark.usefixtures("listening")
def test_who_talks_at_once_is_kept_on_both_sides(receive: Receive) -> None:
    both = (beep(2, MANAGER), beep(2, CLIENT))
    made = after(receive(call("wav", [(beep(2, MANAGER), quiet(2)), both, (quiet(2), beep(2, CLIENT))])))
    assert lines(made) == [("manager", 0, 4, "400 герц?"), ("client", 2, 6, "800 герц?")]
    assert made.transcript.figures["interruptions"] == {"manager": 0, "client": 1}


@pytest.mark.usefixtures("listening")
def test_one_voice_on_both_sides_is_heard_once_and_named_nobodys(
    receive: Receive, openai: OpenAIPeer
) -> None:
    made = after(receive(call("mp3", [(beep(2, 400), beep(2, 400)), (quiet(2), quiet(2))] * 2)))
    assert (made.channels, made.has_sides) == (2, False)
    assert lines(made) == [("", 0, 2, "400 герц?"), ("", 4, 6, "400 герц?")]
    assert len(openai.heard) == 1
    assert "talk_ratio" not in made.transcript.figures


@pytest.mark.usefixtures("listening")
def test_where_nobody_speaks_nobody_is_asked(receive: Receive, openai: OpenAIPeer) -> None:
    made = after(receive(call("wav", [(quiet(3),)])))
    assert (made.stage, made.outcome) == (Stage.DONE, CallOutcome.SILENCE)
    assert (made.transcript.segments, made.transcript.figures) == ([], {})
    assert openai.heard == []


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize(("words", "doubt"), [("Продолжение следует...", 0.1), ("Алло, алло", 0.9)])
def test_what_is_made_up_of_noise_is_silence(
    receive: Receive, openai: OpenAIPeer, words: str, doubt: float
) -> None:
    openai.tells, openai.says, openai.silence = None, words, doubt
    assert after(receive(talk())).outcome == CallOutcome.SILENCE


@pytest.mark.usefixtures("listening")
def test_a_long_call_is_heard_in_two_parts_and_judged_once_and_no_minute_is_lost_or_doubled(
    receive: Receive, openai: OpenAIPeer, judge: Judge, tenant_a: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All of a part in one round, however busy the machine is.
    monkeypatch.setattr(transcribing, "ROUND", 3600.0)
    make_checklist(tenant_a, GREETING)
    judge.will_say(verdict("greeting", "yes", f"{hertz_of(47):.0f} герц", 48))
    made = receive(minutes(50))
    run("callanalysis.Call", made.pk)
    first, second = made.parts.all()
    assert first.seconds <= 2700
    assert second.start == pytest.approx(first.seconds)
    # The second part meets a failure of its own: it alone is asked again, and only for what is missing.
    hear(first)
    openai.script(TRANSCRIPTIONS, [Reply(status=503)])
    hear(second)
    assert (first.state, second.state, second.error_code) == (State.DONE, State.QUEUED, "http_503")
    assert not Transcript.objects.exists()
    asked = len(openai.to(TRANSCRIPTIONS))
    again(made)
    assert len(openai.to(TRANSCRIPTIONS)) == asked + 1

    made.refresh_from_db()
    assert made.outcome == CallOutcome.ANALYSED
    assert [line[3] for line in lines(made)] == [f"{hertz_of(n):.0f} герц?" for n in range(50)]
    starts = [one["start"] for one in made.transcript.segments]
    assert starts == pytest.approx([60 * n + 28.5 for n in range(50)], abs=0.3)
    assert Transcript.objects.count() == 1
    assert (Scorecard.objects.count(), len(judge.asked), len(judge.asked[0]["lines"])) == (1, 1, 50)
    mark = Scorecard.objects.get().marks.get()
    assert mark.score == 1
    assert mark.second == pytest.approx(60 * 47 + 28.5, abs=0.3)


def hear(part: CallPart) -> None:
    run("callanalysis.CallPart", part.pk)
    part.refresh_from_db()


@pytest.mark.usefixtures("listening")
def test_what_was_heard_in_one_round_is_not_paid_for_in_the_next(
    receive: Receive, openai: OpenAIPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcribing, "ROUND", -1.0)
    monkeypatch.setattr(hearing, "PART_SECONDS", 4)
    made = receive(talk(turns=3, seconds=1))
    run("callanalysis.Call", made.pk)
    part, rounds = made.parts.get(), 0
    while part.state != State.DONE and rounds < 20:
        CallPart.objects.update(due_at=timezone.now())
        hear(part)
        rounds += 1
    assert (part.state, part.failures) == (State.DONE, 0)
    made.refresh_from_db()
    assert [line[:3] for line in lines(made)] == [(("manager", "client")[n % 2], n, n + 1) for n in range(6)]
    assert 4 <= len(openai.heard) <= rounds
    assert sum(len(ear(file.content)) for file in openai.heard) == 6


def test_without_an_ai_it_waits_says_why_and_goes_on_by_itself(
    receive: Receive, openai: OpenAIPeer, tenant_a: Tenant
) -> None:
    made = after(receive(talk()))
    part = made.parts.get()
    assert (part.state, part.error_code, part.failures) == (State.QUEUED, "no_listener", 0)
    assert timezone.now() < part.due_at < timezone.now() + timedelta(minutes=5)
    connect(tenant=tenant_a, connector="openai", values={"api_key": openai.key, "base_url": openai.url})
    assert again(made).outcome == CallOutcome.ANALYSED


@pytest.mark.parametrize(
    ("status", "code"), [(401, "invalid_api_key"), (429, "insufficient_quota"), (404, "model_not_found")]
)
def test_trouble_of_the_ai_is_no_end_of_the_call(
    receive: Receive, openai: OpenAIPeer, listening: Connection, status: int, code: str
) -> None:
    openai.script(TRANSCRIPTIONS, [Reply(status=status, json={"error": {"code": code}})] * 4)
    made = after(receive(talk()))
    part = made.parts.get()
    assert (part.state, part.failures, made.outcome) == (State.QUEUED, 0, "")
    waits_for = part.error_code
    assert waits_for
    again(made)
    part.refresh_from_db()
    assert (part.error_code, part.failures) == (waits_for, 0)
    openai._scripts.clear()
    Connection.objects.update(health=Health.OK)
    assert again(made).outcome == CallOutcome.ANALYSED


@pytest.mark.usefixtures("listening")
def test_a_part_that_is_refused_ends_the_call_and_may_be_replayed(
    receive: Receive, openai: OpenAIPeer
) -> None:
    openai.script(TRANSCRIPTIONS, [Reply(status=400, json={"error": {"code": None}})])
    made = after(receive(talk()))
    assert (made.outcome, made.stage) == (CallOutcome.FAILED, Stage.TRANSCRIBING)
    assert made.reason
    assert not Transcript.objects.exists()
    replay(CallPart.objects.all(), work=find("callanalysis.CallPart"))
    assert (after(made).outcome, made.reason) == (CallOutcome.ANALYSED, "")


@pytest.mark.parametrize(
    ("model", "speakers", "has_figures"),
    [("gpt-4o-transcribe-diarize", ["A", "B"], True), ("gpt-transcribe", [""], False)],
)
def test_models_tell_as_much_as_they_can(
    receive: Receive, openai: OpenAIPeer, tenant_a: Tenant, model: str, speakers: list[str], has_figures: bool
) -> None:
    values: dict[str, Any] = {"api_key": openai.key, "base_url": openai.url, "model": model}
    connect(tenant=tenant_a, connector="openai", values=values)
    made = after(receive(call("mp3", [(beep(2, 400),), (quiet(1),), (beep(2, 800),)])))
    assert [one["speaker"] for one in made.transcript.segments] == speakers
    assert bool(made.transcript.figures) is has_figures
    assert made.transcript.text.split() == ["400", "герц?", "800", "герц?"]


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("Абонент временно недоступен. Оставьте сообщение после сигнала.", CallOutcome.VOICEMAIL),
        (
            "Hello, I would like to know how much the repair of my phone costs, please, and when",
            "en",
        ),
        ("Здравствуйте, iPhone сломался", CallOutcome.ANALYSED),
    ],
)
def test_machines_and_foreign_languages_are_told_apart(
    receive: Receive, openai: OpenAIPeer, said: str, outcome: str
) -> None:
    openai.tells, openai.says = None, said
    made = after(receive(call("mp3", [(beep(3, 400),)])))
    assert made.outcome == (CallOutcome.LANGUAGE if outcome == "en" else outcome)
    assert made.transcript.text == said


@pytest.mark.usefixtures("listening")
def test_a_worker_that_slept_through_its_lease_keeps_nothing(receive: Receive) -> None:
    made = receive(talk())
    run("callanalysis.Call", made.pk)
    part = CallPart.objects.get()
    CallPart.objects.update(state=State.RUNNING, attempts=part.attempts + 1)
    with pytest.raises(Transient, match="lost"):
        transcribing.hear(part)
    assert CallPart.objects.get().said == []
