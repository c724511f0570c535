"""What is answered beside Django, and that nothing else is."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.test import RequestFactory

from apps.appeals.live.passes import make_pass
from apps.core.aside import Aside


def inner(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"inner"]


def asked(path: str, method: str = "GET", **query: str) -> tuple[str, bytes]:
    answered: list[str] = []
    environ = RequestFactory().generic(method, path, QUERY_STRING="").environ
    environ["QUERY_STRING"] = "&".join(f"{name}={value}" for name, value in query.items())
    body = Aside(inner, settings.ASIDE)(environ, lambda status, headers: answered.append(status))
    return answered[0], b"".join(body)


def test_only_the_address_that_is_named_is_answered_aside() -> None:
    assert asked("/live/desk") == ("403 Forbidden", b"")
    assert asked("/live/desk/") == ("200 OK", b"inner")
    assert asked("/admin/") == ("200 OK", b"inner")


def test_pages_ask_with_get_and_a_good_pass() -> None:
    good = make_pass(tenant_id=1)
    assert asked("/live/desk", "POST", **{"pass": good}) == ("405 Method Not Allowed", b"")
    assert asked("/live/desk", **{"pass": good, "since": "x"}) == ("400 Bad Request", b"")
    assert asked("/live/desk", **{"pass": good, "since": "1", "of": "-1"}) == ("204 No Content", b"")
