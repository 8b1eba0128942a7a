"""What happens to a case 案件: assigned, merged, changed, timed, evaluated, answered."""
