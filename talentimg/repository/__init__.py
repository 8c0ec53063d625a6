"""Where results are kept: the port in `interface`, one backend a file, chosen by `registry`."""
