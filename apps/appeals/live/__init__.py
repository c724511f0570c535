"""What is new, told to hundreds of open pages for next to nothing.

The database tells every web process what has changed in a conversation (triggers and NOTIFY, see the
migration `live`); a process keeps the latest of it in memory (`hearing`). A page asks every moment with a
signed pass (`passes`) and is answered from there, without session, user or query; only when something that it
shows has changed does it ask for its parts.
"""
