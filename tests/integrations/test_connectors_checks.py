"""How every connector's check fails, and how it is kept alive."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Rejected, Transient
from apps.integrations import registry
from apps.integrations.checking import check_connection
from apps.integrations.contract import Account, Tended
from apps.integrations.opening import open_connection
from apps.tenants.models import Tenant
from tests.integrations.contract import (
    AnyPath,
    connected,
    each_way,
    failure,
    refusal,
    service,
    tended,
    unasked,
)
from tests.peers.server import Reply

__all__ = ["service"]


# How its check fails


@each_way
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(401), AuthFailed),
        (refusal(403), (ConfigInvalid, Rejected)),
        (refusal(429), RateLimited),
        (refusal(503), Transient),
        (Reply(hang=True), Transient),
        (Reply(close=True), Transient),
    ],
    ids=["401", "403", "429", "503", "hangs", "hangs up"],
)
def test_its_check_tells_failures_apart(
    slug: str, way: str, reply: Reply, kind: Any, tenant: Tenant, service: AnyPath
) -> None:
    service.reply = lambda _request: reply
    connection = connected(slug, tenant, base_url=service.url, way=way)
    error = failure(connection, within=0.5 if reply.hang else 5.0)
    assert isinstance(error, kind)
    assert service.requests, "nobody was asked"
    if isinstance(error, RateLimited):
        assert error.after == timedelta(seconds=7)


@each_way
def test_a_site_that_is_not_the_service_is_not_taken_for_it(
    slug: str, way: str, tenant: Tenant, service: AnyPath
) -> None:
    service.reply = lambda _request: Reply(
        body="<html>It works!</html>", headers={"Content-Type": "text/html"}
    )
    failure(connected(slug, tenant, base_url=service.url, way=way))


@each_way
@pytest.mark.parametrize("body", ["null", "[]", '"text"', "1", '{"ok": true}', '{"ok": true, "result": []}'])
def test_an_answer_of_another_shape_is_no_crash(
    slug: str, way: str, body: str, tenant: Tenant, service: AnyPath
) -> None:
    service.reply = lambda _request: Reply(body=body, headers={"Content-Type": "application/json"})
    connection = connected(slug, tenant, base_url=service.url, way=way)
    checked = check_connection(connection=connection, within=5.0)
    assert checked.error_code != "internal"


@unasked
def test_without_a_service_to_ask_the_check_names_an_account(slug: str, tenant: Tenant) -> None:
    account = registry.connector(slug).check(open_connection(connected(slug, tenant)))
    assert isinstance(account, Account)
    assert account.name


# How it is kept alive


@tended
@pytest.mark.parametrize(
    "reply",
    [
        *(refusal(status) for status in (200, 401, 403, 404, 429, 503)),
        Reply(close=True),
        Reply(body="<html>It works!</html>", headers={"Content-Type": "text/html"}),
        *(Reply(body=body, headers={"Content-Type": "application/json"}) for body in ("null", "[]", "1")),
    ],
    ids=lambda reply: reply.body or (reply.close and "hangs up") or reply.status,
)
def test_its_upkeep_is_no_crash_whatever_it_hears(
    slug: str, reply: Reply, tenant: Tenant, service: AnyPath
) -> None:
    service.reply = lambda _request: reply
    connection = connected(slug, tenant, base_url=service.url)
    try:
        done = registry.connector(slug).upkeep(open_connection(connection, within=5.0))
    except OutsideError:
        return
    assert isinstance(done, Tended)


@tended
def test_its_upkeep_runs_at_an_interval(slug: str) -> None:
    interval = getattr(registry.connector(slug), "UPKEEP_EVERY", timedelta(days=1))
    assert timedelta(minutes=10) <= interval <= timedelta(days=1)
