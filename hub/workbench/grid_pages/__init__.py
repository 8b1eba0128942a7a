"""What each grid has 一格一档: people, firms, premises and open cases, as counts."""
