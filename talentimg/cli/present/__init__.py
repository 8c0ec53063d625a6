"""How a talent, a run and an outcome are drawn for people, and printed for programs."""
