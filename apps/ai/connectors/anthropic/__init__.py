"""Claude: reads clients' messages and drafts replies. https://platform.claude.com/docs/api/messages"""

from django.utils.translation import gettext_lazy as _

from apps.ai.connectors.anthropic.checking import check
from apps.ai.connectors.anthropic.config import Config
from apps.ai.connectors.anthropic.thinking import prices_of, think
from apps.integrations.contract import Category, Spec

__all__ = ["SPEC", "Config", "check", "prices_of", "think"]

SPEC = Spec(
    slug="anthropic",
    name="Claude (Anthropic)",
    category=Category.AI,
    icon="integrations/anthropic.svg",
    description=_("Reads clients' messages, finds devices and faults in them, drafts replies"),
    capabilities=frozenset({"think"}),
    docs_url="https://platform.claude.com/docs/api/overview",
)
