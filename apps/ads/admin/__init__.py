"""Audiences with a preview of who is in them, their uploads, and the ledger of who was where."""

from apps.ads.admin.audiences import AudienceAdmin
from apps.ads.admin.entries import EntryAdmin
from apps.ads.admin.exports import ExportAdmin

__all__ = ["AudienceAdmin", "EntryAdmin", "ExportAdmin"]
