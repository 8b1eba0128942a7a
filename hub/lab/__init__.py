"""What a running hub never imports: simulator, benchmarks, learning, evaluation, demo."""
