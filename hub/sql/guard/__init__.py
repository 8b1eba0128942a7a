"""The guard 查询守卫 of the staff's SQL: reviewed lists, and the check of a statement by them."""
