"""`manage.py check_storage`: what is wrong is said plainly, and no key with it."""

import errno
import io
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from django.core.management import CommandError, call_command

from apps.core.files.stores import supabase
from tests.peers.server import Peer, Reply
from tests.peers.supabase import KEY, LOOK, PUT, READ, SupabasePeer, refusal

SECRET = "the-secret"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supabase, "PAUSE", 0)


@pytest.fixture
def peer() -> Iterator[SupabasePeer]:
    with SupabasePeer() as peer:
        yield peer


@pytest.fixture
def service() -> Iterator[Peer]:
    """Something that answers where S3 should be."""
    with Peer() as peer:
        yield peer


def said(address: str) -> str:
    out = io.StringIO()
    call_command("check_storage", address, stdout=out, no_color=True)
    assert SECRET not in out.getvalue()
    return out.getvalue()


def refused(address: str) -> str:
    with pytest.raises(CommandError) as refusal:
        said(address)
    assert SECRET not in str(refusal.value)
    assert KEY not in str(refusal.value)
    assert refusal.value.__cause__ is None
    return str(refusal.value)


def xml(code: str, status: int) -> Reply:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{SECRET}</Message></Error>"
    headers = {"Content-Type": "application/xml", "x-amz-bucket-region": "eu-west-1"}
    return Reply(status=status, body=body.encode(), headers=headers)


def bucket(peer: Peer) -> str:
    return f"s3+http://key:{SECRET}@127.0.0.1:{peer.port}/media"


def always(peer: Peer, reply: Reply) -> str:
    for method in ("PUT", "GET", "HEAD", "DELETE"):
        peer.route(f"{method} /{{+path}}", lambda _request: reply)
    return refused(bucket(peer))


def test_a_folder_that_works(tmp_path: Path) -> None:
    assert said(f"file://{tmp_path}/files").endswith("deleted. All is well.\n")
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_a_bucket_that_works(s3: str) -> None:
    assert "All is well" in said(s3)


@pytest.mark.parametrize("door", ["supabase_s3", "unconditional_s3"])
def test_a_store_that_would_write_over_a_file_is_told_of(door: str, request: pytest.FixtureRequest) -> None:
    assert "The store writes over a file of the same name" in said(request.getfixturevalue(door))


def test_supabase_that_works(peer: SupabasePeer) -> None:
    assert said(peer.address) == (
        f"bucket media at 127.0.0.1:{peer.port}: written, read whole and in part, deleted. All is well.\n"
    )
    assert peer.files == {}


def test_a_folder_that_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "The store refused it" in refused(f"file://{tmp_path}/file")


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("apps.core.files.stores.folder.os.fsync", full)
    assert "no room left" in refused(f"file://{tmp_path}/files")


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("InvalidAccessKeyId", 403, "does not accept the key"),
        ("SignatureDoesNotMatch", 403, "does not accept the key"),
        ("AccessDenied", 403, "may not do this in the bucket"),
        ("NoSuchBucket", 404, "no such bucket"),
        ("RequestTimeTooSkewed", 403, "clock"),
        ("PermanentRedirect", 301, "another region"),
        ("AuthorizationHeaderMalformed", 400, "another region"),
        ("EntityTooLarge", 400, "of this size"),
        ("XMinioStorageFull", 507, "no room left"),
        ("InternalError", 500, "overloaded or out of order"),
        ("SlowDown", 503, "overloaded or out of order"),
    ],
)
def test_what_s3_says_is_told_in_our_words(service: Peer, code: str, status: int, reason: str) -> None:
    assert reason in always(service, xml(code, status))


@pytest.mark.parametrize("status", [200, 404, 302])
def test_a_page_instead_of_s3(service: Peer, status: int) -> None:
    page = Reply(
        status=status, body=b"<html><body>Welcome</body></html>", headers={"Content-Type": "text/html"}
    )
    assert "Something else than a file store answers there" in always(service, page)


def test_a_server_error_is_tried_again_a_bounded_number_of_times(service: Peer) -> None:
    always(service, xml("InternalError", 500))
    assert len(service.requests) == 3


def test_nobody_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        for address in (
            f"s3+http://key:{SECRET}@127.0.0.1:{port}/media",
            f"supabase+http://sb_{SECRET}@127.0.0.1:{port}/media",
        ):
            assert "does not answer" in refused(address)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (refusal(403, "Unauthorized", "signature verification failed"), "does not accept the key"),
        (refusal(400, "InvalidJWT", "jwt malformed"), "does not accept the key"),
        (
            Reply(status=401, json={"message": "Invalid authentication credentials"}),
            "does not accept the key",
        ),
        (refusal(403, "Unauthorized", "new row violates row-level security policy"), "may not do this"),
        (refusal(404, "Bucket not found", "Bucket not found"), "no such bucket"),
        (refusal(409, "TransactionError", "could not serialize access"), "The store refused it"),
        (Reply(status=404, json={"message": "no Route matched with those values"}), "Something else"),
        (refusal(413, "Payload too large", "The object exceeded the maximum allowed size"), "of this size"),
        (refusal(415, "invalid_mime_type", "mime type not supported"), "certain types of files"),
        (refusal(500, "Internal", "Internal Server Error"), "overloaded or out of order"),
        (Reply(status=544, json={"statusCode": "544", "error": "DatabaseTimeout"}), "overloaded"),
        (Reply(status=429, headers={"Retry-After": "7"}), "overloaded"),
        (Reply(body="<html>Welcome</html>", headers={"Content-Type": "text/html"}), "Something else"),
        (Reply(status=404, body="<html>", headers={"Content-Type": "text/html"}), "Something else"),
        (Reply(status=307, headers={"Location": "https://elsewhere.example/"}), "Something else"),
        (Reply(close=True), "does not answer"),
    ],
)
def test_what_supabase_says_is_told_in_our_words(peer: SupabasePeer, reply: Reply, reason: str) -> None:
    peer.script(PUT, [reply, reply])
    assert reason in refused(peer.address)


def test_a_store_that_hands_out_no_parts(peer: SupabasePeer) -> None:
    peer.route(READ, lambda request: Reply(body=peer.files[request.params["key"]][0]))
    assert "does not hand files out in parts" in refused(peer.address)
    assert peer.files == {}


def test_a_bucket_that_everybody_can_read_is_warned_of(peer: SupabasePeer) -> None:
    peer.public = True
    assert "Everybody can read the bucket" in said(peer.address)
    assert "Everybody" not in said(f"{peer.address}?public=yes")
    assert len(peer.to(LOOK)) == 2


def test_an_s3_bucket_whose_policy_lets_everybody_read_is_warned_of(s3: str) -> None:
    assert "Everybody" not in said(s3)
    server, bucket = re.fullmatch(r".+@(.+)/(.+)", s3).groups()  # type: ignore[union-attr]
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{server}",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": f"arn:aws:s3:::{bucket}/*"}]}
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    client.close()
    assert "Everybody can read the bucket" in said(s3)
    assert "Everybody" not in said(f"{s3}?public=yes")


def test_an_address_may_stand_in_a_variable_or_a_file(
    peer: SupabasePeer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NEW_STORAGE", peer.address)
    assert "All is well" in said("env:NEW_STORAGE")
    (tmp_path / "address").write_text(f"{peer.address}\n")
    monkeypatch.setenv("OTHER_FILE", str(tmp_path / "address"))
    assert "All is well" in said("env:OTHER")
    assert "There is no variable NOWHERE" in refused("env:NOWHERE")
    assert "made for browsers" in refused("supabase://sb_publishable_x@host/media")
