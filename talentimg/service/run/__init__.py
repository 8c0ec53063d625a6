"""A night's work: who is due, what is written, what holds it back, and what is counted."""
