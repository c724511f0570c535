"""VK Ads' own API: a list of phones and one of e-mails, each a file, joined in one segment.

https://ads.vk.com/doc/api/resource/RemarketingUsersLists, …/Segments. A list has 2000 lines at least, what
changes one 25: where fewer have to leave, new lists take the places of the old ones in the segment.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.ads.connectors._shared import UPLOAD_SECONDS, gone, own_word, pause_before, piece
from apps.ads.connectors.vk_ads.access import asked
from apps.ads.connectors.vk_ads.spec import Config
from apps.ads.contract import (
    BEGIN,
    DONE,
    Algorithm,
    Batch,
    Kind,
    NotProcessed,
    SegmentGone,
    Step,
    Task,
    Terms,
    TooFew,
)
from apps.core.errors import OutcomeUnknown, OutsideError, Rejected
from apps.core.http import Answer, Http
from apps.integrations.contract import Account
from apps.integrations.opening import Opened
from apps.integrations.shapes import Shape, as_object, word, wrong_address

LEAST, LEAST_CHANGED = 2000, 25
# https://ads.vk.com/help/articles/contact_list
TERMS = Terms(
    shape=Shape.VENDOR,
    algorithm=Algorithm.MD5,
    minimum=LEAST,
    takes_difference=True,
    fewest_removed=LEAST_CHANGED,
)
LISTS, SEGMENTS = "api/v3/remarketing/users_lists", "api/v2/remarketing/segments"
TYPES: Mapping[str, str] = {Kind.PHONE: "phones", Kind.EMAIL: "emails"}
KINDS = (Kind.PHONE, Kind.EMAIL)
# One reading of a list a minute. https://ads.vk.com/doc/api/info/Особенности%20API
LOOK_FIRST, LOOK_LAST = timedelta(minutes=1), timedelta(minutes=5)


class InUse(Rejected):
    code = "in_use"
    public = _(
        "Too few people are left for VK Ads to keep the list, and it is used in a campaign there. Stop that "
        "campaign and delete the audience in VK Ads: until then those who left stay in it."
    )


@sensitive_variables()
def door(opened: Opened[Config], token: str) -> Http:
    return opened.http(opened.config.base_url, headers={"Authorization": f"Bearer {token}"})


def check(opened: Opened[Config]) -> Account:
    def ask(token: str) -> Any:
        with door(opened, token) as http:
            return as_object(http.get("api/v2/user.json"))

    body = asked(opened, ask)
    if not (named := word(body.get("username")) or word(body.get("id"))):
        raise wrong_address()
    return Account(name=named, api_shape=Shape.VENDOR)


def step(opened: Opened[Config], task: Task) -> Step:
    stage, _is, kind = task.stage.partition(":")

    def go(token: str) -> Step:
        with door(opened, token) as http:
            return _STAGES[stage](http, task, kind)

    return asked(opened, go)


def _begin(http: Http, task: Task, kind: str) -> Step:
    return Step(stage=f"{'list' if task.whole else 'add'}:{KINDS[0]}")


# A segment that is made, or whose lists are replaced


def _list(http: Http, task: Task, kind: str) -> Step:
    batch = task.additions(None, Kind(kind))
    if len(batch.lines) < LEAST:
        return Step(stage=_after("list", kind, then="segment"), data=task.data)
    name = f"{task.name} · {TYPES[kind]}"
    known = set(task.remote.get("lists", {}).values())
    found = _named(http, LISTS, name, but=known) if task.again else ""
    found = found or _uploaded(http, name, kind, batch)
    lists = {**task.data.get("lists", {}), kind: found}
    return Step(stage=f"ready:{kind}", data={"lists": lists, "waits": found}, added=batch.ids)


def _ready(http: Http, task: Task, kind: str) -> Step:
    return _processed(http, task, then=_after("list", kind, then="segment"))


def _segment(http: Http, task: Task, kind: str) -> Step:
    lists = task.data.get("lists", {})
    if not lists:
        if not task.remote:
            raise TooFew
        return Step(stage="dissolve")
    if task.remote:
        segment = task.remote["segment"]
        there = {source for _relation_id, source in _related(http, segment)} if task.again else set()
        if missing := [_relation(one) for one in lists.values() if one not in there]:
            path = f"{SEGMENTS}/{piece(segment)}/relations.json"
            http.post(path, json={"items": missing}, classify=gone, idempotent=True)
        return Step(stage="swap", data=task.data)
    relations = [_relation(one) for one in lists.values()]
    found = _named(http, SEGMENTS, task.name) if task.again else ""
    if not found:
        body = {"name": task.name, "pass_condition": 1, "relations": relations}
        found = word(
            as_object(http.post(f"{SEGMENTS}.json", json=body), repeatable=False).get("id"), limit=100
        )
    if not found:
        raise OutcomeUnknown(code="no_segment_id")
    remote = {"segment": found, "lists": lists}
    return Step(stage=DONE, remote=remote, removed=task.removals(None, None).ids)


def _swap(http: Http, task: Task, kind: str) -> Step:
    """The former lists leave the segment and are deleted. A repeat finds what is left to do."""
    lists, segment = task.data["lists"], task.remote["segment"]
    old = {found for found in task.remote["lists"].values() if found not in lists.values()}
    for relation, source in _related(http, segment):
        if source in old:
            _delete(http, f"{SEGMENTS}/{piece(segment)}/relations/{piece(relation)}.json")
    for found in sorted(old):
        _delete(http, f"{LISTS}/{piece(found)}.json")
    remote = {"segment": task.remote["segment"], "lists": lists}
    return Step(stage=DONE, remote=remote, removed=task.removals(None, None).ids)


def _dissolve(http: Http, task: Task, kind: str) -> Step:
    """Fewer are left than a list may have: all of them leave."""
    _delete(http, f"{SEGMENTS}/{piece(task.remote['segment'])}.json")
    for found in sorted(task.remote["lists"].values()):
        _delete(http, f"{LISTS}/{piece(found)}.json")
    return Step(stage=DONE, remote={}, is_emptied=True)


# Only what has changed


def _add(http: Http, task: Task, kind: str) -> Step:
    following = _after("add", kind, then=f"remove:{KINDS[0]}")
    batch = task.additions(None, Kind(kind))
    return _changed(http, task, kind, batch, sign="", following=following)


def _remove(http: Http, task: Task, kind: str) -> Step:
    batch = task.removals(None, Kind(kind))
    return _changed(http, task, kind, batch, sign="-", following=_after("remove", kind, then=DONE))


def _changed(http: Http, task: Task, kind: str, batch: Batch, *, sign: str, following: str) -> Step:
    """Fewer than it takes wait for the next upload. A repeat changes nothing."""
    base = task.remote["lists"].get(kind)
    if base is None or len(batch.lines) < LEAST_CHANGED:
        return Step(stage=following)
    found = _uploaded(http, f"{task.name} · {TYPES[kind]}", kind, batch, base=f"{sign}{base}")
    data = {"waits": found, "then": following}
    if sign:
        return Step(stage="changed", data=data, removed=batch.ids)
    return Step(stage="changed", data=data, added=batch.ids)


def _after_change(http: Http, task: Task, kind: str) -> Step:
    return _processed(http, task, then=str(task.data["then"]))


_STAGES = {
    BEGIN: _begin,
    "list": _list,
    "ready": _ready,
    "segment": _segment,
    "swap": _swap,
    "dissolve": _dissolve,
    "add": _add,
    "remove": _remove,
    "changed": _after_change,
}


def _after(stage: str, kind: str, *, then: str) -> str:
    return f"{stage}:{Kind.EMAIL}" if kind == Kind.PHONE else then


def _uploaded(http: Http, name: str, kind: str, batch: Batch, *, base: str = "") -> str:
    text = "".join(f"{line.value}\n" for line in batch.lines)
    files = {"file": ("audience.txt", text.encode(), "text/plain")}
    values = {"name": name, "type": TYPES[kind], **({"base": base} if base else {})}
    answer = http.post(
        f"{LISTS}.json",
        files=files,
        data=values,
        classify=_refused,
        idempotent=bool(base),
        deadline=UPLOAD_SECONDS,
    )
    found = word(as_object(answer, repeatable=False).get("id"), limit=100)
    if not found:
        raise OutcomeUnknown(code="no_list_id")
    return found


def _processed(http: Http, task: Task, *, then: str) -> Step:
    """receiving → received → mapping → mapped → writing → ready, or error."""
    answer = as_object(http.get(f"{LISTS}/{piece(task.data['waits'])}.json", classify=gone))
    if answer.get("status") == "ready":
        return Step(stage=then, data={"lists": task.data.get("lists", {})})
    if answer.get("status") == "error":
        raise NotProcessed
    looks = int(task.data.get("looks", 0))
    wait = pause_before(looks, first=LOOK_FIRST, last=LOOK_LAST)
    return Step(stage=task.stage, data={**task.data, "looks": looks + 1}, wait=wait)


def _delete(http: Http, path: str) -> None:
    answer = http.request(
        "DELETE", path, idempotent=True, accept=(404, 409), expect_json=False, classify=own_word
    )
    if answer.status == 409:
        raise InUse


def _named(http: Http, path: str, name: str, *, but: set[str] = frozenset()) -> str:  # type: ignore[assignment]
    rows = as_object(http.get(f"{path}.json")).get("items")
    ours = (row for row in rows or () if isinstance(row, dict) and row.get("name") == name)
    ids = (word(row.get("id"), limit=100) for row in ours if not row.get("base"))
    return next((found for found in ids if found and found not in but), "")


def _related(http: Http, segment: str) -> list[tuple[str, str]]:
    """Relations of a segment: the id of each, and of the list that it is to."""
    path = f"{SEGMENTS}/{piece(segment)}/relations.json"
    rows = as_object(http.get(path, params={"fields": "id,object_type,params"}, classify=gone)).get("items")
    found = ((row.get("id"), row.get("params")) for row in rows or () if isinstance(row, dict))
    return [
        (word(pk, limit=100), word(params.get("source_id"), limit=100))
        for pk, params in found
        if isinstance(params, dict)
    ]


def _relation(found: str) -> dict[str, Any]:
    source = int(found) if found.isdecimal() else found
    return {"object_type": "remarketing_users_list", "params": {"source_id": source, "type": "positive"}}


def _code(answer: Answer) -> str:
    error = answer.json.get("error") if isinstance(answer.json, dict) else None
    return str(error.get("code")) if isinstance(error, dict) else ""


def _refused(answer: Answer) -> OutsideError | None:
    fields = str(answer.json.get("error", "")) if isinstance(answer.json, dict) else ""
    if answer.status == 400 and "not_enough_ids" in fields:
        return TooFew()
    return SegmentGone() if answer.status == 400 and "base" in fields else None
