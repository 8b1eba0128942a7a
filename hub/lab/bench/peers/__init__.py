"""Peers 同类: one job as others would do it, each a program of its own.

The job: read an event, parse and validate it, drop it where its id was seen, send one line. None
of them imports the hub, so that each runs with the packages that it asks for.
"""
