"""A text by the AI goes out as it stands only with figures that somebody named, or a person vouches for."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from apps.appeals.models import Conversation, Dictation, DictationFate, Draft, DraftFate
from apps.appeals.proving import examine
from apps.core.errors import Rejected

UNPROVEN = "unproven"


def refuse_unproven(conversation: Conversation, draft: Draft | None, text: str, *, vouched: bool) -> None:
    """Of a draft sent as it is: looked at anew, for «tomorrow» is another day by now. And of a letter that
    was dictated and stands in the text as it is. Raises Rejected.
    """
    if draft is not None and draft.text.strip() == text.strip():
        examine(draft, conversation=draft.appeal.conversation, appeal=draft.appeal)
        if not vouched:
            refuse(draft.unproven)
    if not vouched:
        refuse(_dictated(conversation, text))


def _dictated(conversation: Conversation, text: str) -> list[str]:
    # One that is just being taken into the answer may be undecided still.
    letters = Dictation.objects.filter(conversation=conversation, fate__in=("", DictationFate.INSERTED))
    shown = letters.exclude(text="").only("text", "figures").order_by("pk")
    return list(
        dict.fromkeys(one for letter in shown if letter.text.strip() in text for one in letter.unproven)
    )


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
