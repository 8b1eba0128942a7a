"""What each grid has 一格一档: people, dwellings, organisations, premises, open cases."""
