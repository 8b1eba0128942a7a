"""The three steps 步骤: the effects of an event, of a command, and of the passing of time."""
