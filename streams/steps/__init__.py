"""The three steps: what an event, a command and the passing of time do to a state."""
