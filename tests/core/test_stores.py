"""What every store promises, held by each: a folder, S3, Supabase by its own API and by its S3 door."""

import io
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.module_loading import import_string

from apps.core.files.stores.naming import key_of, name_of
from apps.core.files.stores.remote import PART
from config.storage import backend
from tests.peers.supabase import SupabasePeer

KINDS = ("folder", "s3", "supabase", "supabase_s3", "unconditional_s3")
LARGE = bytes(range(256)) * (PART // 256) + b"the last part"


def store_at(address: str) -> Any:
    found = backend(address, Path("/nowhere"))
    return import_string(found["BACKEND"])(**found["OPTIONS"])


@pytest.fixture
def peer() -> Iterator[SupabasePeer]:
    with SupabasePeer() as peer:
        yield peer


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    match request.param:
        case "supabase":
            return store_at(request.getfixturevalue("peer").address)
        case "s3" | "supabase_s3" | "unconditional_s3":
            return store_at(request.getfixturevalue(request.param))
    return store_at(f"file://{tmp_path}/files")


def content_of(store: Any, name: str) -> bytes:
    with store.open(name) as file:
        return bytes(file.read())


@pytest.mark.parametrize("content", [b"x", LARGE])
def test_what_is_saved_is_read_whole(store: Any, content: bytes) -> None:
    name = store.save("tenants/1/messages/2/голос.ogg", ContentFile(content))
    assert content_of(store, name) == content
    assert (store.size(name), store.exists(name)) == (len(content), True)


def test_an_upload_is_kept_and_can_be_read_again_by_whoever_saved_it(store: Any) -> None:
    upload = SimpleUploadedFile("a.html", b"<script>", content_type="text/html")
    upload.read()
    name = store.save("tenants/1/sent/a.html", upload)
    upload.seek(0)
    assert (content_of(store, name), upload.read()) == (b"<script>", b"<script>")


@pytest.mark.parametrize("kind", [tempfile.TemporaryFile, tempfile.SpooledTemporaryFile, io.BytesIO])
def test_a_file_without_a_name_is_kept_with_all_that_is_in_it(store: Any, kind: Any) -> None:
    """As downloads are kept; such a File is false."""
    with kind() as spool:
        spool.write(b"sound")
        name = store.save("tenants/1/a.ogg", File(spool))
        again = store.save("tenants/1/a.ogg", File(spool))
    assert [content_of(store, one) for one in (name, again)] == [b"sound", b"sound"]


def test_nothing_is_ever_written_over(store: Any) -> None:
    first = store.save("tenants/1/a.jpg", ContentFile(b"one"))
    second = store.save("tenants/1/a.jpg", ContentFile(b"two"))
    assert first != second
    assert store.place(first, io.BytesIO(b"three")) is False
    assert (content_of(store, first), content_of(store, second)) == (b"one", b"two")


@pytest.mark.parametrize("store", ["folder", "s3", "supabase"], indirect=True)
def test_not_even_in_the_moment_between_looking_and_writing(store: Any, monkeypatch: Any) -> None:
    """Where the service itself sees to it."""
    store.save("tenants/1/a.jpg", ContentFile(b"one"))
    looks = iter([False, False])
    monkeypatch.setattr(
        store, "exists", lambda name: next(looks, None) is None and type(store).exists(store, name)
    )
    second = store.save("tenants/1/a.jpg", ContentFile(b"two"))
    assert (content_of(store, "tenants/1/a.jpg"), content_of(store, second)) == (b"one", b"two")


def test_a_file_is_placed_under_exactly_its_name(store: Any) -> None:
    name = "tenants/1/смета, итог (2) 100%=.смета"
    assert store.place(name, io.BytesIO(LARGE)) is True
    assert content_of(store, name) == LARGE
    assert store.listdir("tenants/1") == ([], [name.rpartition("/")[2]])


def test_parts_are_read_alone(store: Any) -> None:
    name = store.save("a/large.wav", ContentFile(LARGE))
    assert store.read_part(name, PART - 3, 6) == LARGE[PART - 3 : PART + 3]
    assert store.read_part(name, len(LARGE) - 4, 100) == b"part"


def test_folders_are_listed_with_what_is_in_them(store: Any) -> None:
    for name in ("tenants/1/calls/b.ogg", "tenants/1/calls/a.ogg", "tenants/2/x.ogg", "tenants/1/y.ogg"):
        store.save(name, ContentFile(b"1"))
    folders, files = store.listdir("tenants/1")
    assert (folders, files) == (["calls"], ["y.ogg"])
    assert sorted(store.listdir("tenants/1/calls")[1]) == ["a.ogg", "b.ogg"]
    assert sorted(store.listdir("")[0]) == ["tenants"]


def test_what_is_not_there_is_missing_and_may_be_deleted_again(store: Any) -> None:
    name = store.save("a/b.ogg", ContentFile(b"1"))
    store.delete(name)
    store.delete(name)
    assert store.exists(name) is False
    for ask in (store.open, store.size, lambda name: store.read_part(name, 0, 1)):
        with pytest.raises(FileNotFoundError):
            ask(name)


def test_an_empty_file_is_empty(store: Any) -> None:
    name = store.save("a/empty", ContentFile(b""))
    assert (store.size(name), content_of(store, name)) == (0, b"")


@pytest.mark.parametrize("kind", ["s3", "supabase"])
def test_a_large_file_is_at_no_moment_in_memory(kind: str, request: Any, tmp_path: Path) -> None:
    store = store_at(
        request.getfixturevalue("s3") if kind == "s3" else request.getfixturevalue("peer").address
    )
    name = store.save("a.bin", ContentFile(b"x" * (5 * PART)))
    held: list[int] = []
    usual = store.read_part

    def measured(*args: Any) -> bytes:
        held.append(tracemalloc.get_traced_memory()[0])
        return bytes(usual(*args))

    store.read_part = measured
    tracemalloc.start()
    try:
        with store.open(name) as file:
            assert file.size == 5 * PART
    finally:
        tracemalloc.stop()
    # Before each part no more than the one before it, which Python has yet to let go.
    assert len(held) == 5
    assert max(held) < 2 * PART


def test_links_expire(s3: str, peer: SupabasePeer) -> None:
    bucket, supabase = store_at(s3), store_at(peer.address)
    for store in (bucket, supabase):
        store.save("a b.jpg", ContentFile(b"1"))
    assert parse_qs(urlsplit(bucket.url("a b.jpg")).query)["X-Amz-Expires"] == ["3600"]
    assert supabase.url("a b.jpg") == f"{peer.url}/storage/v1/object/sign/media/a b.jpg?token=eyJ"


def test_a_link_tells_no_type_that_a_browser_would_run(s3: str, peer: SupabasePeer) -> None:
    bucket, supabase = store_at(s3), store_at(peer.address)
    page = SimpleUploadedFile("a.html", b"<script>", content_type="text/html")
    for store in (bucket, supabase):
        store.save("a.html", page)
        store.save("a.jpg", ContentFile(b"1"))
    heads = [bucket._client.head_object(Bucket=bucket.bucket_name, Key=name) for name in ("a.html", "a.jpg")]
    assert [head["ContentType"] for head in heads] == ["application/octet-stream", "image/jpeg"]
    assert [peer.files[name][1] for name in ("a.html", "a.jpg")] == ["application/octet-stream", "image/jpeg"]


@pytest.mark.parametrize(
    "name", ["a/b.jpg", "файл.смета", "100%=?.txt", "=D1=81.txt", "a=b", "%D1", "a\\b", "=FF", "emoji 😀.png"]
)
def test_names_are_what_supabase_takes_and_come_back(name: str) -> None:
    assert key_of(name).isascii()
    assert "%" not in key_of(name)
    assert name_of(key_of(name)) == name


@pytest.mark.parametrize("key", ["a=b.txt", "=FF", "=d1", "10%.txt"])
def test_keys_that_others_made_are_read_as_they_are(key: str) -> None:
    assert name_of(key) == key
