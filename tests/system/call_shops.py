"""An organisation whose CRM sends calls, on a running system, and a CRM that sends them by its API."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.peers.anthropic import KEY as ANTHROPIC_KEY
from tests.peers.anthropic import AnthropicPeer
from tests.peers.openai import KEY as OPENAI_KEY
from tests.peers.openai import OpenAIPeer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYq="
# Of requests in a minute that one key is let.
PER_KEY = 60
SAID = "Добрый день, сервис «Батарея», меня зовут Анна"
STAGE = {"id": "greeting", "name": "Приветствие", "criterion": "Назвал себя", "weight": 1}
COLUMN = {"name": "who", "title": "Кто говорил", "type": "text"}
VERDICT = {"id": "greeting", "verdict": "yes", "quote": "меня зовут Анна", "line": 1, "comment": "Назвала."}
CELL = {"name": "who", "value": "Анна", "quote": "меня зовут Анна", "line": 1}


# For a `Ledger`.
ANALYSED = (
    "SELECT count(*) FROM callanalysis_call"
    " WHERE tenant_id = %(tenant)s AND outcome = 'analysed' AND reason = ''"
)
UNSETTLED = """
    SELECT (SELECT count(*) FROM callanalysis_call
            WHERE tenant_id = %(tenant)s AND state IN ('queued', 'running'))
    + (SELECT count(*) FROM callanalysis_callpart
       WHERE tenant_id = %(tenant)s AND state IN ('queued', 'running'))
    + (SELECT count(*) FROM callanalysis_scorecard
       WHERE tenant_id = %(tenant)s AND state IN ('queued', 'running'))
    + (SELECT count(*) FROM callanalysis_tablerow
       WHERE tenant_id = %(tenant)s AND state IN ('queued', 'running'))
    + (SELECT count(*) FROM integrations_webhookdelivery
       WHERE tenant_id = %(tenant)s AND state IN ('queued', 'running'))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallShop:
    slug: str
    keys: Sequence[str]


def open_call_shop(
    manage: Callable[..., str],
    *,
    folder: Path,
    slug: str,
    openai: str,
    anthropic: str,
    hook: str,
    calls: int,
) -> CallShop:
    """With as many keys as so many calls at once need."""
    keys = [f"key-of-{slug}-{number:02}-0123456789abcdef" for number in range(-(-calls // PER_KEY))]
    file = folder / f"{slug}.yaml"
    # JSON is YAML too.
    file.write_text(json.dumps(_document(slug, keys, openai, anthropic, hook), ensure_ascii=False))
    manage("provision", str(file), "--json", "--no-check")
    return CallShop(slug=slug, keys=keys)


def answering(openai: OpenAIPeer, anthropic: AnthropicPeer) -> None:
    """Whatever is asked: the same words are heard, and the same is found in them."""
    openai.tells = lambda content: [(0.0, 2.0, SAID)]
    anthropic.tools["judge_conversation"] = lambda body: {"stages": [VERDICT]}
    anthropic.tools["fill_table"] = lambda body: {"cells": [CELL]}


def _document(slug: str, keys: Sequence[str], openai: str, anthropic: str, hook: str) -> dict[str, Any]:
    return {
        "tenant": {"slug": slug, "name": f"Мастерская {slug}"},
        "connections": [
            {
                "key": "ear",
                "connector": "openai",
                "config": {"api_key": OPENAI_KEY, "base_url": openai},
            },
            {
                "key": "judge",
                "connector": "anthropic",
                "config": {"api_key": ANTHROPIC_KEY, "base_url": anthropic},
            },
        ],
        "call_analysis": {
            "api_keys": [{"name": f"CRM {number}", "value": key} for number, key in enumerate(keys)],
            "minimum_duration": 1,
            "webhooks": [{"key": "crm", "name": "CRM", "url": hook, "secret": SECRET}],
            "checklists": [{"name": "Звонок", "webhook": "crm", "stages": [STAGE]}],
            "tables": [{"id": "TBL_1", "name": "Запись", "webhook": "crm", "fields": [COLUMN]}],
        },
    }


def send_calls(
    url: str, shop: CallShop, *, recordings: str, count: int, at_once: int = 8, first: int = 1
) -> list[float]:
    """`call_1` … `call_N`, or from another `first` on, each taken. How long each answer took, in seconds."""
    here = threading.local()

    def send(number: int) -> float:
        session: requests.Session = getattr(here, "session", None) or requests.Session()
        here.session = session
        answer = session.post(
            f"{url}/api/v1/calls",
            json={
                "call_id": f"call_{number}",
                "manager_id": f"mgr_{number % 10}",
                "deal_id": f"deal_{number}",
                "audio_url": f"{recordings}/rec/{number}.wav",
            },
            headers={"X-API-Key": shop.keys[number % len(shop.keys)]},
            timeout=60,
        )
        if answer.status_code != 200 or answer.json()["status"] != "success":
            raise RuntimeError(f"call_{number}: {answer.status_code} {answer.text}")
        return answer.elapsed.total_seconds()

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(send, range(first, first + count)))


def names(count: int) -> Iterator[str]:
    return (f"call_{number}" for number in range(1, count + 1))
