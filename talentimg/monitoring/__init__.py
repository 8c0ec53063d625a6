"""What tells other programs how runs went: a service that waits for them, and a file for Prometheus."""
