"""The base registers 基础台账 of a city: people, organisations, premises, dwellings, households."""
