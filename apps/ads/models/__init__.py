"""Audiences, where they are uploaded to, each upload, and who was in it on which consent."""

from apps.ads.models.audience import Audience, Placement
from apps.ads.models.entry import Entry, Left
from apps.ads.models.export import Cause, Export, Outcome

__all__ = ["Audience", "Cause", "Entry", "Export", "Left", "Outcome", "Placement"]
