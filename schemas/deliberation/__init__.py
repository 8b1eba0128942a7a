"""Deliberations 议事: matters on the agenda of a village or quarter, from topic to carrying out."""
