"""What all HTTP interfaces share: problems, signatures, bodies, client addresses, rate limits."""
