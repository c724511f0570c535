"""Every question is on record with its cost, within the month's limit, and shows on the connection."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from model_bakery import baker

from apps.ai.asking import CapReached, ask, ready, spent_this_month
from apps.ai.contract import Answer, Ending, Request
from apps.ai.extraction import TOOL
from apps.ai.models import ModelCall, Purpose
from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Rejected
from apps.integrations.models import Connection, Health
from apps.integrations.opening import Opened
from apps.tenants.models import Tenant
from tests.ai.conftest import Connect
from tests.peers.anthropic import KEY, MESSAGES, AnthropicPeer
from tests.peers.server import Reply

READ = Request(user="iPhone 14 не держит батарею", tool=TOOL)
WRITE = Request(user="Ответь.", max_tokens=500)


def read(connection: Connection, prompt_number: int = 0) -> Answer:
    return ask(
        tenant=connection.tenant,
        connection=connection,
        purpose=Purpose.EXTRACTION,
        request=READ,
        prompt_number=prompt_number,
    )


def spend(tenant: Tenant, usd: str, at: datetime | None = None) -> None:
    baker.make(ModelCall, tenant=tenant, cost_usd=Decimal(usd), at=at or timezone.now())


def test_a_call_is_on_record_with_its_tokens_cost_and_time(
    peer: AnthropicPeer, connection: Connection
) -> None:
    peer.usage = {"input_tokens": 2000, "output_tokens": 300}
    read(connection, prompt_number=3)
    call = ModelCall.objects.get()
    assert (call.tenant, call.connection, call.purpose) == (connection.tenant, connection, "extraction")
    assert (call.model, call.outcome, call.prompt_number) == ("claude-haiku-5-5", "complete", 3)
    assert (call.input_tokens, call.output_tokens) == (2000, 300)
    assert call.cost_usd == Decimal("0.000350")
    assert call.request_id == "req_peer"
    assert call.milliseconds >= 0


@pytest.mark.parametrize("stop_reason", ["refusal", "max_tokens"])
def test_an_unusable_answer_is_on_record_and_paid_for(
    peer: AnthropicPeer, connection: Connection, stop_reason: str
) -> None:
    peer.script(MESSAGES, [peer.message([], stop_reason=stop_reason)])
    answer = read(connection)
    call = ModelCall.objects.get()
    assert call.outcome == answer.ending != Ending.COMPLETE
    assert call.cost_usd > 0


@pytest.mark.parametrize(
    ("status", "outcome"), [(401, "auth_failed"), (429, "rate_limited"), (529, "http_529"), (403, "http_403")]
)
def test_a_failed_call_is_on_record(
    peer: AnthropicPeer, connection: Connection, status: int, outcome: str
) -> None:
    peer.script(MESSAGES, [peer.failure(status, "some_error")])
    with pytest.raises(OutsideError):
        read(connection)
    call = ModelCall.objects.get()
    assert (call.outcome, call.model) == (outcome, "claude-haiku-5-5")
    assert call.cost_usd == 0


def test_our_own_bug_is_on_record_too(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.ai.connectors.anthropic.think", lambda opened, request: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        read(connection)
    assert ModelCall.objects.get().outcome == "internal"


def test_a_call_cut_off_by_a_kill_stays_on_record(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    seen = []

    def think(opened: Opened[Any], request: Request) -> Answer:
        seen.append(ModelCall.objects.get().outcome)
        raise Killed

    monkeypatch.setattr("apps.ai.connectors.anthropic.think", think)
    with pytest.raises(Killed):
        read(connection)
    assert seen == ["asked"]


def test_no_row_holds_the_key_or_the_clients_words(peer: AnthropicPeer, connection: Connection) -> None:
    read(connection)
    row = str(ModelCall.objects.values().get())
    assert KEY not in row
    assert "батарею" not in row


def test_drafts_are_written_by_the_model_for_replies(peer: AnthropicPeer, connect: Connect) -> None:
    connection = connect(reply_model="claude-sonnet-5-5")
    read(connection)
    ask(tenant=connection.tenant, connection=connection, purpose=Purpose.DRAFT, request=WRITE)
    assert [body["model"] for body in peer.bodies] == ["claude-haiku-5-5", "claude-sonnet-5-5"]
    assert {call.model for call in ModelCall.objects.all()} == {"claude-haiku-5-5", "claude-sonnet-5-5"}


def test_the_months_limit_stops_the_asking(peer: AnthropicPeer, connection: Connection) -> None:
    connection.tenant.ai_monthly_cap_usd = Decimal("1.00")
    spend(connection.tenant, "0.999999")
    read(connection)
    spend(connection.tenant, "0.000001")
    with pytest.raises(CapReached) as caught:
        read(connection)
    assert isinstance(caught.value, Rejected)
    assert caught.value.code == "ai_cap"
    assert len(peer.requests) == 1


def test_a_limit_of_nothing_means_no_ai(peer: AnthropicPeer, connection: Connection) -> None:
    connection.tenant.ai_monthly_cap_usd = Decimal(0)
    with pytest.raises(CapReached):
        read(connection)
    assert peer.requests == []


def test_another_tenants_spending_does_not_count(connection: Connection) -> None:
    spend(baker.make(Tenant, slug="other"), "100")
    connection.tenant.ai_monthly_cap_usd = Decimal("1.00")
    assert read(connection).ending is Ending.COMPLETE


def test_the_month_begins_at_the_tenants_own_midnight(tenant: Tenant) -> None:
    # 31 October, 21:30 in London is 1 November, 00:30 in Moscow.
    spend(tenant, "1", datetime(2026, 10, 31, 20, 59, tzinfo=UTC))
    spend(tenant, "2", datetime(2026, 10, 31, 21, 30, tzinfo=UTC))
    with time_machine.travel(datetime(2026, 11, 15, tzinfo=UTC)):
        assert spent_this_month(tenant) == 2
        tenant.timezone = "Europe/London"
        assert spent_this_month(tenant) == 0


def test_another_tenants_connection_is_never_used(connection: Connection) -> None:
    with pytest.raises(ValueError, match="another tenant"):
        ask(
            tenant=baker.make(Tenant, slug="other"),
            connection=connection,
            purpose=Purpose.EXTRACTION,
            request=READ,
        )


def test_a_refused_key_shows_on_the_connection(connect: Connect) -> None:
    connection = connect(api_key="sk-ant-revoked")
    with pytest.raises(AuthFailed):
        read(connection)
    connection.refresh_from_db()
    assert connection.health == Health.NEEDS_RECONNECT
    assert ready(connection.tenant) is None


def test_a_wrong_model_shows_on_the_connection(connect: Connect) -> None:
    connection = connect(model="claude-typo")
    with pytest.raises(ConfigInvalid):
        read(connection)
    connection.refresh_from_db()
    assert connection.health == Health.MISCONFIGURED


def test_a_limit_pauses_the_connection_and_nobody_is_asked_meanwhile(
    peer: AnthropicPeer, connection: Connection
) -> None:
    peer.script(MESSAGES, [peer.failure(429, "rate_limit_error", headers={"Retry-After": "60"})])
    with pytest.raises(RateLimited):
        read(connection)
    with pytest.raises(RateLimited) as caught:
        read(connection)
    assert timedelta(seconds=50) < caught.value.after <= timedelta(seconds=60)
    assert len(peer.requests) == 1


def test_one_answer_makes_the_connection_well_again(connect: Connect) -> None:
    connection = connect()
    Connection.objects.update(health=Health.ERROR, error_code="http_529")
    connection.refresh_from_db()
    read(connection)
    connection.refresh_from_db()
    assert (connection.health, connection.error_code) == (Health.OK, "")


def test_garbage_is_an_answer(peer: AnthropicPeer, connection: Connection) -> None:
    peer.script(MESSAGES, [Reply(body="<html></html>")])
    assert read(connection).ending is Ending.INVALID
    assert ModelCall.objects.get().outcome == "invalid"


def test_nobody_is_ready_without_a_connection(tenant: Tenant) -> None:
    assert ready(tenant) is None


def test_a_connection_that_only_transcribes_does_not_think(tenant: Tenant) -> None:
    baker.make(Connection, tenant=tenant, key="whisper", connector="openai")
    assert ready(tenant) is None


def test_the_connection_that_works_goes_first(connect: Connect) -> None:
    connect("old")
    well, off = connect("well"), connect("off")
    Connection.objects.filter(pk=well.pk).update(health=Health.OK)
    Connection.objects.filter(pk=off.pk).update(health=Health.OK, is_active=False)
    assert ready(well.tenant) == well


def test_another_tenants_connection_is_not_offered(connection: Connection) -> None:
    assert ready(baker.make(Tenant, slug="other")) is None
