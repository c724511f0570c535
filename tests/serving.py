"""The server that tests run in a thread: it has answered all before the database under it is emptied.

A page that a test closes may have asked a moment before. Its request would meet the emptying, as a deadlock,
or the next test, which forbids it the database.
"""

import socket
import threading
from collections.abc import Iterator

import pytest
from pytest_django.live_server_helper import LiveServer


@pytest.fixture(autouse=True)
def _all_answered(request: pytest.FixtureRequest, _live_server_helper: None) -> Iterator[None]:
    """Ends after what a test itself opened was closed, and before pytest-django empties the database."""
    yield
    if "live_server" in request.fixturenames:
        _wait_until_answered(request.getfixturevalue("live_server"))


def _wait_until_answered(server: LiveServer) -> None:
    # Connections are taken in their order: when ours has ended, no earlier one waits to be taken.
    with socket.create_connection((server.thread.host, server.thread.port), timeout=10) as last:
        last.shutdown(socket.SHUT_WR)
        last.recv(1)
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(timeout=10)
            assert not thread.is_alive(), "The test ended, and still something asks its server."
