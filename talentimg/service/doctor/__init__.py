"""Is everything well, and what needs somebody: one check a file. None writes unless it is to heal."""
