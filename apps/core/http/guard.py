"""Which addresses outbound requests may reach: public ones, and the networks the operator allowed."""

import ipaddress
import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

MAX_ADDRESSES = 6  # a hostile name may have hundreds

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_SPECIAL = (
    IPv4Network("192.0.0.0/24"),  # Oracle's metadata is at 192.0.0.192; whole only from Python 3.11.10
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv4Network("168.63.129.16/32"),  # Azure's host agent: a public number, reachable from inside only
)


class Blocked(Exception):
    """The target may not be called. `code` is `address_blocked` or `bad_url`; the target is not named."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@lru_cache(maxsize=8)
def _parse(networks: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(network.strip(), strict=False) for network in networks)
    except ValueError as error:
        raise ImproperlyConfigured(f"OUTBOUND_PRIVATE_NETWORKS: {error}") from None


def allowed_networks() -> tuple[Network, ...]:
    return _parse(tuple(settings.OUTBOUND_PRIVATE_NETWORKS))


def _public4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in net for net in _SPECIAL)


def is_public(address: Address) -> bool:
    """Whether anyone on the internet may have it. One that carries an IPv4 inside is judged by that."""
    if isinstance(address, IPv4Address):
        return _public4(address)
    if address in _NAT64:
        return _public4(IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour is not None:
        return _public4(address.sixtofour)
    return address in _GLOBAL_UNICAST and address.is_global


def is_allowed(address: Address, networks: tuple[Network, ...]) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped  # the kernel dials the IPv4 address
    return is_public(address) or any(address in network for network in networks)


def resolve(host: str, port: int, *, own: bool = False) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """Looks the name up once and judges every address it has; raises `Blocked`, or OSError if there is none.

    `own`: named by whoever runs this server, and not by a tenant; any address will do.

    Decimal, hexadecimal and shortened IPv4 notations are read by the resolver itself, so what is judged is
    what would be dialled.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:  # an empty or overlong label
        raise Blocked("bad_url") from None
    networks = allowed_networks()
    addresses: list[tuple[socket.AddressFamily, tuple[str, int]]] = []
    for family, _, _, _, sockaddr in found:
        number = str(sockaddr[0])
        if not (own or is_allowed(ipaddress.ip_address(number), networks)):
            raise Blocked("address_blocked")
        addresses.append((family, (number, port)))
    return addresses[:MAX_ADDRESSES]
