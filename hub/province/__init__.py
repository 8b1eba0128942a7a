"""Several cities, one province 多城一省: what a city publishes, and one page over the cities."""
