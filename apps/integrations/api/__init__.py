"""The integrations API (docs: the agents' integrations tab)."""
