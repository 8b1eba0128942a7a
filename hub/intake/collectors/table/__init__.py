"""Reading a table of another system 读取外部数据表: row by row, whatever its columns hold."""
