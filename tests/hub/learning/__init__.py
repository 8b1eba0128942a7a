"""Learning from the decisions of a city 学习."""
