"""Yandex Audience as the customer's document has it: a segment, and its data as a CSV that stands for it all.

The document knows no list of segments. It is asked for all the same where a segment may have been made
unheard; a server that has none gets another segment: the first one is empty, and nobody is in it.
"""

from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.ads.connectors._shared import UPLOAD_SECONDS, gone, piece, table
from apps.ads.connectors.yandex_audience.access import asked
from apps.ads.connectors.yandex_audience.spec import Config
from apps.ads.contract import BEGIN, DONE, Algorithm, Step, Task, Terms
from apps.core.errors import OutcomeUnknown, OutsideError
from apps.core.http import Answer, Http
from apps.integrations.contract import Account
from apps.integrations.opening import Opened
from apps.integrations.shapes import Shape, as_object, word, wrong_address

TERMS = Terms(shape=Shape.SPEC, algorithm=Algorithm.PLAIN)
SEGMENTS = "v1/management/segments"
HEAD = ("Email", "Phone")
# A server of the document alone has no such method.
NOT_LISTED = (400, 404, 405, 501)


@sensitive_variables()
def door(opened: Opened[Config], token: str) -> Http:
    headers = {"Authorization": f"Bearer {token}"}
    return opened.http(opened.config.root, headers=headers)


def check(opened: Opened[Config]) -> Account:
    def ask(token: str) -> Any:
        with door(opened, token) as http:
            return as_object(http.get(SEGMENTS, classify=_unlisted, accept=(405, 501, 404)))

    asked(opened, ask)
    return Account(name="Yandex Audience", api_shape=Shape.SPEC)


def _unlisted(answer: Answer) -> OutsideError | None:
    """The service's own word that it lists no segments; a page of another site is none."""
    is_told = answer.status == 200 and isinstance(answer.json, dict) and "segments" in answer.json
    if answer.status in (404, 405, 501):
        is_told = isinstance(answer.json, dict)
    return None if is_told or answer.status not in (200, 404, 405, 501) else wrong_address()


def step(opened: Opened[Config], task: Task) -> Step:
    if task.stage == BEGIN and not task.remote:
        return asked(opened, lambda token: _create(opened, token, task))
    return asked(opened, lambda token: _fill(opened, token, task))


@sensitive_variables("token")
def _create(opened: Opened[Config], token: str, task: Task) -> Step:
    with door(opened, token) as http:
        found = _named(http, task.name) if task.again else ""
        if not found:
            body = {"segment": {"name": task.name, "segment_type": "uploaded", "hashed": False}}
            answer = as_object(http.post(SEGMENTS, json=body), repeatable=False)
            found = _id_of(answer.get("segment"))
    if not found:
        raise OutcomeUnknown(code="no_segment_id")
    return Step(stage="data", remote={"segment": found})


@sensitive_variables("token")
def _fill(opened: Opened[Config], token: str, task: Task) -> Step:
    whole, left = task.additions(None, None), task.removals(None, None)
    path = f"{SEGMENTS}/{piece(task.remote['segment'])}/data"
    with door(opened, token) as http:
        http.post(
            path,
            data=table(HEAD, whole.lines),
            headers={"Content-Type": "text/csv"},
            classify=gone,
            idempotent=True,
            deadline=UPLOAD_SECONDS,
        )
    return Step(stage=DONE, added=whole.ids, removed=left.ids)


def _named(http: Http, name: str) -> str:
    answer = http.get(SEGMENTS, accept=NOT_LISTED)
    rows = answer.json.get("segments") if isinstance(answer.json, dict) else None
    ours = (row for row in rows or () if isinstance(row, dict) and row.get("name") == name)
    return next((found for row in ours if (found := _id_of(row))), "")


def _id_of(row: Any) -> str:
    return word(row.get("id"), limit=100) if isinstance(row, dict) else ""
