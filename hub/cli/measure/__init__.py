"""Commands that measure and simulate, and the bars that figures must reach."""
