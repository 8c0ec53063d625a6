"""Where pictures come from: one platform a file, listed in `registry.py`."""
