"""How the people of the demo are drawn: an easel, and what is painted on it from back to front."""
