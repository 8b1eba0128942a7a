"""Tests of the pages behind the numbers of a digest."""
