"""What advertising platforms have in common: a token that is exchanged once, lists as files, patience."""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from io import StringIO
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar
from urllib.parse import quote

from django.views.decorators.debug import sensitive_variables

from apps.ads.contract import Kind, Line, SegmentGone
from apps.core.errors import AuthFailed, OutsideError
from apps.core.http import Answer
from apps.integrations.opening import Opened
from apps.integrations.shapes import wrong_address
from apps.integrations.tokens import Token, access_token, forget_token

T = TypeVar("T")
# Of an upload; the rest of the requests have the usual time.
UPLOAD_SECONDS = 300.0
LOOK_FIRST, LOOK_LAST = timedelta(seconds=5), timedelta(minutes=2)
MARGIN = timedelta(minutes=5)


@sensitive_variables()
def with_token(opened: Opened[Any], obtain: Callable[[], Token], call: Callable[[str], T]) -> T:
    """A token that is refused is exchanged, once: by one of all who need it, the others wait for it."""
    token = access_token(opened, obtain, margin=MARGIN)
    try:
        return call(token)
    except AuthFailed:
        forget_token(opened.connection, token)
    return call(access_token(opened, obtain, margin=MARGIN))


def pause_before(looks: int, *, first: timedelta = LOOK_FIRST, last: timedelta = LOOK_LAST) -> timedelta:
    """Before the next look at what is being processed: longer each time."""
    return min(first * (1 << min(looks, 10)), last)


def gone(answer: Answer) -> OutsideError | None:
    """Of one segment: 404 and 410 in the service's own words; a web server's page says nothing of it."""
    if answer.status in (404, 410):
        return SegmentGone() if isinstance(answer.json, dict) else wrong_address()
    return None


def own_word(answer: Answer) -> OutsideError | None:
    """For what is deleted: that it is not there must be the service's own word, too."""
    return None if isinstance(answer.json, dict) else gone(answer)


def piece(found: Any) -> str:
    """Of a path: an id is whatever the service once called it."""
    return quote(str(found), safe="")


def table(head: Sequence[str], lines: Iterable[Line]) -> bytes:
    """CSV with an e-mail and a phone of each person in one row."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for _person, theirs in groupby(lines, key=attrgetter("person")):
        values: dict[str, list[str]] = {Kind.EMAIL: [], Kind.PHONE: []}
        for line in theirs:
            values[line.kind].append(line.value)
        # A second phone, left by two clients who became one, is a row of its own.
        for number in range(max(map(len, values.values()))):
            writer.writerow([_nth(values[kind], number) for kind in (Kind.EMAIL, Kind.PHONE)])
    return text.getvalue().encode()


def _nth(values: Sequence[str], number: int) -> str:
    return values[number] if number < len(values) else ""
