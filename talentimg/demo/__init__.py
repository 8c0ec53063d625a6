"""A local server that answers like the platforms, for `talentimg demo`, end-to-end tests and benchmarks.

    with PlatformServer(demo_world()) as server:        talentimg.demo.server, talentimg.demo.roster
        server.url, server.world, server.log

    python -m talentimg.demo --people 2000 --latency 0.2      the same as a process of its own

Everything that it says follows the platforms' documentation; the people and their tokens are made up.
"""
