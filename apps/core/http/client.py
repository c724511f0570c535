"""`Http`: one service's client, as its connector configures it."""

import logging
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO, Self, TypedDict, TypeVar, Unpack

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables
from requests.structures import CaseInsensitiveDict

from apps.core.errors import OutsideError
from apps.core.http.exchange import Broken, Limits, Reply, perform
from apps.core.http.judging import ApiCall, Classify, Codes, Download
from apps.core.http.resuming import Progress, go_on
from apps.core.http.target import (
    USER_AGENT,
    Unusable,
    join,
    origin,
    prepare,
    redirect_of,
    shown_host,
    shown_path,
)
from apps.core.http.transport import Transport, tls_context
from apps.core.http.wire import Answer, CallRecord, Downloaded
from apps.core.text import clean

logger = logging.getLogger(__name__)

MAX_REDIRECTS = 5
MAX_ANSWER = 10 * 1024 * 1024

# What services call a request of ours, each in a header of its own.
REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-fb-request-id", "x-fb-trace-id", "twilio-request-id")
OnCall = Callable[[CallRecord], None]
# What it says in its headers, of whatever answer came from the service itself.
OnAnswer = Callable[[Mapping[str, str]], None]
T = TypeVar("T")


class Options(TypedDict, total=False):
    """Of every call. `idempotent` defaults to True for GET and HEAD only: say so where a repeat does no harm.

    `accept` names error statuses the caller reads itself; `classify` goes `accept` and the default mapping,
    sees every answer (some vendors fail with 200) and returns the error to raise, or None.
    `deadline` bounds the whole call in seconds: connect + 2 x read unless given; give it for large uploads.
    """

    params: Mapping[str, Any] | None
    json: Any
    data: Mapping[str, Any] | bytes | Iterable[bytes] | None
    files: Mapping[str, Any] | None
    headers: Mapping[str, str] | None
    idempotent: bool | None
    expect_json: bool
    accept: Collection[int]
    classify: Classify | None
    deadline: float | None


