"""Tells other programs how runs went: a service that expects pings, and a file for Prometheus."""
