"""Connections that dial only the address that was judged, verify TLS always and stop at the deadline."""

import logging
import socket
import ssl
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from certifi import where
from django.core.exceptions import ImproperlyConfigured
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from apps.core.http import guard, lifeline

# A kept connection that rests longer may be closed by the server just as the next request leaves, and then
# nobody could tell whether that one arrived. Servers keep them for 2 seconds and more.
MAX_REST_SECONDS = 2.0

# They write URLs, and tokens sit in them.
for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.response"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def _dial(host: str, port: int, timeout: float, options: Any) -> socket.socket:
    line = lifeline.current()
    addresses = guard.resolve(host, port, own=line.own)
    line.stage = "connecting"
    end = min(time.monotonic() + timeout, line.deadline)
    failure: OSError = TimeoutError()
    for left, (family, sockaddr) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in options or ():
                sock.setsockopt(*option)
            # An even share for each, so that a dead IPv6 route leaves time for IPv4.
            sock.settimeout(max(0.05, (end - time.monotonic()) / left))
            sock.connect(sockaddr)
        except OSError as error:
            sock.close()
            failure = error
            continue
        sock.settimeout(max(0.05, end - time.monotonic()))  # what is left is for the TLS handshake
        return sock
    raise failure


class GuardedConnection(HTTPConnection):
    rests_since = 0.0

    def _new_conn(self) -> socket.socket:
        if self.proxy is not None:  # the operator's own; the target behind it was judged by `Transport.send`
            lifeline.current().stage = "connecting"
            return super()._new_conn()
        timeout = self.timeout if isinstance(self.timeout, (int, float)) else 10.0
        return _dial(self._dns_host, self.port or self.default_port, timeout, self.socket_options)

    def connect(self) -> None:
        super().connect()
        self._begin()

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # kept from an earlier request, or connected early for TLS
            self._begin()
        super().request(*args, **kwargs)

    def _begin(self) -> None:
        line = lifeline.current()
        line.connected(self.sock)
        # The connect time-out is over; a large body may take until the deadline to leave.
        self.timeout = max(0.05, line.deadline - time.monotonic())
        self.sock.settimeout(self.timeout)


class GuardedTLSConnection(GuardedConnection, HTTPSConnection):
    pass


class GuardedPool(HTTPConnectionPool):
    ConnectionCls = GuardedConnection

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        if not connection.is_closed and time.monotonic() - connection.rests_since > MAX_REST_SECONDS:
            connection.close()
        return connection

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.rests_since = time.monotonic()
        super()._put_conn(conn)


class GuardedTLSPool(GuardedPool, HTTPSConnectionPool):
    ConnectionCls = GuardedTLSConnection


_POOLS = {"http": GuardedPool, "https": GuardedTLSPool}


@lru_cache(maxsize=16)
def tls_context(bundles: tuple[str, ...]) -> ssl.SSLContext:
    """The public roots, and those of `bundles` beside them. OSError for a file that is missing or not PEM."""
    context = ssl.create_default_context(cafile=where())
    for bundle in bundles:
        context.load_verify_locations(cafile=bundle)
    return context


class Transport(HTTPAdapter):
    """Sends one prepared request: no cookies, no redirects, no environment, no retries."""

    def __init__(self, *, context: ssl.SSLContext, proxy: str) -> None:
        if proxy and not proxy.startswith(("http://", "https://")):
            raise ImproperlyConfigured("OUTBOUND_PROXY must start with http:// or https://.")
        self._context = context
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        super().__init__(pool_connections=4, pool_maxsize=10, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs, ssl_context=self._context)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context has its roots already; there is no way to switch verification off."""
        conn.cert_reqs = "CERT_REQUIRED"

    def open(self, request: requests.PreparedRequest, *, timeout: tuple[float, float]) -> requests.Response:
        if self._proxies:
            target = urlsplit(request.url or "")
            guard.resolve(target.hostname or "", target.port or (443 if target.scheme == "https" else 80))
        return self.send(request, stream=True, timeout=timeout, verify=True, proxies=self._proxies)
