"""One change to many appeals: ordered by a filter or a choice, run in rounds, undone as a whole."""
