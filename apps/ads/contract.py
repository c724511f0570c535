"""What a connector to an advertising platform must offer: people are put into a segment there, and taken out.

An upload is a machine of small steps. The engine (`ads.exporting`) keeps after each of them where it stands;
the connector knows which step follows on which, and nothing of rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Rejected
from apps.integrations.homes import FormerAccount
from apps.integrations.models import Connection
from apps.integrations.opening import Opened

# The stage in which an upload begins, and the one in which it is over.
BEGIN, DONE = "", "done"


class Kind(models.TextChoices):
    PHONE = "phone", _("phone")
    EMAIL = "email", _("e-mail")


class Algorithm(models.TextChoices):
    """As what a phone or an e-mail leaves us."""

    PLAIN = "plain", _("in the clear")
    SHA256 = "sha256", "SHA-256"
    MD5 = "md5", "MD5"


class SegmentGone(Rejected):
    """The segment was deleted there."""

    code = "segment_gone"
    public = _(
        "The audience was deleted in the advertising account, and nobody is in it any more. The next upload "
        "makes it anew."
    )


class TooFew(Rejected):
    """The platform takes no list that small."""

    code = "too_few"
    public = _(
        "The platform takes no list that small. Widen the audience's conditions; it is tried again every day."
    )


class NotProcessed(Rejected):
    """The platform took the file and could not make an audience of it."""

    code = "not_processed"
    public = _(
        "The platform took the list and could not process it. Look at the audience in the advertising "
        "account; the next upload sends it again."
    )


class FormerApi(Rejected):
    """The segment was made by an API that the connection no longer speaks, and that one does not serve us."""

    code = "former_api"
    public = _(
        "People are still in the audience that was made by the API spoken before, and that one no longer "
        "takes them out. It is tried again with every upload. If that API is gone, delete the audience in "
        "the advertising account and connect the account anew."
    )


class SegmentElsewhere(FormerAccount):
    public = _(
        "People are in the audience of another account: the connection led to another address, or to another "
        "customer, when it was made. Nothing is asked of either. Put the former settings back and take the "
        "audience off the account, or delete it there; then connect the new account as a connection of its "
        "own."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a platform wants of a list, in the shape that is spoken.

    `minimum` people; `takes_difference` is whether single people can be added and taken out: otherwise the
    whole list goes each time and stands for the one before. So it does where fewer lines of a kind have to
    leave than `fewest_removed`.
    """

    shape: str
    algorithm: Algorithm
    minimum: int = 1
    takes_difference: bool = False
    fewest_removed: int = 1
    # «+7900…» instead of «7900…».
    plus: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One phone or e-mail as it is uploaded. Lines of one `person` stand one after the other."""

    id: int
    person: int
    kind: Kind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Lines that wait, and what they are called in `Step` once they are taken, or refused."""

    ids: tuple[int, ...] = ()
    lines: tuple[Line, ...] = ()

    @property
    def by_person(self) -> list[tuple[int, ...]]:
        """The ids of each person's lines, in the order of the persons."""
        groups = groupby(self.lines, key=attrgetter("person"))
        return [tuple(line.id for line in theirs) for _person, theirs in groups]


# At most so many people (None: all), of one kind or of both.
Waiting = Callable[[int | None, Kind | None], Batch]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An upload, as its connector sees it.

    `name` is what the segment is called there; nobody else's has it. `shape` is the API that is spoken: the
    one in which the segment was made, whatever the connection speaks by now. `stage` and `data` are the
    connector's own words of this upload, `remote` what it keeps of the segment between uploads. `again`: an
    earlier try of this very step may have reached the service. `total` people are to be in the segment when
    it is over.
    """

    name: str
    shape: str
    stage: str = BEGIN
    data: Mapping[str, Any] = field(default_factory=dict)
    remote: Mapping[str, Any] = field(default_factory=dict)
    again: bool = False
    whole: bool = False
    total: int = 0
    additions: Waiting
    removals: Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Lines that the service did not take, by id with its own word for the reason; of the `doubted` it did
    not take some, and does not say which. `count` is how many it speaks of.
    """

    refused: Mapping[int, str] = field(default_factory=dict)
    doubted: Mapping[int, str] = field(default_factory=dict)
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step has brought. With `wait` the next one is due only after so long.

    `added` and `removed` are the ids of batches that the service took; those of the `refusals` may be among
    them. `remote` is None where nothing of the segment has changed. `is_emptied`: nobody is in it any more,
    whatever was planned.
    """

    stage: str
    data: Mapping[str, Any] = field(default_factory=dict)
    remote: Mapping[str, Any] | None = None
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    refusals: Refusals = field(default_factory=Refusals)
    is_emptied: bool = False
    wait: timedelta | None = None


class AdsConnector(Protocol):
    """Beside what every connector offers. All that talks to the service raises `core.errors`."""

    def spoken(self, connection: Connection) -> str:
        """The shape of its API that new segments are made in. Asks nobody."""
        ...

    def home(self, connection: Connection, shape: str) -> str:
        """The account that segments of this shape are made in, as far as its settings name it: the server,
        and the customer where one is chosen. No secret. Asks nobody.
        """
        ...

    def terms(self, shape: str) -> Terms: ...

    def step(self, opened: Opened[Any], task: Task) -> Step:
        """The next step: one request that changes something, at most.

        Raises SegmentGone, TooFew, NotProcessed.
        """
        ...
