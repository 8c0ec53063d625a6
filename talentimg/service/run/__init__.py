"""Roster runs: who is due, what is written or held back, and what is counted."""
