"""The report of calls: rolled up by the day, read for a period, drawn, opened and exported."""
