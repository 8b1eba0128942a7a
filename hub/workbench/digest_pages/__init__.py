"""The pages behind the numbers of a digest 研判明细: a day's conclusions, and the cases of each."""
