"""Steps 流程: pure functions from state and event to state and outputs."""
