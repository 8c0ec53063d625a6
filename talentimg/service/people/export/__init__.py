"""What leaves the roster: a file for each kind of reader."""
