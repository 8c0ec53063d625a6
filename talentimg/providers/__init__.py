"""Where pictures come from: one file per platform, listed in `registry.py`."""
