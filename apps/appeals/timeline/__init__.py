"""A client's history: one list over all their names and channels, to which every app may add its own."""
