"""Vendors played by real, strict HTTP servers on loopback."""
