"""Setting up a city 本地化: its folder, a trial of its data, and its channels."""
