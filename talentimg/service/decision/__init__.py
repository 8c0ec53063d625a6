"""The decision: what is known in, what is shown out. Pure: no I/O and no clock."""
