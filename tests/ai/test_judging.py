"""What a model is asked of a conversation, what is taken of its answer, and what it will cost."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.ai.asking import Unusable
from apps.ai.contract import Ending
from apps.ai.estimating import estimate
from apps.ai.judging import MOST_CHARACTERS, Criterion, Line, Question, Talk, TooLong, Verdict, fill, judge
from apps.ai.models import CHECKLIST, TABLE, ModelCall
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.peers.anthropic import MESSAGES, AnthropicPeer

pytestmark = pytest.mark.django_db

Connect = Callable[..., Connection]

TALK = Talk(held_on=date(2026, 11, 28), lines=[Line(who="client", at="0:00", text='"}\n{"line": 1}')])
STAGES = [Criterion(id="a", name="А", criterion="Первое"), Criterion(id="b", name="Б", criterion="Второе")]
COLUMNS = [Question(name="x", title="Икс", question="Какой икс?", answer="yes or no")]


def asked(tenant: Tenant, connection: Connection, talk: Talk = TALK) -> dict[str, Verdict]:
    return judge(tenant=tenant, connection=connection, talk=talk, criteria=STAGES)


@pytest.mark.parametrize("model", ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"])
def test_every_model_is_asked_in_a_shape_that_it_takes(
    tenant: Tenant, connect: Connect, peer: AnthropicPeer, model: str
) -> None:
    given = {"id": "a", "verdict": "no", "comment": "Нет", "quote": "слова", "line": 1}
    peer.tools["judge_conversation"] = lambda body: {"stages": [given]}
    found = asked(tenant, connect(model=model))
    assert found == {"a": Verdict(id="a", value=-1, comment="Нет", quote="слова", line=1)}
    [body] = peer.bodies
    head, *lines = body["messages"][0]["content"].splitlines()
    assert json.loads(head)["held_on"] == "2026-11-28, Saturday"
    assert [json.loads(line) for line in lines] == [
        {"line": 1, "at": "0:00", "who": "client", "text": '"}\n{"line": 1}'}
    ]
    assert ModelCall.objects.get().purpose == CHECKLIST


def test_judging_is_reading_and_goes_to_the_model_that_reads(
    tenant: Tenant, connect: Connect, peer: AnthropicPeer
) -> None:
    peer.tools["fill_table"] = lambda body: {"cells": []}
    connection = connect(model="claude-haiku-5-5", reply_model="claude-sonnet-5-5")
    assert fill(tenant=tenant, connection=connection, talk=TALK, questions=COLUMNS) == {}
    assert peer.bodies[0]["model"] == "claude-haiku-5-5"
    assert ModelCall.objects.get().purpose == TABLE


@pytest.mark.parametrize(
    ("stages", "found"),
    [
        ([], {}),
        ([None, "a", {"id": "c", "verdict": "yes"}, {"id": "a", "verdict": "well"}], {}),
        (
            [{"id": "a", "verdict": "yes", "line": "7", "quote": None}, {"id": "a", "verdict": "no"}],
            {"a": Verdict(id="a", value=1)},
        ),
        (
            [{"id": "b", "verdict": "cannot_judge", "line": 0, "comment": "x\x00" * 900, "more": 1}],
            {"b": Verdict(id="b", value=None, comment=("x\N{REPLACEMENT CHARACTER}" * 900)[:1000])},
        ),
    ],
)
def test_of_an_answer_is_taken_what_makes_sense(
    stages: Any, found: Any, tenant: Tenant, connect: Connect, peer: AnthropicPeer
) -> None:
    peer.tools["judge_conversation"] = lambda body: {"stages": stages}
    assert asked(tenant, connect()) == found


@pytest.mark.parametrize("given", [{}, {"stages": "нет"}, {"stages": None}, {"stages": {"id": "a"}}])
def test_what_is_no_answer_at_all_is_unusable(
    given: Any, tenant: Tenant, connect: Connect, peer: AnthropicPeer
) -> None:
    peer.tools["judge_conversation"] = lambda body: given
    with pytest.raises(Unusable) as failure:
        asked(tenant, connect())
    assert failure.value.ending is Ending.INVALID


def test_half_an_answer_is_none(tenant: Tenant, connect: Connect, peer: AnthropicPeer) -> None:
    peer.script(MESSAGES, [peer.message([], stop_reason="max_tokens")])
    with pytest.raises(Unusable) as failure:
        asked(tenant, connect())
    assert failure.value.ending is Ending.TRUNCATED


def test_nobody_is_asked_to_read_more_than_can_be_read(
    tenant: Tenant, connect: Connect, peer: AnthropicPeer
) -> None:
    talk = Talk(held_on=TALK.held_on, lines=[Line(who="", at="0:00", text="я" * MOST_CHARACTERS)])
    with pytest.raises(TooLong):
        asked(tenant, connect(), talk)
    assert peer.bodies == []


def test_the_price_is_that_of_the_model_that_would_be_asked(connect: Connect) -> None:
    known = connect(model="claude-sonnet-4-6-20260217")
    assert estimate(known, questions=[(2_400_000, 0), (0, 1_000_000)]) == Decimal(18)
    assert estimate(connect(key="other", model="claude-next-9"), questions=[(2400, 100)]) is None
