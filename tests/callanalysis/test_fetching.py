"""From the CRM's link to a file of ours: what is taken, what is refused and why, what is tried again."""

import io
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.callanalysis.models import AnalysisSettings, Call, CallOutcome, Stage
from apps.core.audio import probe
from apps.core.files.storing import stored
from apps.core.models import State
from apps.core.work import find
from apps.core.work.perform import run
from apps.core.work.trouble import replay
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.callanalysis.conftest import FILE, Receive
from tests.callanalysis.tones import beep, talk
from tests.peers.server import Peer, Reply
from tests.sounds import call, repeated, silence, sound
from tests.work import drain

pytestmark = pytest.mark.django_db

MB = 1024 * 1024


def after(made: Call) -> Call:
    drain()
    made.refresh_from_db()
    return made


@pytest.mark.parametrize(
    ("kind", "content_type"), [("mp3", "audio/mpeg"), ("wav", "audio/wav"), ("ogg", "audio/ogg")]
)
def test_a_recording_is_stored_under_its_organisation_and_told_by_its_bytes(
    receive: Receive, tenant_a: Tenant, kind: str, content_type: str
) -> None:
    content = sound(kind, 2.0)
    made = after(receive(content))
    assert str(made.file.name).startswith(f"tenants/{tenant_a.pk}/calls/")
    assert (made.content_type, made.size, made.channels) == (content_type, len(content), 1)
    assert made.seconds == pytest.approx(2.0, abs=0.1)
    assert (made.stage, made.outcome) == (Stage.TRANSCRIBING, "")
    with stored(str(made.file.name)) as file:
        assert file.read() == content
    (part,) = made.parts.all()
    assert (part.start, part.seconds) == (0, made.seconds)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"\n<!DOCTYPE html><html>Sign in</html>", "web_page", "веб-страницу"),
        (b"", "empty_file", "пуст"),
        (b"%PDF-1.7 smeta", "not_audio", "звук"),
        (sound("m4a"), "audio_format", "MP3, WAV"),
        (call("wav", [(silence(2, rate=4000),)], rate=4000), "low_rate", "8 кГц"),
    ],
)
def test_what_is_no_recording_is_unreadable_and_says_why(
    receive: Receive, folder: Path, content: bytes, code: str, words: str
) -> None:
    made = after(receive(content))
    assert (made.state, made.error_code) == (State.FAILED, code)
    assert (made.outcome, made.stage) == (CallOutcome.UNREADABLE, Stage.RECEIVED)
    assert words in made.reason
    assert made.finished_at is not None
    assert not folder.exists()


