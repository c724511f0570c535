"""Prompts with their versions, and what the AI has cost: for administrators."""

from apps.ai.admin.calls import ModelCallAdmin
from apps.ai.admin.prompts import PromptVersionAdmin

__all__ = ["ModelCallAdmin", "PromptVersionAdmin"]
