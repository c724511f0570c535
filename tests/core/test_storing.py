"""Files of the application in a bucket: whole at hand for work, in parts for players, and away at times."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import RequestFactory

from apps.core.audio import M4A, convert, probe
from apps.core.errors import Rejected, Transient
from apps.core.files.handing_out import PART, hand_out
from apps.core.files.stores import supabase
from apps.core.files.stores.failing import StoreFailure
from apps.core.files.stores.remote import AHEAD
from apps.core.files.storing import copy_stored, forget, names_in, store, stored, streamed
from apps.core.thumbnails import thumbnail
from config.storage import backend
from tests.peers.server import Reply
from tests.peers.supabase import DELETE, PUT, READ, SupabasePeer, refusal
from tests.sounds import picture, silence, written

ROOT = Path(__file__).resolve().parents[2]
SOUND = bytes(range(256)) * (3 * PART // 256) + b"the end"
AWAY = "s3+http://key:secret@127.0.0.1:1/media"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supabase, "PAUSE", 0)


def use(settings: Any, address: str, folder: Path) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": backend(address, folder)}


@pytest.fixture
def peer() -> Iterator[SupabasePeer]:
    with SupabasePeer() as peer:
        yield peer


@pytest.fixture(params=["folder", "s3", "supabase"])
def in_use(request: Any, settings: Any, tmp_path: Path) -> str:
    address = {"folder": lambda: "", "s3": lambda: request.getfixturevalue("s3")}.get(
        request.param, lambda: request.getfixturevalue("peer").address
    )()
    use(settings, address, tmp_path)
    return str(request.param)


def handed(path: str, **headers: str) -> Any:
    request = RequestFactory().get("/", headers=headers)
    return hand_out(request, streamed(path), name="a.wav", content_type="audio/wav")


def body(response: Any) -> bytes:
    if not response.streaming:
        return bytes(response.content)
    with response.file_to_stream:
        return b"".join(response)


def test_a_player_gets_the_part_it_asks_for(in_use: str) -> None:
    path = store("tenants/1/calls/a.wav", ContentFile(SOUND))
    response = handed(path, Range=f"bytes={PART + 5}-{PART + 9}")
    assert (response.status_code, body(response)) == (206, SOUND[PART + 5 : PART + 10])
    assert response["Content-Range"] == f"bytes {PART + 5}-{PART + 9}/{len(SOUND)}"
    assert body(handed(path, Range="bytes=-7")) == b"the end"
    first = handed(path, Range="bytes=0-")
    assert (first.status_code, len(body(first)), first["Content-Range"]) == (
        206,
        PART,
        f"bytes 0-{PART - 1}/{len(SOUND)}",
    )
    assert handed(path, Range=f"bytes={len(SOUND)}-").status_code == 416


def test_the_whole_is_handed_out_with_its_length(in_use: str) -> None:
    path = store("tenants/1/calls/a.wav", ContentFile(SOUND))
    response = handed(path)
    assert (response.status_code, response["Content-Length"]) == (200, str(len(SOUND)))
    assert body(response) == SOUND


def test_a_part_of_a_remote_file_is_all_that_is_fetched(
    settings: Any, peer: SupabasePeer, tmp_path: Path
) -> None:
    use(settings, peer.address, tmp_path)
    path = store("tenants/1/calls/a.wav", ContentFile(SOUND))
    before = len(peer.to(READ))
    handed(path, Range=f"bytes={2 * PART}-{2 * PART + 99}")
    ranges = [request.headers["Range"] for request in peer.to(READ)[before:]]
    assert ranges == ["bytes=0-0", f"bytes={2 * PART}-{2 * PART + AHEAD - 1}"]
    before = len(peer.to(READ))
    body(handed(path))
    assert len(peer.to(READ)) == before + 1 + 4  # its size, and a few megabytes at a time


def test_what_works_with_a_file_has_it_whole_before_it_begins(
    settings: Any, peer: SupabasePeer, tmp_path: Path
) -> None:
    """A store that goes away then breaks off neither a decoder nor an upload to a messenger."""
    use(settings, peer.address, tmp_path)
    path = store("tenants/1/calls/a.wav", ContentFile(SOUND))
    with stored(path) as file:
        peer.files.clear()
        file.seek(PART)
        assert file.read() == SOUND[PART:]


def test_a_file_that_is_gone_is_rejected_and_one_that_is_away_is_tried_again(
    in_use: str, settings: Any, tmp_path: Path
) -> None:
    for ask in (stored, streamed):
        with pytest.raises(Rejected) as gone:
            ask("tenants/1/none.jpg")
        assert gone.value.code == "file_gone"
    use(settings, AWAY, tmp_path)
    for ask in (stored, streamed):
        with pytest.raises(Transient) as away:
            ask("tenants/1/none.jpg")
        assert away.value.code == "storage"
    with pytest.raises(Transient):
        store("tenants/1/a.jpg", ContentFile(b"1"))
    with pytest.raises(Transient):
        names_in("tenants/1")
    assert forget("tenants/1/none.jpg") is False


def test_a_bucket_that_is_missing_is_no_reason_to_give_files_up(
    settings: Any, s3_server: str, tmp_path: Path
) -> None:
    use(settings, f"s3+http://key:secret@{s3_server}/misspelt", tmp_path)
    with pytest.raises(Transient):
        stored("tenants/1/a.jpg")


@pytest.mark.parametrize(
    "reply",
    [
        refusal(404, "Bucket not found", "Bucket not found"),
        Reply(status=404, json={"message": "no Route matched with those values"}),
        Reply(status=404, body="<html>not found"),
        Reply(body="<html>welcome", headers={"Content-Type": "text/html"}),
        refusal(403, "Unauthorized", "jwt expired"),
    ],
)
def test_nor_is_what_else_may_answer_in_its_place(
    settings: Any, peer: SupabasePeer, tmp_path: Path, reply: Reply
) -> None:
    use(settings, peer.address, tmp_path)
    for ask in (stored, streamed):
        peer.script(READ, [reply])
        with pytest.raises(Transient):
            ask("tenants/1/a.jpg")


def test_what_could_not_be_deleted_is_not_taken_for_deleted(
    settings: Any, peer: SupabasePeer, tmp_path: Path
) -> None:
    use(settings, peer.address, tmp_path)
    path = store("tenants/1/a.jpg", ContentFile(b"1"))
    peer.script(DELETE, [refusal(409, "TransactionError", "could not serialize access")])
    assert (forget(path), forget(path), list(peer.files)) == (False, True, [])


def test_a_file_that_the_bucket_does_not_take_is_rejected_with_the_reason(
    settings: Any, peer: SupabasePeer, tmp_path: Path
) -> None:
    use(settings, peer.address, tmp_path)
    peer.limit = 10
    with pytest.raises(Rejected) as refused:
        store("tenants/1/a.jpg", ContentFile(b"more than ten"))
    assert refused.value.code == "too_large"


def test_a_moment_s_failure_is_tried_once_more(settings: Any, peer: SupabasePeer, tmp_path: Path) -> None:
    use(settings, peer.address, tmp_path)
    peer.script(PUT, [refusal(500, "Internal", "Internal Server Error")])
    path = store("tenants/1/a.jpg", ContentFile(b"1"))
    peer.script(READ, [refusal(500, "Internal", "Internal Server Error")])
    with stored(path) as file:
        assert file.read() == b"1"


def test_a_lost_answer_leaves_one_file_under_its_own_name(
    settings: Any, peer: SupabasePeer, tmp_path: Path
) -> None:
    use(settings, peer.address, tmp_path)
    peer.accept_and_hang_up()
    assert store("tenants/1/a.jpg", ContentFile(b"1")) == "tenants/1/a.jpg"
    assert list(peer.files) == ["tenants/1/a.jpg"]


def test_a_store_that_goes_away_under_a_player_is_told_to_come_again(
    settings: Any, peer: SupabasePeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(settings, peer.address, tmp_path)
    path = store("tenants/1/calls/a.wav", ContentFile(SOUND))

    def away(*_args: Any) -> bytes:
        raise StoreFailure("unreachable")

    monkeypatch.setattr(supabase.Supabase, "read_part", away)
    response = handed(path, Range="bytes=0-9")
    assert (response.status_code, response["Retry-After"], response.has_header("Cache-Control")) == (
        503,
        "5",
        False,
    )


def test_sound_and_pictures_are_read_from_wherever_they_lie(in_use: str) -> None:
    sound = store("tenants/1/calls/a.wav", ContentFile(written("wav", [silence(90, rate=16000)])))
    with stored(sound) as file, convert(file, to=M4A) as copy:
        assert round(probe(file).seconds) == round(probe(copy.file).seconds) == 90
        converted = store("tenants/1/sent/a.m4a", copy.file)
    shown = store("tenants/1/messages/1/a.jpg", ContentFile(picture()))
    with stored(converted) as file, stored(shown) as original, thumbnail(original) as small:
        assert round(probe(file).seconds) == 90
        assert small.width > 0


def test_names_and_copies(in_use: str, tmp_path: Path) -> None:
    path = store("tenants/1/calls/2026-11-29/a.wav", ContentFile(SOUND))
    assert names_in("tenants/1/calls/2026-11-29") == ["a.wav"]
    assert names_in("tenants/1/calls/2026-11-28") == []
    with (tmp_path / "copy").open("w+b") as copy:
        copy_stored(path, copy)
        copy.seek(0)
        assert copy.read() == SOUND
    assert forget(path) is True
    assert names_in("tenants/1/calls/2026-11-29") == []


def test_nobody_else_talks_to_the_storage() -> None:
    """Its failures are errors of ours then, everywhere: nothing that could be tried again is parked."""
    allowed = ROOT / "apps" / "core" / "files"
    users = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "apps").rglob("*.py")
        if not path.is_relative_to(allowed) and "default_storage" in path.read_text()
    ]
    assert users == []