def test_of_a_file_that_breaks_off_what_is_there_is_used_and_it_is_said(receive: Receive) -> None:
    whole = call("mp3", [(beep(1, 440),)] * 30)
    made = after(receive(whole[: len(whole) // 2]))
    assert made.seconds == pytest.approx(15, abs=0.5)
    assert (made.stage, made.outcome) == (Stage.TRANSCRIBING, "")
    assert "обрывается" in made.remark
    assert after(receive(whole)).remark == ""


def test_a_header_that_lies_of_the_length_is_not_believed(receive: Receive) -> None:
    wav = bytearray(sound("wav", 3.0))
    at = wav.index(b"data") + 4
    wav[at : at + 4] = wav[4:8] = b"\xff\xff\xff\x7f"
    assert after(receive(bytes(wav), declared_seconds=900)).seconds == pytest.approx(3.0, abs=0.01)


def test_a_call_shorter_than_wanted_is_skipped_and_not_kept(
    receive: Receive, tenant_a: Tenant, folder: Path
) -> None:
    AnalysisSettings.objects.create(tenant=tenant_a, least_seconds=5)
    made = after(receive(talk(turns=1)))
    assert (made.state, made.stage, made.outcome) == (State.DONE, Stage.DONE, CallOutcome.SKIPPED)
    assert made.reason == "Короче 5 секунд."
    assert made.seconds == pytest.approx(4.0, abs=0.1)
    assert not folder.exists()


# --- servers that lie


@pytest.fixture
def endless() -> Iterator[tuple[str, list[int]]]:
    """A recording without a length and without an end; how much of it went out."""
    listener, sent = socket.create_server(("127.0.0.1", 0)), [0]

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n")
            try:
                while sent[0] < 300 * MB:
                    connection.sendall(bytes(MB))
                    sent[0] += MB
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/endless.mp3", sent
    thread.join()
    listener.close()


def test_an_endless_stream_ends_at_the_limit(
    receive: Receive, endless: tuple[str, list[int]], folder: Path
) -> None:
    url, sent = endless
    made = after(receive(url=url))
    assert (made.outcome, made.error_code) == (CallOutcome.FAILED, "too_large")
    assert "100 МБ" in made.reason
    assert sent[0] < 120 * MB
    assert not folder.exists()


def test_what_is_announced_as_too_large_is_not_fetched(receive: Receive, crm: Peer) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {101 * MB}\r\n\r\n"
    crm.script(FILE, [Reply(raw=head.encode())])
    assert after(receive()).error_code == "too_large"


def test_no_redirect_leads_into_the_inner_network(receive: Receive, crm: Peer) -> None:
    crm.script(FILE, [Reply(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data"})])
    made = after(receive())
    assert (made.state, made.outcome, made.error_code) == (
        State.FAILED,
        CallOutcome.FAILED,
        "address_blocked",
    )
    assert "сеть" in made.reason


def test_a_redirect_is_followed_without_the_links_password(receive: Receive, crm: Peer) -> None:
    content = sound("mp3", 2.0)
    with Peer() as storage:
        storage.route("GET /file.mp3", lambda request: Reply(body=content))
        crm.script(FILE, [Reply(status=302, headers={"Location": f"{storage.url}/file.mp3"})])
        made = after(receive(url=f"http://user:word@127.0.0.1:{crm.port}/rec/1.mp3"))
        assert made.size == len(content)
        assert crm.requests[0].headers["Authorization"]
        assert storage.requests[0].headers["Authorization"] is None


def test_a_certificate_that_nobody_vouches_for_ends_it_at_once(
    receive: Receive, certificate: Callable[[str], tuple[ssl.SSLContext, str]]
) -> None:
    with Peer(tls=certificate("localhost")[0]) as server:
        made = after(receive(url=f"https://localhost:{server.port}/1.mp3"))
    assert (made.state, made.outcome, made.error_code) == (State.FAILED, CallOutcome.FAILED, "tls_error")
    assert "сертификат" in made.reason.lower()


@pytest.mark.parametrize("reply", [Reply(status=401), Reply(status=403), Reply(status=410)])
def test_a_dead_link_ends_it_at_once_in_plain_words(receive: Receive, crm: Peer, reply: Reply) -> None:
    crm.script(FILE, [reply])
    made = after(receive())
    assert (made.state, made.outcome) == (State.FAILED, CallOutcome.FAILED)
    assert made.reason != made.error_text
    assert len(crm.requests) == 1


def test_a_file_that_is_not_there_yet_is_waited_for_but_not_for_ever(receive: Receive, crm: Peer) -> None:
    early = after(receive())
    assert (early.state, early.outcome, early.failures) == (State.QUEUED, "", 1)
    crm.script(FILE, [Reply(body=sound("mp3", 2.0))])
    again(early)
    assert (early.state, early.stage) == (State.DONE, Stage.TRANSCRIBING)

    late = after(receive(received_at=timezone.now() - timedelta(minutes=11)))
    assert (late.state, late.outcome) == (State.FAILED, CallOutcome.FAILED)
    assert "нет файла" in late.reason
    # Somebody puts it there, and has it done again.
    crm.script(FILE, [Reply(body=sound("mp3", 2.0))])
    replay(Call.objects.filter(pk=late.pk), work=find("callanalysis.Call"))
    after(late)
    assert (late.stage, late.outcome, late.reason) == (Stage.TRANSCRIBING, "", "")
    assert late.finished_at is None


def again(made: Call) -> None:
    Call.objects.filter(pk=made.pk).update(due_at=timezone.now())
    after(made)


def test_a_slow_server_is_waited_for_and_one_that_breaks_off_is_asked_again(
    receive: Receive, crm: Peer
) -> None:
    content = sound("mp3", 2.0)
    half = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content[: len(content) // 2]
    crm.script(FILE, [Reply(raw=half), Reply(status=503), Reply(body=content, delay=8)])
    made = after(receive())
    assert (made.state, made.error_code) == (State.QUEUED, "connection_broken")
    again(made)
    again(made)
    assert (made.state, made.size) == (State.DONE, len(content))


@pytest.mark.usefixtures("listening")
def test_three_hours_of_a_conversation_are_read_whole(receive: Receive) -> None:
    hours = repeated(beep(1, 440) + silence(59, rate=8000), 180)
    made = receive(hours)
    run("callanalysis.Call", made.pk)
    made.refresh_from_db()
    assert made.seconds == pytest.approx(180 * 60, abs=20)
    parts = list(made.parts.all())
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert 4 <= len(parts) <= 5
    assert all(part.seconds <= 2700 for part in parts)
    assert [part.start for part in parts[1:]] == pytest.approx(
        [part.start + part.seconds for part in parts[:-1]]
    )
    assert probe(io.BytesIO(hours)).seconds == pytest.approx(sum(part.seconds for part in parts), abs=0.1)


def test_links_are_kept_out_of_sight(receive: Receive, crm: Peer, listening: Connection) -> None:
    made = after(receive(talk()))
    assert "secret" not in f"{made.reason}{made.error_text}{made.file.name}"
    assert crm.requests[0].query == {"sig": ["secret"]}


def test_a_server_that_never_answers_ends_it_without_a_promise_to_try_again(
    receive: Receive, crm: Peer
) -> None:
    crm.route(FILE, lambda request: Reply(status=503))
    made = receive()
    for _ in range(8):
        again(made)
    assert (made.state, made.outcome) == (State.FAILED, CallOutcome.FAILED)
    assert made.reason == "Сервер с записью так и не ответил, хотя его спрашивали несколько раз."
