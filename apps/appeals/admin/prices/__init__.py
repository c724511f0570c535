"""The price list: its lines, its synonyms, and the import of a file."""

from apps.appeals.admin.prices.listing import PriceItemAdmin
from apps.appeals.admin.prices.synonyms import PriceSynonymAdmin

__all__ = ["PriceItemAdmin", "PriceSynonymAdmin"]
