"""Tests of hub/workbench/ratings."""
