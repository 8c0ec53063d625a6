"""Our own API, `/api/v1`: what the commands do, in the shapes that they print with `--json`."""
