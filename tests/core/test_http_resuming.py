"""A download goes on where it broke off, and only where its server vouches that it is the same file."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from apps.core.errors import Rejected, Transient
from apps.core.http import Http, Progress
from tests.peers.ranges import DATED, LONG_BEFORE, TAGGED, WHEN, breaking, raw, rest, whole
from tests.peers.server import Peer, Reply

CONTENT = bytes(range(256)) * 400
OTHER = bytes(reversed(CONTENT))
HALF = len(CONTENT) // 2
FILE = "GET /file"


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as peer:
        yield peer


def download(
    peer: Peer, to: BytesIO | None = None, progress: Progress | None = None, *, most: int = len(CONTENT)
) -> tuple[bytes, int]:
    to, progress = to if to is not None else BytesIO(), progress or Progress()
    with Http(base_url=peer.url, timeout=(1.0, 1.0)) as http:
        found = http.download("/file", max_bytes=most, to=to, progress=progress, deadline=5.0)
    return to.getvalue(), found.size


def ranges(peer: Peer) -> list[tuple[str | None, str | None]]:
    return [(request.headers["Range"], request.headers["If-Range"]) for request in peer.requests]


@pytest.mark.parametrize(
    ("headers", "validator"), [(TAGGED, '"v1"'), (DATED, LONG_BEFORE), (TAGGED | DATED, '"v1"')]
)
def test_what_broke_off_twice_is_fetched_in_three_pieces(
    headers: dict[str, str], validator: str, peer: Peer
) -> None:
    peer.route(FILE, breaking(CONTENT, headers, [1000, HALF]))
    assert download(peer) == (CONTENT, len(CONTENT))
    assert ranges(peer) == [(None, None), ("bytes=1000-", validator), (f"bytes={HALF}-", validator)]


def test_a_server_that_hands_out_a_piece_at_a_time_is_asked_for_the_next(peer: Peer) -> None:
    told = {"Content-Length": "10", "Content-Range": f"bytes 1000-1009/{len(CONTENT)}", **TAGGED}
    piece = raw("206 Partial Content", told, CONTENT[1000:1010])
    peer.script(FILE, [whole(CONTENT, TAGGED, until=1000), piece])
    peer.route(FILE, breaking(CONTENT, TAGGED, []))
    assert download(peer) == (CONTENT, len(CONTENT))
    assert ranges(peer)[-1] == ("bytes=1010-", '"v1"')


NOT_SURE = {
    "no validator": {},
    "a weak one": {"ETag": 'W/"v1"'},
    "written just now": {"Last-Modified": WHEN, "Date": WHEN},
    "a date that is none": {"Last-Modified": "yesterday", "Date": WHEN},
    "no ranges": {"ETag": '"v1"', "Accept-Ranges": "none"},
    "encoded on the way": {"ETag": '"v1"', "Content-Encoding": "br"},
}


@pytest.mark.parametrize("headers", NOT_SURE.values(), ids=NOT_SURE)
def test_where_nobody_vouches_for_the_rest_it_is_not_asked_for(headers: dict[str, str], peer: Peer) -> None:
    peer.script(FILE, [whole(CONTENT, headers, until=HALF)])
    progress = Progress()
    with pytest.raises(Transient) as caught:
        download(peer, progress=progress)
    assert caught.value.code == "connection_broken"
    assert ranges(peer) == [(None, None)]
    assert not progress.is_resumable


@pytest.mark.parametrize(
    "changed",
    [
        whole(OTHER, {"ETag": '"v2"'}),  # the file is another now, and the server says so
        rest(OTHER, {"ETag": '"v2"'}, start=HALF),  # it does not care for If-Range
        rest(OTHER, {}, start=HALF),
        raw("206 Partial Content", TAGGED, OTHER[HALF:]),
        raw("206 Partial Content", {"Content-Range": f"bytes */{len(OTHER)}", **TAGGED}, b""),
        rest(OTHER, TAGGED, start=HALF + 1),
        rest(OTHER + b"x", TAGGED, start=HALF),
        rest(OTHER, TAGGED | {"Content-Encoding": "gzip"}, start=HALF),
        Reply(status=416),
    ],
    ids=[
        *(
            "another",
            "another all the same",
            "no validator",
            "no range",
            "no place",
            "a gap",
            "longer",
            "gzip",
        ),
        "416",
    ],
)
def test_what_does_not_fit_is_not_put_behind_it(changed: Reply, peer: Peer) -> None:
    """From the beginning then; what came before is thrown away."""
    peer.script(FILE, [whole(CONTENT, TAGGED, until=HALF), changed])
    peer.route(FILE, lambda request: whole(OTHER, {"ETag": '"v2"'}))
    assert download(peer) == (OTHER, len(OTHER))
    if len(peer.requests) == 3:
        assert ranges(peer)[2] == (None, None)


@pytest.mark.parametrize("announced", [True, False])
def test_the_limit_is_of_the_whole_file(announced: bool, peer: Peer) -> None:
    told = {"Content-Range": f"bytes {HALF}-{len(CONTENT) - 1}/{len(CONTENT)}", **TAGGED}
    length = {"Content-Length": str(HALF)} if announced else {}
    peer.script(FILE, [raw("206 Partial Content", told | length, OTHER)])
    to, progress = BytesIO(CONTENT[:HALF]), Progress(size=HALF, whole=len(CONTENT), validator='"v1"')
    to.seek(0, 2)
    with pytest.raises(Rejected) as caught:
        download(peer, to, progress, most=HALF + 100)
    assert caught.value.code == "too_large"
    assert len(to.getvalue()) <= HALF + 100


def test_a_later_call_goes_on_with_what_an_earlier_one_left(peer: Peer) -> None:
    peer.script(FILE, [whole(CONTENT, TAGGED, until=HALF), Reply(close=True)])
    to, progress = BytesIO(), Progress()
    with pytest.raises(Transient):
        download(peer, to, progress)
    assert (progress.size, progress.whole, progress.validator) == (HALF, len(CONTENT), '"v1"')
    assert to.getvalue() == CONTENT[:HALF]
    peer.route(FILE, breaking(CONTENT, TAGGED, []))
    assert download(peer, to, progress) == (CONTENT, len(CONTENT))
    assert ranges(peer)[-1] == (f"bytes={HALF}-", '"v1"')


def test_a_server_that_breaks_off_for_ever_is_not_asked_for_ever(peer: Peer) -> None:
    peer.route(FILE, breaking(CONTENT, TAGGED, list(range(100, 5000, 100))))
    with pytest.raises(Transient):
        download(peer)
    assert len(peer.requests) == 6


def test_one_that_promises_the_rest_and_hands_out_nothing_is_left(peer: Peer) -> None:
    peer.script(
        FILE, [whole(CONTENT, TAGGED, until=HALF), *[rest(CONTENT, TAGGED, start=HALF, until=HALF)] * 3]
    )
    with pytest.raises(Transient):
        download(peer)
    assert len(peer.requests) == 2


def test_no_part_of_it_leads_inside(peer: Peer) -> None:
    """The rest is asked for by the same guarded way: also its redirects."""
    away = Reply(status=302, headers={"Location": "http://169.254.169.254/latest"})
    peer.script(FILE, [whole(CONTENT, TAGGED, until=HALF), away])
    with pytest.raises(Rejected) as caught:
        download(peer)
    assert caught.value.code == "address_blocked"


def test_a_redirect_to_another_host_takes_the_range_along(peer: Peer) -> None:
    with Peer() as storage:
        storage.route(FILE, breaking(CONTENT, TAGGED, [HALF]))
        peer.route(FILE, lambda request: Reply(status=302, headers={"Location": f"{storage.url}/file"}))
        assert download(peer) == (CONTENT, len(CONTENT))
        assert ranges(storage) == [(None, None), (f"bytes={HALF}-", '"v1"')]


def test_without_a_wish_to_go_on_nothing_changes(peer: Peer) -> None:
    peer.script(FILE, [whole(CONTENT, TAGGED, until=HALF)])
    to = BytesIO()
    with Http(base_url=peer.url) as http, pytest.raises(Transient):
        http.download("/file", max_bytes=len(CONTENT), to=to)
    assert to.getvalue() == CONTENT[:HALF]
    assert ranges(peer) == [(None, None)]
