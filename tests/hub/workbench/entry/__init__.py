"""Tests of hand entry."""
