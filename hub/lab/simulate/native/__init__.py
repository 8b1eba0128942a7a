"""Writers of simulated submissions in the native formats of the channels."""
