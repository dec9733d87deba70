"""cofferdam's formats a second time, written from docs/format.md alone.

It shares no line and no idea with the C program: what both say must be what the page says.
Not for daily use: plain byte strings hold keys, nothing is wiped, speed is no aim.
"""
