"""Turns what one try brought into the caller's answer or the error to raise."""

from collections.abc import Collection
from dataclasses import dataclass

from apps.core.errors import AuthFailed, OutcomeUnknown, OutsideError, Rejected
from apps.core.http import failures
from apps.core.http.exchange import Broken, Reply
from apps.core.http.failures import Classify, Codes
from apps.core.http.target import read_json
from apps.core.http.wire import Answer, Downloaded


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    idempotent: bool
    foreign: bool
    expect_json: bool
    accept: Collection[int]
    classify: Classify | None
    codes: Codes

    def judge(self, outcome: Reply | Broken) -> Answer | OutsideError:
        if isinstance(outcome, Broken):
            return _broken(outcome, foreign=self.foreign, idempotent=self.idempotent)
        try:
            body, readable = read_json(outcome.content), True
        except ValueError:
            body, readable = None, False
        answer = Answer(status=outcome.status, headers=outcome.headers, json=body, content=outcome.content)
        return self._error(answer, cut=outcome.cut, readable=readable) or answer

    def _error(self, answer: Answer, *, cut: bool, readable: bool) -> OutsideError | None:
        if error := self.classify(answer) if self.classify else None:
            return error
        if answer.status in self.accept:
            return None
        if error := failures.of_status(answer, idempotent=self.idempotent, codes=self.codes):
            return error
        if cut:
            too_large = failures.unusable("too_large", foreign=True)
            return too_large if self.idempotent else OutcomeUnknown(code="too_large")
        if self.expect_json and not readable and answer.status not in (204, 205):
            return failures.unfinished("not_json", sent=True, idempotent=self.idempotent)
        return None


def _broken(outcome: Broken, *, foreign: bool, idempotent: bool) -> OutsideError:
    if outcome.unusable:
        return failures.unusable(outcome.code, foreign=foreign)
    return failures.unfinished(outcome.code, sent=outcome.sent, idempotent=idempotent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    foreign: bool
    authorised: bool  # the caller gave headers for this address
    codes: Codes

    def judge(self, outcome: Reply | Broken) -> Downloaded | OutsideError:
        if isinstance(outcome, Broken):
            return _broken(outcome, foreign=True, idempotent=True)
        answer = Answer(status=outcome.status, headers=outcome.headers, json=None, content=b"")
        if error := failures.of_status(answer, idempotent=True, codes=self._codes()):
            return error
        if outcome.cut:
            return failures.unusable("too_large", foreign=True)
        claimed = outcome.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Downloaded(size=outcome.size, content_type=claimed)

    def _codes(self) -> Codes:
        """An expired link answers 401 or 403. That says nothing about the key, unless the key was sent."""
        if not self.foreign:
            return {403: Rejected, **self.codes}
        return {401: AuthFailed if self.authorised else Rejected, 403: Rejected}
