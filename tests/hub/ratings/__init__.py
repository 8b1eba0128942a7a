"""Tests of hub/ratings."""
