"""Where files lie: a folder, a bucket that speaks S3, or Supabase by its own API. `config.storage` chooses.

Each is a storage of Django's and offers besides: `place`, whole under exactly this name or not at all, and
`read_part`, so that nothing has to be held in memory. What goes wrong is an OSError that says what to do.
"""

from typing import Any, Protocol


class Store(Protocol):
    """What moving and checking ask of each. Names are those of the rows, whatever the store makes of them."""

    def place(self, name: str, content: Any) -> bool:
        """False where a file of this name is there already: it stays as it is."""
        ...

    def read_part(self, name: str, start: int, length: int) -> bytes: ...

    def size(self, name: str) -> int: ...

    def exists(self, name: str) -> bool: ...

    def delete(self, name: str) -> None: ...

    def leaks(self, name: str) -> bool:
        """Whether everybody may read it, although STORAGE_URL does not say that the bucket is public."""
        ...

    def listdir(self, path: str) -> tuple[list[str], list[str]]: ...
