"""Calls whose words are known, an AI that judges them as a test wants, and what is asked of them."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from apps.callanalysis import analysing
from apps.callanalysis.models import (
    Call,
    Checklist,
    SalesManager,
    Stage,
    Table,
    Transcript,
)
from apps.callanalysis.publishing import add_table, column, put_in_force, stage
from apps.core.models import State
from apps.integrations.connecting import connect
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.peers.anthropic import AnthropicPeer

Talked = Callable[..., Call]

SAID = (
    ("manager", 0.0, "Добрый день, компания «Ремонт», меня зовут Ёлкин Пётр."),
    ("client", 6.0, "Здравствуйте, у меня телефон Самсунг, не заряжается."),
    ("manager", 12.5, "Ремонт будет стоить пять тысяч рублей, приезжайте завтра"),
    ("client", 18.0, "Ага."),
    ("manager", 19.0, "к десяти часам."),
    ("client", 24.0, "Да, договорились, приеду."),
)
GREETING = stage(id="greeting", name="Приветствие", criterion="Назвал себя и компанию")
PRICE = stage(id="price", name="Цена", criterion="Назвал цену", weight=3)
UPSELL = stage(id="upsell", name="Допродажа", criterion="Предложил чехол", critical=True)
DEVICE = column(name="device", title="Устройство")
SUM = column(name="sum", title="Цена", type="money", question="Какую цену назвал менеджер?")
AGREED = column(name="agreed", title="Согласен", type="bool")


def segments(said: Any = SAID) -> list[dict[str, Any]]:
    return [{"speaker": who, "start": at, "end": at + 4, "text": text} for who, at, text in said]


def verdict(id: str, value: str, quote: str = "", line: int = 0, comment: str = "Так.") -> dict[str, Any]:
    return {"id": id, "verdict": value, "quote": quote, "line": line, "comment": comment}


def cell(name: str, value: Any, quote: str = "", line: int = 0) -> dict[str, Any]:
    return {"name": name, "value": value, "quote": quote, "line": line}


GOOD = (
    verdict("greeting", "yes", "меня зовут Елкин Петр", 1),
    verdict("price", "yes", "стоить пять тысяч рублей", 3),
    verdict("upsell", "no"),
)
CELLS = (
    cell("device", "Samsung", "телефон самсунг", 2),
    cell("sum", "5000.00 RUB", "пять тысяч рублей", 3),
    cell("agreed", "yes", "Да, договорились", 6),
)


class Judge:
    """What the AI answers: `verdicts` and `cells`, of what it is asked; `asked` is what that was."""

    def __init__(self, peer: AnthropicPeer) -> None:
        self.peer = peer
        self.verdicts: Mapping[str, Any] = {one["id"]: one for one in GOOD}
        self.cells: Mapping[str, Any] = {one["name"]: one for one in CELLS}
        self.asked: list[dict[str, Any]] = []
        peer.tools["judge_conversation"] = self._judge
        peer.tools["fill_table"] = self._fill

    def will_say(self, *verdicts: dict[str, Any]) -> None:
        self.verdicts = {**self.verdicts, **{one["id"]: one for one in verdicts}}

    def will_find(self, *cells: dict[str, Any]) -> None:
        self.cells = {**self.cells, **{one["name"]: one for one in cells}}

    @property
    def ids(self) -> list[list[str]]:
        """What was asked of, question by question."""
        return [
            [one.get("id") or one["name"] for one in asked.get("stages") or asked["columns"]]
            for asked in self.asked
        ]

    def _judge(self, body: Any) -> Any:
        asked = self._read(body)
        return {"stages": [self.verdicts[one["id"]] for one in asked["stages"] if one["id"] in self.verdicts]}

    def _fill(self, body: Any) -> Any:
        asked = self._read(body)
        return {"cells": [self.cells[one["name"]] for one in asked["columns"] if one["name"] in self.cells]}

    def _read(self, body: Any) -> dict[str, Any]:
        head, *lines = body["messages"][0]["content"].splitlines()
        self.asked.append({**json.loads(head), "lines": [json.loads(line) for line in lines]})
        return self.asked[-1]


@pytest.fixture
def anthropic() -> Iterator[AnthropicPeer]:
    with AnthropicPeer() as peer:
        yield peer


@pytest.fixture
def thinking(anthropic: AnthropicPeer, tenant_a: Tenant) -> Connection:
    values = {"api_key": anthropic.key, "base_url": anthropic.url, "key_header": "authorization"}
    return connect(tenant=tenant_a, connector="anthropic", values=values)


@pytest.fixture
def judge(thinking: Connection, anthropic: AnthropicPeer) -> Judge:
    return Judge(anthropic)


@pytest.fixture
def talked(tenant_a: Tenant) -> Talked:
    """A call whose words have just become known, and what follows from that."""

    def make(said: Any = SAID, *, manager: str = "mgr_001", **fields: Any) -> Call:
        who, _ = SalesManager.objects.get_or_create(tenant=tenant_a, external_id=manager)
        call = Call.objects.create(
            tenant=tenant_a,
            sales_manager=who,
            external_id=f"call_{Call.objects.count() + 1}",
            state=State.DONE,
            stage=Stage.ANALYSING,
            **fields,
        )
        lines = segments(said)
        transcript = Transcript.objects.create(
            tenant=tenant_a, call=call, segments=lines, text="\n".join(one["text"] for one in lines)
        )
        analysing.begin(transcript)
        return call

    return make


def make_checklist(
    tenant: Tenant, *stages: dict[str, Any], name: str = "Первичный звонок", **fields: Any
) -> Checklist:
    checklist = Checklist.objects.create(tenant=tenant, name=name, **fields)
    put_in_force(owner=checklist, items=stages or (GREETING, PRICE, UPSELL), user=None)
    return checklist


def make_table(
    tenant: Tenant, *columns: dict[str, Any], name: str = "Запись на ремонт", **fields: Any
) -> Table:
    table = Table(tenant=tenant, name=name, **fields)
    add_table(table)
    put_in_force(owner=table, items=columns or (DEVICE, SUM, AGREED), user=None)
    return table


def scorecard_of(call: Call) -> Any:
    return call.scorecards.get()


def row_of(call: Call) -> Any:
    return call.tablerows.get()
