"""VK Ads as the customer's document has it (myTarget): a list, and contacts that are put into it.

The document can take nobody out: then the list is deleted and made anew with whoever stays.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.ads.connectors._shared import UPLOAD_SECONDS, gone, piece
from apps.ads.connectors.vk_ads.access import asked
from apps.ads.connectors.vk_ads.spec import Config
from apps.ads.contract import BEGIN, DONE, Algorithm, Line, Step, Task, Terms
from apps.core.errors import OutcomeUnknown, OutsideError, Rejected
from apps.core.http import Answer, Http
from apps.integrations.contract import Account
from apps.integrations.opening import Opened
from apps.integrations.shapes import Shape, as_object, word, wrong_address

TERMS = Terms(shape=Shape.SPEC, algorithm=Algorithm.PLAIN)
LISTS = "api/v2/remarketing_users_lists"
PEOPLE = 10_000
NOT_THERE = (404, 405, 501)


class CannotRemove(Rejected):
    code = "cannot_remove"
    public = _(
        "This service takes nobody out of a list, and does not let the list be deleted. Delete it in the "
        "advertising account; the next upload makes it anew without those who left."
    )


@sensitive_variables()
def door(opened: Opened[Config], token: str) -> Http:
    return opened.http(opened.config.base_url, headers={"Authorization": f"Bearer {token}"})


def check(opened: Opened[Config]) -> Account:
    def ask(token: str) -> None:
        with door(opened, token) as http:
            http.get(f"{LISTS}.json", classify=_unlisted, accept=NOT_THERE)

    asked(opened, ask)
    return Account(name="VK Реклама", api_shape=Shape.SPEC)


def _unlisted(answer: Answer) -> OutsideError | None:
    """The service's own word that it lists none; a page of another site is no such word."""
    if answer.status == 200:
        return None if _rows(answer) is not None else wrong_address()
    is_told = isinstance(answer.json, dict)
    return wrong_address() if answer.status in NOT_THERE and not is_told else None


def step(opened: Opened[Config], task: Task) -> Step:
    def go(token: str) -> Step:
        with door(opened, token) as http:
            return _STAGES[task.stage](http, task)

    return asked(opened, go)


def _begin(http: Http, task: Task) -> Step:
    if not task.remote:
        return Step(stage="create")
    return Step(stage="delete" if task.removals(1, None).ids else "fill")


def _delete(http: Http, task: Task) -> Step:
    answer = http.request(
        "DELETE", f"{LISTS}/{piece(task.remote['list'])}.json", accept=NOT_THERE, idempotent=True
    )
    if answer.status != 404 and answer.status in NOT_THERE:
        raise CannotRemove
    if answer.status == 404 and not isinstance(answer.json, dict):
        raise CannotRemove
    batch = task.removals(None, None)
    if not task.total:
        return Step(stage=DONE, removed=batch.ids, remote={}, is_emptied=True)
    return Step(stage="create", removed=batch.ids, remote={})


def _create(http: Http, task: Task) -> Step:
    found = _named(http, task.name) if task.again else ""
    if not found:
        body = {"name": task.name, "type": "user_list"}
        found = word(as_object(http.post(f"{LISTS}.json", json=body), repeatable=False).get("id"), limit=100)
    if not found:
        raise OutcomeUnknown(code="no_list_id")
    return Step(stage="fill", remote={"list": found})


def _fill(http: Http, task: Task) -> Step:
    """By the ten thousand; whoever is put in twice is in once."""
    batch = task.additions(PEOPLE, None)
    if not batch.ids:
        return Step(stage=DONE, removed=task.removals(None, None).ids)
    if batch.lines:
        http.post(
            f"{LISTS}/{piece(task.remote['list'])}/users.json",
            json={"contacts": [_contact(line) for line in batch.lines]},
            classify=gone,
            idempotent=True,
            expect_json=False,
            deadline=UPLOAD_SECONDS,
        )
    return Step(stage="fill", added=batch.ids)


_STAGES = {BEGIN: _begin, "delete": _delete, "create": _create, "fill": _fill}


def _contact(line: Line) -> dict[str, str]:
    return {"type": str(line.kind.value), "value": line.value}


def _named(http: Http, name: str) -> str:
    """A server that lists none gets another list: the first one is empty, and nobody is in it."""
    rows = _rows(http.get(f"{LISTS}.json", accept=NOT_THERE)) or []
    ours = (row for row in rows if isinstance(row, dict) and row.get("name") == name)
    return next((found for row in ours if (found := word(row.get("id"), limit=100))), "")


def _rows(answer: Answer) -> list[Any] | None:
    found = answer.json.get("items") if isinstance(answer.json, dict) else answer.json
    return found if isinstance(found, list) else None
