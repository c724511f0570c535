"""STORAGE_URL: what each address means, and what is refused without repeating its secret."""

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils.module_loading import import_string

from config.storage import backend


def storage(url: str, media_root: Path = Path("/nowhere")) -> Storage:
    found = backend(url, media_root)
    made: Storage = import_string(found["BACKEND"])(**found["OPTIONS"])
    return made


def test_without_an_address_files_go_to_the_data_folder_and_are_never_overwritten(tmp_path: Path) -> None:
    local = storage("", tmp_path / "files")
    first = local.save("a/voice.ogg", ContentFile(b"one"))
    second = local.save("a/voice.ogg", ContentFile(b"two"))
    assert first != second
    assert (tmp_path / "files" / first).read_bytes() == b"one"
    assert (tmp_path / "files" / first).stat().st_mode & 0o077 == 0


def test_a_folder_may_be_named(tmp_path: Path) -> None:
    local = storage(f"file://{tmp_path}/with%20space")
    local.save("x.txt", ContentFile(b"x"))
    assert (tmp_path / "with space" / "x.txt").exists()


@pytest.mark.parametrize(
    ("url", "link_begins"),
    [
        ("s3://key:secret@s3.example.com/media", "https://s3.example.com/media/a.jpg"),
        ("s3+http://key:secret@minio:9000/media", "http://minio:9000/media/a.jpg"),
        ("supabase://key:secret@ref.example.co/media", "https://ref.example.co/storage/v1/s3/media/a.jpg"),
        ("supabase+http://key:secret@kong:8000/media", "http://kong:8000/storage/v1/s3/media/a.jpg"),
    ],
)
def test_a_bucket_is_private_reached_by_path_and_links_expire(url: str, link_begins: str) -> None:
    link = storage(url).url("a.jpg")
    query = parse_qs(urlsplit(link).query)
    assert link.startswith(f"{link_begins}?")
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["3600"]


def test_key_and_secret_may_hold_any_character_and_the_region_can_be_named() -> None:
    options = backend("s3://k%2Fey:se%40cr%3Aet@s3.example.com/media?region=eu-west-1", Path("/"))["OPTIONS"]
    assert (options["access_key"], options["secret_key"]) == ("k/ey", "se@cr:et")
    assert options["region_name"] == "eu-west-1"
    assert options["file_overwrite"] is False
    assert options["default_acl"] is None


def jwt(role: str) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"iss": "supabase", "role": role}).encode()).decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{payload.rstrip('=')}.sig"


@pytest.mark.parametrize(
    "key",
    [
        jwt("service_role"),
        "sb_secret_abc",
        f"service_role:{jwt('service_role')}",
        "service_role:sb_secret_abc",
    ],
)
def test_the_service_role_key_opens_supabases_own_api(key: str) -> None:
    found = backend(f"supabase+http://{key}@kong:8000/media", Path("/"))
    assert found["BACKEND"] == "apps.core.files.stores.supabase.Supabase"
    assert (found["OPTIONS"]["address"], found["OPTIONS"]["bucket"]) == ("http://kong:8000", "media")
    assert found["OPTIONS"]["key"] == key.removeprefix("service_role:")


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("s3://key:secret@s3.example.com/media?public=yes", "https://s3.example.com/media/a%20b.jpg"),
        (
            "supabase://key:secret@ref.example.co/media?public=yes",
            "https://ref.example.co/storage/v1/object/public/media/a%20b.jpg",
        ),
        (
            "supabase://sb_secret_abc@ref.example.co/media?public=yes",
            "https://ref.example.co/storage/v1/object/public/media/a%20b.jpg",
        ),
    ],
)
def test_where_a_bucket_is_public_links_need_no_signature_and_do_not_expire(url: str, link: str) -> None:
    assert storage(url).url("a b.jpg") == link


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://key:hidden@host/bucket", "begins with"),
        ("s3://key:hidden@host", "one bucket"),
        ("s3://key:hidden@host/bucket/folder", "one bucket"),
        ("s3://key@host/bucket", "lacks the access key or the secret"),
        ("s3://key:hid:den@[host/bucket", "no address"),
        ("s3://key:hidden@host:port/bucket", "no address"),
        ("s3://key:hidden@host/bucket?acl=hidden", "nobody knows: acl"),
        ("supabase://key:eyJhidden@host/media", "stands alone"),
        ("supabase://host/media", "lacks the key"),
        (f"supabase://{jwt('anon')}hidden@host/media", "made for browsers"),
        ("supabase://sb_publishable_hidden@host/media", "made for browsers"),
        ("supabase://service_role:eyJhidden@host/media?region=x", "knows no region"),
        ("s3://key:hidden@host/media?public=hidden", "public is yes or no"),
        ("file://relative/hidden", "three slashes"),
    ],
)
def test_a_wrong_address_is_refused_with_its_reason_and_without_its_secret(url: str, reason: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=reason) as refusal:
        backend(url, Path("/nowhere"))
    assert "hidden" not in str(refusal.value)
