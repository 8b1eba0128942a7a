"""Settings of what the hub sends: feedback to channels, mail, notices and webhooks."""
