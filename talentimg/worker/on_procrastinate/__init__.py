"""A worker whose work is the jobs of Procrastinate. Loaded only when that engine is chosen."""
