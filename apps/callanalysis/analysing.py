"""What follows once the words of a call are there."""

from apps.callanalysis.models import CallOutcome, Transcript
from apps.callanalysis.moving import end


def begin(transcript: Transcript) -> None:
    """In the transaction that completes the transcript, once. Where nothing is asked of it, that is all."""
    end(transcript.call, CallOutcome.ANALYSED)
