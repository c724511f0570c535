"""The page of one call: its recording beside its words, what they tell, and what hinders it."""

from apps.callanalysis.admin.call_page.page import call_page
from apps.callanalysis.admin.call_page.recording import recording

__all__ = ["call_page", "recording"]
