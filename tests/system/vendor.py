"""A messenger that delivers updates as Telegram does: over several connections, again until acknowledged."""

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

PATIENCE = 240.0  # seconds for one update, over all its repetitions
PAUSE = 0.1


def text_update(*, update_id: int, client: int, message_id: int, text: str) -> bytes:
    """https://core.telegram.org/bots/api#update with a text in a private chat."""
    person = {"id": client, "is_bot": False, "first_name": f"Клиент {client}", "language_code": "ru"}
    message = {
        "message_id": message_id,
        "from": person,
        "chat": {"id": client, "first_name": person["first_name"], "type": "private"},
        "date": int(time.time()),
        "text": text,
    }
    return json.dumps({"update_id": update_id, "message": message}, ensure_ascii=False).encode()


def interleaved(*, clients: int, each: int, together: int = 0, first_client: int = 10_000) -> list[bytes]:
    """Texts of many clients, none like another. So many write `together`, by turns: everybody's first words,
    then everybody's second; then comes the next group. By default all are one.
    """
    together = together or clients
    return [
        text_update(
            update_id=client * each + number + 1,
            client=first_client + client,
            message_id=number + 1,
            text=f"Слово {number + 1} клиента {client}",
        )
        for group in range(0, clients, together)
        for number in range(each)
        for client in range(group, min(group + together, clients))
    ]


class Vendor:
    """`acknowledged` counts updates that got their 200, `tries` all that were sent."""

    def __init__(self, *, hook: str, secret: str, connections: int = 8) -> None:
        address = urlsplit(hook)
        self._host, self._port, self._path = address.hostname or "", address.port or 80, address.path
        self._headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
        self._connections = connections
        self._counting = threading.Lock()
        self._ended = threading.Event()
        self.acknowledged = 0
        self.tries = 0

    def deliver(self, updates: Sequence[bytes], *, per_second: float = 0) -> None:
        """Returns when each is acknowledged; not faster than `per_second` in all, if that is given."""
        began = time.monotonic()

        def lot(number: int) -> None:
            with self._open() as connection:
                for index in range(number, len(updates), self._connections):
                    if per_second:
                        self._ended.wait(max(0.0, began + index / per_second - time.monotonic()))
                    self._insist(connection, updates[index])

        with ThreadPoolExecutor(self._connections) as pool:
            for done in [pool.submit(lot, number) for number in range(self._connections)]:
                done.result()

    @contextmanager
    def delivering(self, updates: Sequence[bytes], *, per_second: float = 0) -> Iterator[None]:
        """In the background; the block's end waits for the last acknowledgement."""
        with ThreadPoolExecutor(1) as pool:
            delivery = pool.submit(self.deliver, updates, per_second=per_second)
            yield
            delivery.result()

    def at_once(self, update: bytes, *, times: int) -> None:
        """The same update over so many connections at the same moment."""
        start = threading.Barrier(times)

        def one() -> None:
            with self._open() as connection:
                connection.connect()
                start.wait()
                self._insist(connection, update)

        with ThreadPoolExecutor(times) as pool:
            for done in [pool.submit(one) for _ in range(times)]:
                done.result()

    @contextmanager
    def _open(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=30)
        try:
            yield connection
        finally:
            connection.close()

    def _insist(self, connection: http.client.HTTPConnection, update: bytes) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._is_acknowledged(connection, update):
            if time.monotonic() > deadline:
                raise TimeoutError(f"an update is not acknowledged within {PATIENCE:g} s")
            self._ended.wait(PAUSE)
        with self._counting:
            self.acknowledged += 1

    def _is_acknowledged(self, connection: http.client.HTTPConnection, update: bytes) -> bool:
        with self._counting:
            self.tries += 1
        try:
            connection.request("POST", self._path, body=update, headers=self._headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request opens it anew
            return False
        if answer.status < 500:
            assert answer.status == 200, f"the webhook answers {answer.status}"
            return True
        return False
