"""Learning 学习: other models from the city's own decisions, adopted only when a person says so."""
