"""Tests of the grid worker's phone page."""
