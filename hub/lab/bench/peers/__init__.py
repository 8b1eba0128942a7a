"""Peers 同类: the same job written with other libraries, each as a separate program.

The job: read an event, parse and validate it, drop it if its id was seen already, send one line.
Except `bare_steps`, the programs do not import the hub, so that each runs with its own packages.
"""
