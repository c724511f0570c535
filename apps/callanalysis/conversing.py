"""What was said in a call or in an appeal, as one list of utterances: to be read, and to be quoted."""

from typing import Any
from zoneinfo import ZoneInfo

from apps.ai.judging import Line, Talk
from apps.appeals.models import Appeal, Author, Message
from apps.callanalysis.measuring import CLIENT, MANAGER
from apps.callanalysis.models import Call, Transcript
from apps.callanalysis.wording import clock
from apps.core.text import joined

# What went out without a person is not the manager's doing.
ASSISTANT = "assistant"
SPEAKERS = {
    Author.CLIENT: CLIENT,
    Author.OPERATOR: MANAGER,
    Author.AI: ASSISTANT,
    Author.CAMPAIGN: ASSISTANT,
}


def segments_of(subject: Call | Appeal) -> list[dict[str, Any]]:
    """As `Transcript.segments`; of an appeal with the `message` of each, in seconds from the first."""
    if isinstance(subject, Call):
        segments: list[dict[str, Any]] = Transcript.objects.get(call=subject).segments
        return segments
    messages = subject.messages.filter(author__in=SPEAKERS, deleted_at=None).prefetch_related("attachments")
    said = [(message, text) for message in messages if (text := _words(message))]
    return [
        {
            "speaker": SPEAKERS[Author(message.author)],
            "start": max(0.0, (message.sent_at - said[0][0].sent_at).total_seconds()),
            "text": text,
            "message": message.pk,
        }
        for message, text in said
    ]


def talk_of(subject: Call | Appeal, segments: list[dict[str, Any]]) -> Talk:
    began = subject.received_at if isinstance(subject, Call) else subject.created_at
    return Talk(
        held_on=began.astimezone(ZoneInfo(subject.tenant.timezone)).date(),
        lines=[
            Line(who=str(one["speaker"]), at=clock(float(one["start"])), text=str(one["text"]))
            for one in segments
        ],
    )


def _words(message: Message) -> str:
    """What was spoken into it, too."""
    return joined(message.text, *(one.transcript for one in message.attachments.all())).strip()
