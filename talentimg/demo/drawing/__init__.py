"""How the demo's people are drawn: an easel, and what is painted on it from back to front."""
