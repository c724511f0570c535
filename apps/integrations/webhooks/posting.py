"""One request to a receiver, signed, and what came of it. Any answer is an answer; nothing is raised."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.views.decorators.debug import sensitive_variables

from apps.core.errors import OutsideError
from apps.core.http import Answer, Http
from apps.core.http.judging import retry_after
from apps.core.secrets import blot
from apps.core.text import clean
from apps.integrations.webhooks.signing import headers_of

CONNECT, SECONDS = 5.0, 15.0
# Of an answer: what is read, in bytes, and what is kept, in characters.
READ, KEPT = 16 * 1024, 1000
ANY_STATUS = range(100, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """`status` is None where no answer came, and `error_code` then says why. `after`: when to come back."""

    status: int | None
    error_code: str
    milliseconds: int
    text: str = ""
    after: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        return not self.error_code


@sensitive_variables()
def post(*, url: str, secrets: Sequence[str], message_id: str, body: str, at: datetime) -> Answered:
    """The signature is over the very bytes that are sent. A redirect is an answer like any other."""
    content = body.encode()
    headers = headers_of(message_id=message_id, body=content, at=at, secrets=secrets)
    headers["Content-Type"] = "application/json"
    began = time.monotonic()
    with Http(timeout=(CONNECT, SECONDS), max_answer=READ) as http:
        try:
            answer = http.post(
                url,
                data=content,
                headers=headers,
                idempotent=True,
                expect_json=False,
                accept=ANY_STATUS,
                deadline=SECONDS,
            )
        except OutsideError as error:
            return Answered(status=None, error_code=error.code, milliseconds=_since(began))
    return _read(answer, milliseconds=_since(began), secrets=secrets)


def _read(answer: Answer, *, milliseconds: int, secrets: Sequence[str]) -> Answered:
    text = blot(clean(answer.content.decode(errors="replace"), limit=KEPT), secrets)
    if 200 <= answer.status < 300:
        return Answered(status=answer.status, error_code="", milliseconds=milliseconds, text=text)
    return Answered(
        status=answer.status,
        error_code=f"http_{answer.status}",
        milliseconds=milliseconds,
        text=text,
        after=retry_after(answer.headers) if "Retry-After" in answer.headers else None,
    )


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
