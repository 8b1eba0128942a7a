"""Tests of notices in the page."""