class Http:
    """Raises only `core.errors`.

    Headers given here go only to `base_url`'s own scheme, host and port (to every address when there is
    none); headers given with a call go to that call's address. No redirect to another origin carries either
    along.

    `own`: a service of whoever runs this server, named in the environment. It may be in a private network,
    and is asked without the proxy.
    """

    def __init__(
        self,
        *,
        base_url: str = "",
        headers: Mapping[str, str] | None = None,
        timeout: tuple[float, float] = (5.0, 30.0),
        secrets: Sequence[str] = (),
        on_call: OnCall | None = None,
        on_answer: OnAnswer | None = None,
        ca_bundle: str | None = None,
        codes: Codes | None = None,
        classify: Classify | None = None,
        max_answer: int = MAX_ANSWER,
        own: bool = False,
    ) -> None:
        self._base_url = base_url
        self._headers = dict(headers or {})
        self._timeout = timeout
        self._secrets = tuple(secrets)
        self._on_call = on_call
        self._on_answer = on_answer
        self._ca_bundle = ca_bundle
        self._codes: Codes = codes or {}
        self._classify = classify
        self._max_answer = max_answer
        self._own = own
        self._transport: Transport | None = None

    def __repr__(self) -> str:
        return "<Http>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def get(self, path: str, **options: Unpack[Options]) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Unpack[Options]) -> Answer:
        return self.request("POST", path, **options)

    @sensitive_variables()
    def request(self, method: str, path: str, **options: Unpack[Options]) -> Answer:
        url = join(self._base_url, path)
        idempotent = options.get("idempotent")
        expect_json = options.get("expect_json", True)
        call = ApiCall(
            idempotent=method in ("GET", "HEAD") if idempotent is None else idempotent,
            foreign=self._is_foreign(url),
            expect_json=expect_json,
            accept=options.get("accept", ()),
            classify=options.get("classify") or self._classify,
            codes=self._codes,
        )
        body = {name: options.get(name) for name in ("params", "json", "data", "files")}
        headers = self._headers_for(url, options.get("headers"), "application/json" if expect_json else "*/*")
        limits = self._limits(options.get("deadline"), self._max_answer)
        outcome = self._run(method, url, headers, body, limits, call.judge)
        if isinstance(outcome, OutsideError):
            raise outcome
        return outcome

    @sensitive_variables()
    def download(
        self,
        url: str,
        *,
        max_bytes: int,
        to: BinaryIO,
        deadline: float = 60.0,
        headers: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> Downloaded:
        """Streams into `to`, which holds a part of it when this raises. 403, 404: `Rejected`, links die.

        With `progress`, which says how much of it `to` holds already, and holds at its end, a download that
        breaks off goes on where it stopped, within the same `deadline` and `max_bytes`. `to` must be able to
        seek and truncate. What is there when this raises may be gone on with later.
        """
        url = join(self._base_url, url)
        call = Download(foreign=self._is_foreign(url), authorised=bool(headers), codes=self._codes)
        limits = self._limits(deadline, max_bytes)
        own = self._headers_for(url, headers, "*/*")

        def ask() -> Downloaded | OutsideError:
            wanted = own | (progress.headers() if progress is not None else {})
            return self._run("GET", url, wanted, {}, limits, call.judge, to, progress)

        outcome = ask() if progress is None else go_on(ask, progress, until=limits.deadline)
        if isinstance(outcome, OutsideError):
            raise outcome
        return outcome

    @sensitive_variables()
    def beginning(self, url: str, *, size: int, deadline: float) -> bytes:
        """The first bytes of a file, at most `size`: asked for alone, and no more read where all of it comes.

        Raises as `download` does.
        """
        url = join(self._base_url, url)
        call = Download(foreign=self._is_foreign(url), authorised=False, codes=self._codes)

        def judge(outcome: Reply | Broken) -> bytes | OutsideError:
            whole = outcome if isinstance(outcome, Broken) else replace(outcome, cut=False)
            judged = call.judge(whole)
            if isinstance(judged, OutsideError) or isinstance(outcome, Broken):
                return judged if isinstance(judged, OutsideError) else b""
            return outcome.content

        headers = self._headers_for(url, {"Range": f"bytes=0-{size - 1}"}, "*/*")
        limits = replace(self._limits(deadline, size), beginning=True)
        outcome = self._run("GET", url, headers, {}, limits, judge)
        if isinstance(outcome, OutsideError):
            raise outcome
        return outcome

    def _run(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Mapping[str, Any],
        limits: Limits,
        judge: Callable[[Reply | Broken], T | OutsideError],
        to: BinaryIO | None = None,
        progress: Progress | None = None,
    ) -> T | OutsideError:
        """Returns its error, for the caller to raise outside any `except`: then it has no context to leak."""
        try:
            transport = self._open_transport()
            request = prepare(method, url, headers=headers, **body)
        except Unusable as error:
            return judge(Broken(code=error.code, sent=False, unusable=True))
        for _ in range(MAX_REDIRECTS + 1):
            started = time.monotonic()
            outcome = perform(transport, request, limits, to=to, progress=progress)
            self._hear(request, outcome)
            following, broken = _next_hop(request, outcome)
            if following is None:
                result = judge(broken or outcome)
                self._record(request, outcome, result, started)
                return result
            self._record(request, outcome, None, started)
            request = following
        return judge(Broken(code="too_many_redirects", sent=False, unusable=True))

    def _hear(self, request: requests.PreparedRequest, outcome: Reply | Broken) -> None:
        if self._on_answer is None or isinstance(outcome, Broken) or self._is_foreign(request.url or ""):
            return
        try:
            self._on_answer(outcome.headers)
        except Exception:  # as below: what the answer is about has happened
            logger.exception("What an answer's headers say was not taken in.")

    def _record(
        self, request: requests.PreparedRequest, outcome: Reply | Broken, result: object, started: float
    ) -> None:
        if self._on_call is None:
            return
        url = request.url or ""
        record = CallRecord(
            method=request.method or "",
            host=shown_host(url),
            path=shown_path(url, self._secrets),
            status=outcome.status if isinstance(outcome, Reply) else None,
            ms=round((time.monotonic() - started) * 1000),
            error_code=result.code if isinstance(result, OutsideError) else "",
            request_id=_request_id(outcome) if isinstance(outcome, Reply) else "",
        )
        try:
            self._on_call(record)
        except Exception:  # the call has happened; a broken log must not make it look as if it had not
            logger.exception("The action log did not take a record.")

    def is_foreign(self, path: str) -> bool:
        """Whether it leads elsewhere than to `base_url`'s own scheme, host and port."""
        return self._is_foreign(join(self._base_url, path))

    def _is_foreign(self, url: str) -> bool:
        try:
            return bool(self._base_url) and origin(url) != origin(self._base_url)
        except Unusable:
            return False

    def _headers_for(self, url: str, own: Mapping[str, str] | None, accept: str) -> dict[str, str]:
        merged = CaseInsensitiveDict(
            {"User-Agent": USER_AGENT, "Accept": accept, "Accept-Encoding": "identity"}
        )
        merged.update({} if self._is_foreign(url) else self._headers)
        merged.update(own or {})
        return dict(merged)

    def _limits(self, deadline: float | None, size: int) -> Limits:
        connect, read = self._timeout
        whole = connect + 2 * read if deadline is None else deadline
        deadline_at = time.monotonic() + whole
        return Limits(connect=connect, read=read, deadline=deadline_at, size=size, own=self._own)

    def _open_transport(self) -> Transport:
        if self._transport is None:
            proxy = "" if self._own else settings.OUTBOUND_PROXY
            self._transport = Transport(context=_context(self._ca_bundle), proxy=proxy)
        return self._transport


def _request_id(reply: Reply) -> str:
    found = (reply.headers.get(name, "") for name in REQUEST_ID_HEADERS)
    return clean(next((one for one in found if one), ""), limit=200)


def _context(ca_bundle: str | None) -> ssl.SSLContext:
    general = (settings.OUTBOUND_CA_BUNDLE,) if settings.OUTBOUND_CA_BUNDLE else ()
    try:
        context = tls_context(general)
    except OSError:
        raise ImproperlyConfigured("OUTBOUND_CA_BUNDLE is not a readable PEM file.") from None
    if not ca_bundle:
        return context
    try:
        return tls_context((*general, ca_bundle))
    except OSError:
        raise Unusable("ca_bundle") from None


def _next_hop(
    request: requests.PreparedRequest, outcome: Reply | Broken
) -> tuple[requests.PreparedRequest | None, Broken | None]:
    """The request that follows a redirect, or why it cannot be made."""
    if isinstance(outcome, Broken):
        return None, None
    try:
        return redirect_of(request, outcome), None
    except Unusable as error:
        return None, Broken(code=error.code, sent=False, unusable=True)
