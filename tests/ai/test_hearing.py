"""Speech into text by OpenAI: how models are asked, what silence is, what it costs, what can't be heard."""

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from apps.ai.asking import hear, listener
from apps.ai.contract import Answer, Recording
from apps.ai.models import TRANSCRIPTION, ModelCall
from apps.core.errors import AuthFailed, ConfigInvalid, RateLimited, Rejected, Transient
from apps.integrations.connecting import connect
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.peers.openai import TRANSCRIPTIONS, OpenAIPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def openai() -> Iterator[OpenAIPeer]:
    with OpenAIPeer() as peer:
        yield peer


@pytest.fixture
def connection(openai: OpenAIPeer, tenant: Tenant) -> Connection:
    return connect(tenant=tenant, connector="openai", values={"api_key": openai.key, "base_url": openai.url})


def heard(connection: Connection, *, body: bytes = b"OggS", content_type: str = "audio/ogg") -> Answer:
    recording = Recording(file=io.BytesIO(body), content_type=content_type, seconds=30)
    return hear(tenant=connection.tenant, connection=connection, recording=recording)


def test_a_recording_becomes_words_and_a_row_with_its_cost(
    openai: OpenAIPeer, connection: Connection
) -> None:
    assert heard(connection).text == "Здравствуйте, не держит батарея"
    assert (openai.heard[0].filename, openai.heard[0].content) == ("voice.ogg", b"OggS")
    call = ModelCall.objects.get()
    assert (call.purpose, call.model, call.outcome) == (TRANSCRIPTION, "whisper-1", "complete")
    assert (call.cost_usd, call.request_id) == (Decimal("0.0005"), "req_1")


@pytest.mark.parametrize("model", ["gpt-4o-transcribe", "gpt-transcribe"])
def test_newer_models_are_asked_in_their_own_way(openai: OpenAIPeer, tenant: Tenant, model: str) -> None:
    values: dict[str, Any] = {"api_key": openai.key, "base_url": openai.url, "model": model}
    openai.route(TRANSCRIPTIONS, openai_of(openai, model))
    assert heard(connect(tenant=tenant, connector="openai", values=values)).text == "да"


def openai_of(openai: OpenAIPeer, model: str) -> Any:
    def answer(request: Any) -> Reply:
        values = {name: part.content.decode() for name, part in request.multipart.items() if name != "file"}
        language = "languages[]" if model == "gpt-transcribe" else "language"
        openai.expect(values == {"model": model, "response_format": "json", language: "ru"}, str(values))
        return Reply(json={"text": "да"})

    return answer


def test_silence_and_what_is_made_up_of_it_are_no_words(openai: OpenAIPeer, connection: Connection) -> None:
    openai.silence = 0.9
    assert heard(connection).text == ""
    openai.silence = 0.1
    for phantom in ("Продолжение следует...", "Субтитры сделал DimaTorzok", " Спасибо за просмотр! "):
        openai.says = phantom
        assert heard(connection).text == ""
    openai.says = (
        "Спасибо за просмотр объявления, телефон ещё в продаже? Экран разбит, нужна замена, сколько стоит"
    )
    assert heard(connection).text == openai.says


def test_what_cannot_be_heard_is_refused_without_asking(openai: OpenAIPeer, connection: Connection) -> None:
    with pytest.raises(Rejected):
        heard(connection, content_type="application/pdf")
    assert openai.requests == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=401, json={"error": {"code": "invalid_api_key"}}), AuthFailed),
        (Reply(status=429, json={"error": {"code": "rate_limit_exceeded"}}), RateLimited),
        (Reply(status=429, json={"error": {"code": "insufficient_quota"}}), ConfigInvalid),
        (Reply(status=400, json={"error": {"code": None}}), Rejected),
        (Reply(status=503), Transient),
        (Reply(json={"words": 1}), ConfigInvalid),
        (Reply(json=[]), ConfigInvalid),
    ],
)
def test_each_failure_is_of_its_class(
    openai: OpenAIPeer, connection: Connection, reply: Reply, error: type[Exception]
) -> None:
    openai.script(TRANSCRIPTIONS, [reply])
    with pytest.raises(error):
        heard(connection)


def test_whoever_only_thinks_does_not_listen(connection: Connection, tenant: Tenant) -> None:
    assert listener(tenant) == connection
    Connection.objects.update(health=Health.NEEDS_RECONNECT)
    assert listener(tenant) is None


def test_a_model_that_is_no_more_is_asked_for_by_its_successor(
    openai: OpenAIPeer, connection: Connection
) -> None:
    openai.gone = {"whisper-1"}
    answer = heard(connection)
    assert (answer.model, openai.asked[-1]["model"]) == ("gpt-transcribe", "gpt-transcribe")
    assert "language" not in openai.asked[-1]
    call = ModelCall.objects.get()
    assert (call.model, call.cost_usd) == ("gpt-transcribe", Decimal("0.00225"))


def test_a_model_without_a_successor_is_not_replaced(openai: OpenAIPeer, tenant: Tenant) -> None:
    values = {"api_key": openai.key, "base_url": openai.url, "model": "gpt-transcribe"}
    openai.gone = {"gpt-transcribe"}
    with pytest.raises(ConfigInvalid):
        heard(connect(tenant=tenant, connector="openai", values=values))
