"""The front page's figures: rolled up by the hour, read for a period, drawn, opened and exported."""
