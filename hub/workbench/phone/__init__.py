"""The grid worker's phone page 网格员巡查页: today's round, reports with photos, also offline."""
