"""Whose account a thing was made in: settings may lead to another by now, where its id is something else's.

What was made keeps its `home`, and elsewhere nobody is asked about it. A connector says what the home is: the
server, and the customer, workshop or API where one is chosen; no secret.
"""

from apps.core.errors import Rejected
from apps.core.http.target import origin


class FormerAccount(Rejected):
    """It was made in another account, or on another server, than the connection leads to by now."""

    code = "former_account"


def server_of(base_url: str) -> str:
    scheme, host, port = origin(base_url)
    return f"{scheme}://{host}:{port}"


def is_elsewhere(kept: str, home: str) -> bool:
    """Of what has kept none nothing is known: it is where the connection leads."""
    return kept not in ("", home)
