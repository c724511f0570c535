"""What Django's own Russian formats get wrong: a day's month is declined («21 ноября»)."""

MONTH_DAY_FORMAT = "j E"
