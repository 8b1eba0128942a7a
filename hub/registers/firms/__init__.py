"""The firm that a report names 涉及主体: looked for in the register, beside the sink."""
