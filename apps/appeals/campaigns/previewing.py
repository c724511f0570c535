"""What would happen, before anything is sent: the same judgement as the start makes."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from apps.appeals.campaigns.audience import MOST, Chosen, chosen
from apps.appeals.campaigns.judging import Verdict, judge_all
from apps.appeals.models import Campaign, Skip

EXAMPLES = 5


@dataclass(slots=True, kw_only=True)
class InChannel:
    """Of those who would be written to in one channel: how many, and the longest and most of their texts."""

    name: str
    count: int = 0
    longest: int = 0
    by_template: int = 0
    first: int = 0
    parts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One client's message as they will read it: `pieces` are texts, each with the name of its file."""

    client: str
    channel: str
    text: str
    detail: str
    by_template: bool
    pieces: Sequence[Sequence[str]]


@dataclass(slots=True, kw_only=True)
class Preview:
    will: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    # Left out for what their texts lack.
    lacking: list[Example] = field(default_factory=list)
    channels: dict[int, InChannel] = field(default_factory=dict)
    unmatched: tuple[str, ...] = ()
    # More than can be written to at once: nobody was judged.
    is_too_many: bool = False

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Most first, in the reader's language."""
        return [(str(Skip(reason).label), count) for reason, count in self.skipped.most_common()]

    @property
    def total(self) -> int:
        return self.will + self.skipped.total()

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"skipped": dict(self.skipped)}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Preview":
        return cls(
            will=kept["will"],
            skipped=Counter(kept["skipped"]),
            examples=[Example(**one) for one in kept["examples"]],
            lacking=[Example(**one) for one in kept["lacking"]],
            channels={int(pk): InChannel(**one) for pk, one in kept["channels"].items()},
            unmatched=tuple(kept["unmatched"]),
        )


def preview(campaign: Campaign) -> Preview:
    found = chosen(campaign)
    return preview_of(campaign, found, found.ids())


def preview_of(
    campaign: Campaign, found: Chosen, ids: Sequence[int], *, tell: Callable[[Verdict], None] | None = None
) -> Preview:
    """`tell` hears of each who is judged."""
    seen = Preview(unmatched=found.unmatched)
    if len(ids) > MOST:
        seen.is_too_many = True
        return seen
    for verdict in judge_all(campaign, ids):
        if verdict.reason:
            _leave_out(seen, verdict)
        else:
            _take(seen, verdict)
        if tell is not None:
            tell(verdict)
    return seen


def _take(seen: Preview, verdict: Verdict) -> None:
    channel = verdict.channel
    assert channel is not None  # noqa: S101 - without a reason there is one
    where = seen.channels.setdefault(channel.pk, InChannel(name=channel.name))
    where.count += 1
    where.longest = max(where.longest, len(verdict.text))
    where.parts = max(where.parts, len(verdict.pieces))
    where.by_template += verdict.template is not None
    where.first += verdict.conversation is None
    seen.will += 1
    alike = sum(one.by_template == (verdict.template is not None) for one in seen.examples)
    if alike < EXAMPLES:
        seen.examples.append(_example(verdict))


def _leave_out(seen: Preview, verdict: Verdict) -> None:
    seen.skipped[verdict.reason] += 1
    if verdict.reason in (Skip.NO_VALUE, Skip.NOT_CARRIED) and len(seen.lacking) < EXAMPLES:
        seen.lacking.append(_example(verdict))


def _example(verdict: Verdict) -> Example:
    return Example(
        client=str(verdict.contact),
        channel=verdict.channel.name if verdict.channel else "",
        text=verdict.text,
        detail=verdict.detail,
        by_template=verdict.template is not None,
        pieces=[(text, file.name if file else "") for text, file in verdict.pieces],
    )
