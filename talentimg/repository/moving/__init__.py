"""A roster's tables as they are, row by row, to be moved from one database to another of any kind."""
