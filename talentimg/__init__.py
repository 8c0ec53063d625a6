"""Keeps the profile picture of everybody on a roster right.

The command line is `talentimg`; the same work from Python starts at
`talentimg.bootstrap.App`.
"""

__version__ = "0.1.0"
