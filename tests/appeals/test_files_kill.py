"""Processes killed with a file in their hands: a visitor's upload, a recording that is converted."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import connection, transaction
from django.utils import timezone

from apps.appeals.models import Attachment, Author, Message, Rendition
from apps.channels.connectors.webchat import in_turn
from apps.channels.contract import MediaKind, OutgoingFile
from apps.channels.models import Channel, ChatLine, ChatVisitor, Delivery, InboundEvent
from apps.core.audio import probe
from apps.core.files.storing import store, stored
from apps.core.models import State
from apps.core.work.perform import run
from apps.core.work.recover import recover
from config.storage import backend
from tests.channels.outbox import put, worker_process
from tests.core.workprocesses import Running
from tests.live import free_port, wait_until
from tests.sounds import silence, written
from tests.work import drain

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
MINUTES = 8  # long enough to be killed in the middle of it


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files lie, for this process and those that it starts; what they are writing lies in `writing`."""
    address = f"file://{tmp_path / 'files'}"
    monkeypatch.setenv("STORAGE_URL", address)
    settings.STORAGES = {**settings.STORAGES, "default": backend(address, tmp_path)}
    (tmp_path / "writing").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "writing"))
    return tmp_path


def lying(folder: Path) -> list[Path]:
    return [path for path in (folder / "files").rglob("*") if path.is_file()]


# --- a visitor's file


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def serve(folder: Path, port: int) -> Iterator[Callable[[], Running]]:
    started: list[Running] = []

    def begin() -> Running:
        running = Running("web", folder, PORT=str(port), WEB_WORKERS="1")
        started.append(running)
        wait_until(lambda: is_up(port), seconds=60, what="the web server")
        return running

    yield begin
    for running in started:
        running.kill_all()


def is_up(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw at first
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND query LIKE '%channels_chatvisitor%'"
        )
        return bool(cursor.fetchone()[0])


def test_a_server_killed_between_the_file_and_its_event_leaves_one_message_once_it_is_sent_again(
    folder: Path, port: int, chat: Channel, serve: Callable[[], Running]
) -> None:
    address, key = f"http://127.0.0.1:{port}/chat/{chat.public_id}/messages", str(uuid.uuid4())
    running = serve()
    first = requests.post(address, json={"key": str(uuid.uuid4()), "text": "Здравствуйте"}, timeout=30)
    headers = {"X-Chat-Token": first.json()["token"]}

    def send() -> int:
        form, files = {"key": key, "text": "Вот экран"}, {"file": ("a.jpg", JPEG, "image/jpeg")}
        return requests.post(address, data=form, files=files, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            in_turn(ChatVisitor.objects.all()).get()  # nobody else writes a line of this chat meanwhile
            lost: Future[int] = pool.submit(send)
            wait_until(somebody_waits_for_a_lock, seconds=30, what="the upload at its line")
            assert len(lying(folder)) == 1
            running.kill_all()
        with pytest.raises(requests.ConnectionError):
            lost.result()
    assert (ChatLine.objects.count(), InboundEvent.objects.count()) == (1, 1)

    serve()
    assert [send(), send()] == [200, 200]
    assert (ChatLine.objects.count(), InboundEvent.objects.count()) == (2, 2)
    drain()
    message = Message.objects.get(text="Вот экран")
    (file,) = message.attachments.all()
    assert (file.state, file.size) == (State.DONE, len(JPEG))
    with stored(str(file.file.name)) as content:
        assert content.read() == JPEG


# --- sound


def recording() -> bytes:
    return written("wav", [silence(MINUTES * 60, rate=16000)])


def kill_in_the_middle(row: Any, folder: Path) -> None:
    """Once a part of the new file is there, and before it is whole."""
    process = worker_process(row)

    def is_writing() -> bool:
        return any(path.stat().st_size for path in (folder / "writing").glob("*.m4a"))

    try:
        wait_until(is_writing, seconds=60, what="the converted file")
    finally:
        process.kill()
        process.wait()
    rows = type(row)._default_manager.filter(pk=row.pk)
    assert rows.get().state == State.RUNNING
    rows.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    assert rows.get().state == State.QUEUED
    rows.update(due_at=timezone.now())


def seconds_of(path: str) -> int:
    with stored(path) as content:
        return round(probe(content).seconds)


def test_a_recording_killed_while_it_is_converted_goes_out_once_and_whole(
    folder: Path, chat: Channel, visit: Callable[..., str]
) -> None:
    visit("Здравствуйте")
    content = recording()
    path = store("tenants/1/sent/voice.wav", BytesIO(content))
    file = OutgoingFile(
        kind=MediaKind.VOICE,
        name="voice.wav",
        content_type="audio/wav",
        size=len(content),
        path=path,
        is_recording=True,
    )
    delivery = put(chat, "", chat=ChatVisitor.objects.get().external_id, file=file)
    kill_in_the_middle(delivery, folder)
    assert not delivery.tries.exists()
    run("channels.Delivery", delivery.pk)

    line = ChatLine.objects.get(from_visitor=False)
    assert Delivery.objects.get().state == State.DONE
    assert line.file["content_type"] == "audio/mp4"
    assert seconds_of(line.file["path"]) == MINUTES * 60
    assert len(lying(folder)) == 2  # the original and its copy: nothing half made


def test_a_copy_killed_while_it_is_made_is_made_again_and_once(
    folder: Path, chat: Channel, visit: Callable[..., str]
) -> None:
    visit("Послушайте")
    drain()
    message = Message.objects.get(author=Author.CLIENT)
    attachment = Attachment.objects.create(
        tenant=message.tenant,
        message=message,
        kind=MediaKind.VOICE,
        content_type="audio/x-wav",
        file=store("tenants/1/inbound/voice.wav", BytesIO(recording())),
        state=State.DONE,
    )
    rendition = Rendition.objects.create(attachment=attachment, tenant=message.tenant)
    kill_in_the_middle(rendition, folder)
    run("appeals.Rendition", rendition.pk)

    made = Rendition.objects.get()
    assert (made.state, made.content_type) == (State.DONE, "audio/mp4")
    assert seconds_of(str(made.file.name)) == MINUTES * 60
    assert len(lying(folder)) == 2
