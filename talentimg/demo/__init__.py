"""A local server that imitates the platforms, for `talentimg demo`, end-to-end tests and benchmarks.

    with PlatformServer(demo_world()) as server:        talentimg.demo.server, talentimg.demo.roster
        server.url, server.world, server.log

    python -m talentimg.demo --people 2000 --latency 0.2      the same in a separate process

Its responses follow the platforms' documentation; the people and their tokens are made up.
"""
