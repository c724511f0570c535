"""A text by the AI goes out as it stands only with figures that somebody named, or a person vouches for."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from apps.appeals.models import Draft, DraftFate
from apps.appeals.proving import examine
from apps.core.errors import Rejected

UNPROVEN = "unproven"


def refuse_unproven(draft: Draft | None, text: str, *, vouched: bool) -> None:
    """Of a draft sent as it is: looked at anew, for «tomorrow» is another day by now. Raises Rejected."""
    if draft is None or draft.text.strip() != text.strip():
        return
    examine(draft, conversation=draft.appeal.conversation, appeal=draft.appeal)
    if not vouched:
        refuse(draft.unproven)


def refuse(unproven: Sequence[str]) -> None:
    """The sentence says what to look at, and that a person may send it all the same."""
    if unproven:
        named = ", ".join(f"«{figure}»" for figure in unproven[:5])
        sentence = _(
            "Nobody named %(figures)s: neither the operator, nor the price list, nor the order. Check it and "
            "send the text from the answer box."
        )
        raise Rejected(sentence % {"figures": named}, code=UNPROVEN)


def fate_of(draft: Draft, text: str, *, vouched: bool) -> DraftFate:
    if draft.text.strip() != text.strip():
        return DraftFate.EDITED
    return DraftFate.VOUCHED if vouched and draft.unproven else DraftFate.ACCEPTED
