"""Commands for messages: those that were refused, lost or are sent again."""
