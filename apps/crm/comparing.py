"""Three sides of an order's fields: what was agreed, what we have now, what the CRM has now. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Agreed = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    field: str
    before: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`push` goes to the CRM; `clashes` wait for a decision; `agreed` is what then holds."""

    push: dict[str, str] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    agreed: dict[str, dict[str, Any]] = field(default_factory=dict)
    undecided: frozenset[str] = frozenset()


def compare(
    agreed: Agreed,
    ours: Mapping[str, str],
    theirs: Mapping[str, str],
    *,
    owners: Mapping[str, str],
    undecided: frozenset[str] = frozenset(),
) -> Compared:
    """`theirs` are the fields that the CRM told of; of all others nothing is said. `owners` decide a clash
    at once: "ours" or "theirs". Fields `undecided` stay as they are.
    """
    known_before = {name: dict(both) for name, both in agreed.items()}
    found = Compared(agreed=known_before, undecided=undecided)
    for name, there in theirs.items():
        if name in undecided:
            continue
        here = ours.get(name, "")
        known = agreed.get(name)
        if known is None or known.get("theirs") is None:
            # Seen there for the first time: as it was made.
            sent = known["ours"] if known else here
            found.agreed[name] = {"ours": sent, "theirs": there}
            known = found.agreed[name]
        _one(found, name, known, here, there, owners.get(name, ""))
    return found


def _one(found: Compared, name: str, known: Mapping[str, Any], here: str, there: str, owner: str) -> None:
    we, they = here != known["ours"], there != known["theirs"]
    if same(here, there) or not (we or they):
        found.agreed[name] = {"ours": here, "theirs": there}
    elif we and they and owner not in ("ours", "theirs"):
        found.clashes.append(Clash(field=name, before=str(known["ours"]), ours=here, theirs=there))
    elif we and (not they or owner == "ours"):
        if here:
            found.push[name] = here
        found.agreed[name] = {"ours": here, "theirs": here or there}
    else:
        # Theirs alone, or theirs by the rule: it stays there, and ours is no news any more.
        found.agreed[name] = {"ours": here, "theirs": there}


def same(here: str, there: str) -> bool:
    """«3500.00» and «3500» are one price; space and case are no difference."""
    return _folded(here) == _folded(there)


def _folded(text: str) -> str | float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return " ".join(text.casefold().split())
