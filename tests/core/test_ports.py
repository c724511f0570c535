"""An address that is taken is noticed before anything is started there."""

import socket

import pytest
from django.core.management.base import CommandError

from apps.core import ports


def test_a_taken_port_is_named_and_what_to_do_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "PATIENCE", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port} .*set PORT"):
            ports.require_free("127.0.0.1", port)
    ports.require_free("127.0.0.1", port)
