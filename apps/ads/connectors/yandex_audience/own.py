"""Yandex Audience's own API: a file becomes a segment once it is confirmed; later files add and take out.

https://yandex.ru/dev/audience/ru/ref/openapi/segments/uploadCsvFile, …/confirm, …/modifyUploadingData. A file
that was uploaded and not confirmed is no segment, and has no name: one that may be ours is known by what was
not there before.
"""

from collections.abc import Mapping
from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.ads.connectors._shared import UPLOAD_SECONDS, gone, own_word, pause_before, piece, table
from apps.ads.connectors.yandex_audience.access import asked
from apps.ads.connectors.yandex_audience.spec import Config
from apps.ads.contract import (
    BEGIN,
    DONE,
    Algorithm,
    Batch,
    NotProcessed,
    SegmentGone,
    Step,
    Task,
    Terms,
    TooFew,
)
from apps.core.errors import OutcomeUnknown
from apps.core.http import Answer, Http
from apps.integrations.contract import Account
from apps.integrations.opening import Opened
from apps.integrations.shapes import Shape, as_object, word, wrong_address

# MD5 is refused since January 2025. https://yandex.ru/support/audience/ru/segments/file
TERMS = Terms(shape=Shape.VENDOR, algorithm=Algorithm.SHA256, minimum=100, takes_difference=True)
SEGMENTS, SEGMENT = "v1/management/segments", "v1/management/segment"
HEAD = ("email", "phone")
# https://yandex.ru/dev/audience/ru/ref/openapi/segments/getSegments: what a segment goes through.
UNCONFIRMED = "uploaded"


@sensitive_variables()
def door(opened: Opened[Config], token: str) -> Http:
    headers = {"Authorization": f"OAuth {token}"}  # not Bearer
    return opened.http(opened.config.root, headers=headers)


def check(opened: Opened[Config]) -> Account:
    def ask(token: str) -> None:
        with door(opened, token) as http:
            _listed(http)

    asked(opened, ask)
    return Account(name="Yandex Audience", api_shape=Shape.VENDOR)


def step(opened: Opened[Config], task: Task) -> Step:
    def go(token: str) -> Step:
        with door(opened, token) as http:
            return _STAGES[task.stage](http, task)

    return asked(opened, go)


def _begin(http: Http, task: Task) -> Step:
    if task.remote:
        return Step(stage="ready-to-add")
    return Step(stage="upload", data={"known": sorted(_listed(http))})


def _upload(http: Http, task: Task) -> Step:
    batch = task.additions(None, None)
    found = _ours(http, task) if task.again else ""
    if not found:
        answer = http.post(
            f"{SEGMENTS}/upload_csv_file", files=_file(batch), classify=_refused, deadline=UPLOAD_SECONDS
        )
        found = _id_of(as_object(answer, repeatable=False).get("segment"))
    if not found:
        raise OutcomeUnknown(code="no_segment_id")
    return Step(stage="confirm", data={"segment": found}, added=batch.ids)


def _ours(http: Http, task: Task) -> str:
    """The one unconfirmed file that was not there before. Of several none can be told to be ours: then it
    goes up again, and what is never confirmed is in no advertisement.
    """
    new = [
        found
        for found, row in _listed(http).items()
        if found not in task.data["known"] and row.get("status") == UNCONFIRMED
    ]
    return new[0] if len(new) == 1 else ""


def _confirm(http: Http, task: Task) -> Step:
    found = task.data["segment"]
    if not task.again or _listed(http).get(found, {}).get("status") == UNCONFIRMED:
        segment = {
            "id": int(found) if found.isdecimal() else found,
            "name": task.name,
            "hashed": True,
            "hashing_alg": "SHA256",
            "content_type": "crm",
        }
        path = f"{SEGMENT}/{piece(found)}/confirm"
        http.post(path, params={"check_size": "true"}, json={"segment": segment}, classify=gone)
    return Step(stage="made", remote={"segment": found})


