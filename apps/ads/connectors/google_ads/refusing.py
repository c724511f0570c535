"""Whom Google did not take, by its own answers: each API says it in its own way.

https://developers.google.com/google-ads/api/docs/best-practices/partial-failures,
https://developers.google.com/data-manager/api/devguides/concepts/errors
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.ads.contract import Batch, Refusals
from apps.core.http import Answer
from apps.integrations.shapes import word

# Of a person in `audienceMembers`, whichever way the path is written.
MEMBER = re.compile(r"audience_?members\[(\d+)\]", re.IGNORECASE)
UNNAMED = "REFUSED"
LONGEST = 100
_PREFIX = "PROCESSING_ERROR_REASON_"


def of_operations(body: Mapping[str, Any], batch: Batch) -> Refusals:
    """The Ads API names operations by their place, one for each person: the whole of it is not done. An error
    without a place may be of anybody.
    """
    error = body.get("partialFailureError")
    if not isinstance(error, dict):
        return Refusals()
    people, refused, nowhere = batch.by_person, dict[int, str](), list[str]()
    for one in _errors(error):
        place, why = _place(one), _reason(one)
        if place is None or place >= len(people):
            nowhere.append(why)
        else:
            refused |= dict.fromkeys(people[place], why)
    if not refused and not nowhere:
        nowhere.append(UNNAMED)
    doubted = {pk: nowhere[0] for pk in batch.ids if pk not in refused} if nowhere else {}
    return Refusals(refused=refused, doubted=doubted, count=len(refused) + len(nowhere))


def of_members(answer: Answer, batch: Batch) -> Refusals:
    """The Data Manager takes nobody of a request in which some are wrong; it names these by their place."""
    error = answer.json.get("error") if isinstance(answer.json, dict) else None
    if answer.status != 400 or not isinstance(error, dict):
        return Refusals()
    people, refused = batch.by_person, dict[int, str]()
    for violation in _dicts(one.get("fieldViolations") for one in _dicts([error.get("details")])):
        found = MEMBER.search(str(violation.get("field")))
        if found and int(found[1]) < len(people):
            why = word(violation.get("reason"), limit=LONGEST) or UNNAMED
            refused |= dict.fromkeys(people[int(found[1])], why)
    return Refusals(refused=refused, count=len(refused))


def of_status(rows: Iterable[Mapping[str, Any]], ids: Iterable[int]) -> Refusals:
    """Afterwards it tells how many of a request it did not take and why, and not whom."""
    infos = (row.get("errorInfo") for row in rows)
    counts = list(_dicts(info.get("errorCounts") for info in infos if isinstance(info, dict)))
    words = [word(one.get("reason"), limit=LONGEST).removeprefix(_PREFIX) for one in counts]
    why = ", ".join(sorted({one for one in words if one})) or UNNAMED
    count = sum(int(one) for row in counts if (one := str(row.get("recordCount"))).isdecimal())
    return Refusals(doubted=dict.fromkeys(ids, why[:LONGEST]), count=max(count, 1))


def _errors(error: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return _dicts(one.get("errors") for one in _dicts([error.get("details")]))


def _place(error: Mapping[str, Any]) -> int | None:
    location = error.get("location")
    path = location.get("fieldPathElements") if isinstance(location, dict) else None
    for element in _dicts([path]):
        index = element.get("index", 0)
        if element.get("fieldName") == "operations" and str(index).isdecimal():
            return int(index)
    return None


def _reason(error: Mapping[str, Any]) -> str:
    """`errorCode` is an object with one key, the kind of the error."""
    code = error.get("errorCode")
    found = next(iter(code.values()), "") if isinstance(code, dict) else ""
    return word(found, limit=LONGEST) or UNNAMED


def _dicts(lists: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for rows in lists:
        yield from (row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict))
