"""The duration of loads of base registers 台账入库测量, at the size of a large city."""
