"""The base registers 基础台账 of a city: people, firms and premises, a row each."""
