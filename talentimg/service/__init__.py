"""What the tool decides: the chain, the sync of one talent or many, the roster."""
