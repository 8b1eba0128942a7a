"""The files of a town 区划台账: registers, plans, rules, learnt models, and their checks."""
