"""A real S3 server on loopback, in this process: moto's. Buckets are made per test and are nobody else's.

Beside it doors to the same buckets as they are elsewhere: Supabase's, which takes fewer names and writes over
whatever is there, and one that knows no conditions of writing and says so.
"""

import logging
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.server import ThreadedMotoServer
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from tests.peers.supabase import VALID

logging.getLogger("werkzeug").setLevel(logging.ERROR)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Its host and port."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str) -> str:
    """The STORAGE_URL of a bucket that is empty."""
    name = f"bucket-{uuid.uuid4().hex}"
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{s3_server}",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=name)
    client.close()
    return f"s3+http://key:secret@{s3_server}/{name}"


Door = Callable[[dict[str, Any], Any], Any]
SUPABASE_DOOR = "/storage/v1/s3"


def answer(start: Any, environ: dict[str, Any], status: int, code: str) -> Any:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>"
    return Response(body, status, content_type="application/xml")(environ, start)


@contextmanager
def before(app: Any, door: Callable[[Any], Door]) -> Iterator[str]:
    """Host and port of a server that lets through to the other what its door does."""
    server = make_server("127.0.0.1", 0, door(app), threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{server.host}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def supabase_door(app: Any) -> Door:
    """https://github.com/supabase/storage, src/http/routes/s3/commands/put-object.ts: what its description of
    a request does not have is dropped, `If-None-Match` of a PutObject with it, and `isUpsert` is true.
    """

    def pass_on(environ: dict[str, Any], start: Any) -> Any:
        path = environ["PATH_INFO"]
        if not path.startswith(f"{SUPABASE_DOOR}/"):
            return answer(start, environ, 404, "NotFound")
        if not re.search(r"Credential=[^/]+/\d{8}/\w", environ.get("HTTP_AUTHORIZATION", "")):
            return answer(start, environ, 403, "AccessDenied")
        inside = path.removeprefix(SUPABASE_DOOR)
        key = inside.partition("/")[2].partition("/")[2]
        if key and not VALID.fullmatch(key):
            return answer(start, environ, 400, "InvalidKey")
        if environ["REQUEST_METHOD"] == "PUT":
            environ.pop("HTTP_IF_NONE_MATCH", None)
        full = {"PATH_INFO": inside, "RAW_URI": "", "REQUEST_URI": ""}
        return app({**environ, **full}, start)

    return pass_on


def unconditional_door(app: Any) -> Door:
    def pass_on(environ: dict[str, Any], start: Any) -> Any:
        if "HTTP_IF_NONE_MATCH" in environ and environ["REQUEST_METHOD"] == "PUT":
            return answer(start, environ, 501, "NotImplemented")
        return app(environ, start)

    return pass_on


@pytest.fixture
def s3_app() -> Any:
    return DomainDispatcherApplication(create_backend_app)


@pytest.fixture
def supabase_s3(s3: str, s3_app: Any) -> Iterator[str]:
    """The STORAGE_URL of the same bucket by a door like Supabase's."""
    with before(s3_app, supabase_door) as host:
        yield f"supabase+http://key:secret@{host}/{s3.rpartition('/')[2]}"


@pytest.fixture
def unconditional_s3(s3: str, s3_app: Any) -> Iterator[str]:
    with before(s3_app, unconditional_door) as host:
        yield f"s3+http://key:secret@{host}/{s3.rpartition('/')[2]}"
