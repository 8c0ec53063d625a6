"""Whether the quick tests of the service notice when its rules are changed: `python -m tests.mutation`."""
