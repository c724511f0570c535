"""What an employee's browser tells them of: found anew from the rows whenever the bell rings, never kept.

A notice is there while its cause is, so whoever slept hears once of what still holds, and what was read on
one machine goes away on the others. What a browser has announced already only the browser knows.
"""
