"""Tests of where picture bytes are kept."""
