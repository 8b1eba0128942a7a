"""Tests of the page 减负."""
