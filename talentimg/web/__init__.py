"""HTTP in, one service call, HTTP out: it translates as `cli` does, and decides nothing. Extra `serve`."""
