"""`manage.py move_files`: every file arrives whole or stays, whatever is killed; nothing goes by itself."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command

from apps.core.files.moving import Busy, Journal
from apps.core.files.stores import supabase
from tests.core.test_stores import content_of, store_at
from tests.core.workprocesses import ROOT
from tests.live import wait_until
from tests.peers.server import Reply
from tests.peers.supabase import PUT, SupabasePeer, refusal

FILES = {
    "tenants/1/messages/7/a.jpg": b"a",
    "tenants/1/calls/2026-11-29/b.ogg": bytes(5_000_000),
    "tenants/1/sent/c.\u0441\u043c\u0435\u0442\u0430": b"c",
    "tenants/2/exports/d.xlsx": b"d",
}


@pytest.fixture(autouse=True)
def data(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    settings.MEDIA_ROOT = tmp_path / "data" / "files"
    monkeypatch.setattr(supabase, "PAUSE", 0)
    return tmp_path / "data"


@pytest.fixture
def peer() -> Iterator[SupabasePeer]:
    with SupabasePeer() as peer:
        yield peer


@pytest.fixture
def local() -> Any:
    store = store_at("file://" + str(_local_folder()))
    for name, content in FILES.items():
        store.save(name, ContentFile(content))
    return store


def _local_folder() -> Path:
    from django.conf import settings

    return Path(settings.MEDIA_ROOT)


def moved(source: str, target: str, **options: Any) -> str:
    out, err = io.StringIO(), io.StringIO()
    call_command("move_files", source, target, stdout=out, stderr=err, no_color=True, **options)
    return out.getvalue() + err.getvalue()


def troubled(source: str, target: str, **options: Any) -> str:
    err = io.StringIO()
    with pytest.raises(CommandError) as trouble:
        call_command("move_files", source, target, stdout=io.StringIO(), stderr=err, no_color=True, **options)
    return f"{err.getvalue()}{trouble.value}"


def held(store: Any) -> dict[str, bytes]:
    from apps.core.files.moving import names_in

    return {name: content_of(store, name) for name in names_in(store)}


def test_from_a_folder_over_s3_to_supabase_and_back(
    local: Any, s3: str, peer: SupabasePeer, tmp_path: Path
) -> None:
    for source, target in (("local", s3), (s3, peer.address), (peer.address, f"file://{tmp_path}/again")):
        said = moved(source, target)
        assert "4 copied" in said
        assert "Done." in said
        assert held(store_at(target)) == FILES
    assert held(local) == FILES


def test_a_second_run_copies_nothing_and_asks_for_no_content_again(local: Any, peer: SupabasePeer) -> None:
    moved("local", peer.address)
    late = local.save("tenants/3/late.jpg", ContentFile(b"late"))
    before = len(peer.to(PUT))
    assert "1 copied, 4 there" in moved("local", peer.address)
    assert len(peer.to(PUT)) == before + 3  # the probe twice, and what is new
    assert peer.files[late][0] == b"late"


def test_a_dry_run_writes_and_deletes_nothing(local: Any, peer: SupabasePeer) -> None:
    assert "4 to copy" in moved("local", peer.address, dry_run=True, delete_source=True)
    assert (peer.files, peer.to(PUT)) == ({}, [])
    assert held(local) == FILES


def test_the_source_is_deleted_only_where_that_is_said_and_each_copy_is_proven(
    local: Any, peer: SupabasePeer
) -> None:
    local.save("tenants/9/refused.jpg", ContentFile(b"refused"))
    peer.script(PUT, [])
    usual = peer._routes[PUT]
    assert usual is not None

    def but_one(request: Any) -> Reply:
        is_one = request.params["key"].startswith("tenants/9/")
        return refusal(413, "Payload too large", "too large") if is_one else usual(request)

    peer.route(PUT, but_one)
    said = troubled("local", peer.address, delete_source=True)
    assert "tenants/9/refused.jpg: The store does not take a file of this size" in said
    assert "1 files were not moved" in said
    assert held(local) == {"tenants/9/refused.jpg": b"refused"}
    assert held(store_at(peer.address)) == FILES


@pytest.mark.parametrize("door", ["s3", "supabase_s3", "unconditional_s3"])
def test_another_file_of_the_same_name_stays_and_so_does_ours(
    local: Any, door: str, request: pytest.FixtureRequest
) -> None:
    s3: str = request.getfixturevalue(door)
    store_at(s3).place("tenants/1/messages/7/a.jpg", io.BytesIO(b"another"))
    said = troubled("local", s3, delete_source=True)
    assert "tenants/1/messages/7/a.jpg: another file of this name is there already" in said
    assert content_of(store_at(s3), "tenants/1/messages/7/a.jpg") == b"another"
    assert held(local) == {"tenants/1/messages/7/a.jpg": b"a"}


def test_a_copy_that_differs_is_removed_and_the_file_stays(local: Any, peer: SupabasePeer) -> None:
    usual = peer._routes[PUT]
    assert usual is not None

    def spoiling(request: Any) -> Reply:
        reply = usual(request)
        key = request.params["key"]
        if key.endswith("a.jpg"):
            peer.files[key] = (b"?", peer.files[key][1])
        return reply

    peer.route(PUT, spoiling)
    assert "a.jpg: the copy differed" in troubled("local", peer.address, delete_source=True)
    assert "tenants/1/messages/7/a.jpg" not in peer.files
    assert held(local) == {"tenants/1/messages/7/a.jpg": b"a"}


def test_what_was_deleted_there_since_is_not_brought_back(local: Any, peer: SupabasePeer) -> None:
    """A recording past its days must not rise again with the last round of a move."""
    moved("local", peer.address)
    store_at(peer.address).delete("tenants/1/messages/7/a.jpg")
    said = moved("local", peer.address, delete_source=True)
    assert "3 there, 1 removed there" in said
    assert "To bring back what was removed there, delete " in said
    assert "tenants/1/messages/7/a.jpg" not in peer.files
    assert held(local) == {"tenants/1/messages/7/a.jpg": b"a"}


def test_only_what_lies_under_a_folder(local: Any, s3: str) -> None:
    moved("local", s3, under="tenants/2")
    assert held(store_at(s3)) == {"tenants/2/exports/d.xlsx": b"d"}
    assert "no files" in moved("local", s3, under="tenants/77")


def test_a_lost_answer_is_no_reason_to_take_our_own_file_for_another(local: Any, peer: SupabasePeer) -> None:
    peer.accept_and_hang_up()
    said = moved("local", peer.address)
    assert "4 copied" in said
    assert held(store_at(peer.address)) == FILES


def test_a_store_that_is_of_no_use_stops_the_move_at_once(local: Any, peer: SupabasePeer) -> None:
    wrong = peer.address.replace("role@", "another@")
    said = troubled("local", wrong, delete_source=True)
    assert "does not accept the key" in said
    assert "another@" not in said
    assert held(local) == FILES


def test_two_moves_between_the_same_places_do_not_run_at_once(tmp_path: Path) -> None:
    with Journal(tmp_path / "one"), pytest.raises(Busy), Journal(tmp_path / "one"):
        pass


def test_a_line_that_was_cut_short_proves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(b"aa  whole.jpg\nbb  cut")
    with Journal(path) as journal:
        assert journal.proven == {"whole.jpg": "aa"}
        journal.note("next.jpg", "cc")
    assert path.read_bytes() == b"aa  whole.jpg\ncc  next.jpg\n"


def test_from_a_place_to_itself_is_refused() -> None:
    assert "Both are the same" in troubled("local", "local")


@pytest.mark.processes
def test_a_move_that_is_killed_goes_on_and_loses_and_doubles_nothing(
    peer: SupabasePeer, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store_at(f"file://{_local_folder()}")
    files = {f"tenants/{number % 7}/sent/{number}.jpg": b"%d" % number for number in range(300)}
    for name, content in files.items():
        source.save(name, ContentFile(content))
    for _turn in range(2):
        _kill_in_the_middle(peer, data)
        # Whatever moment it was: each file is whole on one side or the other.
        assert held(source) | held(store_at(peer.address)) == files
    moved("local", peer.address, delete_source=True)
    assert held(store_at(peer.address)) == files
    assert held(source) == {}


def _kill_in_the_middle(peer: SupabasePeer, data: Path) -> None:
    before = len(peer.files)
    environment = os.environ | {"DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "manage.py", "move_files", "local", peer.address, "--delete-source"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: len(peer.files) > before + 30, seconds=60, what="the first files")
    finally:
        process.kill()
        process.wait()
    assert len(peer.files) < 300
