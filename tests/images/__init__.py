"""Tests of what a good picture is."""
