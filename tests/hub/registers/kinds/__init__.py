"""Tests of the columns of each register."""
