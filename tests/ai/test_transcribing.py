"""Recordings of any kind and length become what the model takes, and one text."""

import io
from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest

from apps.ai import transcribing
from apps.ai.contract import Recording
from apps.ai.models import ModelCall
from apps.ai.transcribing import transcribe
from apps.core.audio import probe
from apps.core.errors import Rejected, Transient
from apps.integrations.connecting import connect
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.peers.openai import TRANSCRIPTIONS, OpenAIPeer
from tests.peers.server import Reply
from tests.sounds import silence, sound, tone, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def openai() -> Iterator[OpenAIPeer]:
    with OpenAIPeer() as peer:
        yield peer


@pytest.fixture
def connection(openai: OpenAIPeer, tenant: Tenant) -> Connection:
    return connect(tenant=tenant, connector="openai", values={"api_key": openai.key, "base_url": openai.url})


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcribing, "PART_SECONDS", 3)
    monkeypatch.setattr("apps.ai.connectors.openai.hearing.MAX_SECONDS", 3)


def said(
    connection: Connection, content: bytes, *, heard: Sequence[str] = (), kept: list | None = None
) -> str:
    return transcribe(
        tenant=connection.tenant,
        connection=connection,
        recording=Recording(file=io.BytesIO(content), content_type="audio/ogg"),
        heard=heard,
        keep=lambda so_far: None if kept is None else kept.append(list(so_far)),
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("ogg", "voice.ogg"),
        ("mp3", "voice.mp3"),
        ("m4a", "voice.m4a"),
        ("wav", "voice.wav"),
        ("webm", "voice.webm"),
    ],
)
def test_what_the_model_takes_goes_as_it_is_under_its_true_name(
    openai: OpenAIPeer, connection: Connection, kind: str, name: str
) -> None:
    content = sound(kind)
    assert said(connection, content) == openai.says
    assert (openai.heard[0].filename, openai.heard[0].content) == (name, content)


@pytest.mark.parametrize("kind", ["amr", "mp4"])
def test_what_it_does_not_take_is_converted(openai: OpenAIPeer, connection: Connection, kind: str) -> None:
    assert said(connection, sound(kind, 2.0)) == openai.says
    (file,) = openai.heard
    assert (file.filename, file.content_type) == ("voice.ogg", "audio/ogg")
    assert probe(io.BytesIO(file.content)).seconds == pytest.approx(2.0, abs=0.1)


def test_what_is_too_large_is_made_smaller(
    openai: OpenAIPeer, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.ai.connectors.openai.hearing.MAX_BYTES", 50_000)
    content = sound("wav", 3.0)
    said(connection, content)
    assert len(openai.heard[0].content) < 50_000 < len(content)


@pytest.mark.usefixtures("short_parts")
def test_a_long_one_is_heard_in_parts_and_each_is_paid_for(
    openai: OpenAIPeer, connection: Connection
) -> None:
    words = ["Первое.", "Второе.", "Третье."]
    openai.script(TRANSCRIPTIONS, [Reply(json={"text": one, "duration": 2.5}) for one in words])
    kept: list[list[str]] = []
    speech = [part for _ in range(3) for part in (tone(2.2, rate=16000), silence(0.3, rate=16000))]
    assert said(connection, written("wav", speech), kept=kept) == "Первое.\nВторое.\nТретье."

    asked = [request.multipart for request in openai.to(TRANSCRIPTIONS)]
    lengths = [probe(io.BytesIO(one["file"].content)).seconds for one in asked]
    assert sum(lengths) == pytest.approx(7.5, abs=0.05)
    assert ["prompt" in one for one in asked] == [False, True, True]
    assert asked[2]["prompt"].content.decode() == "Первое.\nВторое."
    assert [call.cost_usd for call in ModelCall.objects.all()] == [Decimal("0.00025")] * 3
    assert kept == [["Первое."], ["Первое.", "Второе."]]


@pytest.mark.usefixtures("short_parts")
def test_after_a_failure_only_what_was_not_heard_is_asked_again(
    openai: OpenAIPeer, connection: Connection
) -> None:
    content = sound("wav", 5.0)
    kept: list[list[str]] = []
    openai.script(TRANSCRIPTIONS, [Reply(json={"text": "Первое.", "duration": 3.0}), Reply(status=503)])
    with pytest.raises(Transient):
        said(connection, content, kept=kept)
    assert kept == [["Первое."]]

    openai.says = "Второе."
    assert said(connection, content, heard=kept[-1]) == "Первое.\nВторое."
    assert len(openai.to(TRANSCRIPTIONS)) == 3


@pytest.mark.parametrize("content", [b"OggS" + bytes(100), b"%PDF-1.7 smeta", b"<html>"])
def test_what_is_no_sound_is_refused_and_nobody_is_asked(
    openai: OpenAIPeer, connection: Connection, content: bytes
) -> None:
    with pytest.raises(Rejected, match="not_audio"):
        said(connection, content)
    assert openai.requests == []
    assert not ModelCall.objects.exists()