def _made(http: Http, task: Task) -> Step:
    return _processed(http, task, then=DONE)


def _ready_to_add(http: Http, task: Task) -> Step:
    """It takes no change while it works on one; a list that nobody is in any more is deleted."""
    if not task.total:
        return Step(stage="delete")
    return _processed(http, task, then="add")


def _add(http: Http, task: Task) -> Step:
    batch = task.additions(None, None)
    if not batch.lines:
        return Step(stage="remove", added=batch.ids)
    if busy := _still_at_it(http, task):
        return busy
    _modify(http, task, "addition", batch)
    return Step(stage="added", added=batch.ids)


def _added(http: Http, task: Task) -> Step:
    return _processed(http, task, then="remove")


def _remove(http: Http, task: Task) -> Step:
    batch = task.removals(None, None)
    if not batch.lines:
        return Step(stage=DONE, removed=batch.ids)
    if busy := _still_at_it(http, task):
        return busy
    _modify(http, task, "subtraction", batch)
    return Step(stage="made", removed=batch.ids)


def _delete(http: Http, task: Task) -> Step:
    batch = task.removals(None, None)
    path = f"{SEGMENT}/{piece(task.remote['segment'])}"
    http.request("DELETE", path, idempotent=True, accept=(404,), classify=own_word)
    return Step(stage=DONE, removed=batch.ids, remote={})


_STAGES = {
    BEGIN: _begin,
    "upload": _upload,
    "confirm": _confirm,
    "made": _made,
    "ready-to-add": _ready_to_add,
    "add": _add,
    "added": _added,
    "remove": _remove,
    "delete": _delete,
}


def _modify(http: Http, task: Task, how: str, batch: Batch) -> None:
    """A repeat changes nothing. Its size is not the segment's."""
    http.post(
        f"{SEGMENT}/{piece(task.remote['segment'])}/modify_data",
        params={"modification_type": how, "check_size": "false"},
        files=_file(batch),
        classify=gone,
        idempotent=True,
        deadline=UPLOAD_SECONDS,
    )


def _still_at_it(http: Http, task: Task) -> Step | None:
    """An earlier try may have arrived: it takes no other change until that is processed."""
    found = _processed(http, task, then=task.stage) if task.again else None
    return found if found and found.wait is not None else None


def _processed(http: Http, task: Task, *, then: str) -> Step:
    """One that shrank below the minimum is shown to nobody any more, and has lost whoever left."""
    row = _listed(http).get(task.remote["segment"])
    if row is None:
        raise SegmentGone
    match row.get("status"):
        case "processed":
            return Step(stage=then)
        case "few_data" if task.whole:
            raise TooFew
        case "few_data":
            return Step(stage=then)
        case "processing_failed":
            raise NotProcessed
    looks = int(task.data.get("looks", 0))
    return Step(stage=task.stage, data={"looks": looks + 1}, wait=pause_before(looks))


def _refused(answer: Answer) -> TooFew | None:
    """https://yandex.ru/dev/audience/ru/ref/errors: a file of too few lines is an invalid one."""
    if answer.status != 400 or not isinstance(answer.json, dict):
        return None
    told = {str(one.get("error_type")) for one in answer.json.get("errors") or () if isinstance(one, dict)}
    return TooFew() if any("few" in one or "small" in one for one in told) else None


def _file(batch: Batch) -> Mapping[str, Any]:
    return {"file": ("audience.csv", table(HEAD, batch.lines), "text/csv")}


def _listed(http: Http) -> dict[str, dict[str, Any]]:
    rows = as_object(http.get(SEGMENTS)).get("segments")
    if not isinstance(rows, list):
        raise wrong_address()
    return {found: row for row in rows if (found := _id_of(row))}


def _id_of(row: Any) -> str:
    return word(row.get("id"), limit=100) if isinstance(row, dict) else ""
