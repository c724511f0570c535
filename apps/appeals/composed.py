"""What an operator has put together in the composer: all that an answer is, before it goes."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.appeals.colliding import Known
from apps.appeals.models import Draft, Upload
from apps.channels.contract import FilledTemplate, OutgoingFile
from apps.channels.templates import reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """See `answering.answer` for what each means.

    `known` is what the page had been told when «send» was pressed: where more has happened, that raises
    `colliding.Collision`. `extras` are more of `answer`'s arguments, as JSON holds them: they are kept with
    an answer that waits.
    """

    key: uuid.UUID
    text: str = ""
    draft: Draft | None = None
    seen: int | None = None
    known: Known | None = None
    uploads: tuple[Upload, ...] = ()
    template: FilledTemplate | None = None
    reply_to: int | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return reads(self.template) if self.template else self.text

    @property
    def buttons(self) -> Sequence[str]:
        under: Sequence[str] = self.extras.get("buttons", ())
        return under

    @property
    def files(self) -> list[OutgoingFile]:
        return [upload.file for upload in self.uploads]
