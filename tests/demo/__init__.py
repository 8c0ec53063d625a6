"""Tests of the local platform server."""
