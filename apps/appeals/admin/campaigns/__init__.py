"""Campaigns: the list, the draft's form, the page of one, for administrators and heads."""

from apps.appeals.admin.campaigns.listing import CampaignAdmin

__all__ = ["CampaignAdmin"]
