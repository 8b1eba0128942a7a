"""Tables to which the pages of staff append rows 工作人员写入的表."""
