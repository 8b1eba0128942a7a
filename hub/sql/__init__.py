"""What the staff may ask by SQL 查询: lists of what is possible, and answers of the hub."""
