"""What the services of Meta's Graph API share. No connector of its own: the registry passes over its name."""
