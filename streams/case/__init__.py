"""The life of a case 案件: assignment, merging, moves, deadlines, evaluation, feedback."""
