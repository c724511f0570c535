"""Empties the test database after each test that commits, in place of Django's own flush."""
