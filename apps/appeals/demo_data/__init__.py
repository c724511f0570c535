"""Invented clients, words and appeals: a few to look at, or a million messages to measure by."""
