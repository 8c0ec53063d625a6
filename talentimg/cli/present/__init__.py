"""How talents, runs and outcomes are drawn for people, and printed for programs."""
