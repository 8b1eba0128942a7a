"""Reading a table of another system 读取外部数据表: row by row, with any values in its columns."""
