"""The life of a case 事项: assignment, merging, moves, deadlines, evaluation, feedback."""
