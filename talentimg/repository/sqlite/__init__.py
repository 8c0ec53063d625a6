"""The roster in one SQLite file."""
