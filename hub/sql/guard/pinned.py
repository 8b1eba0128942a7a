"""Pinned settings of the staff's clients 固定设置: the row filter runs first.

`additional_table_filters` puts the role's row filter directly above the read of a table. By default
the engine moves, merges and pushes down conditions, and it uses keys, indexes and statistics. For
roles that see only part of the rows all of that is off. The engine runs the plan as built, reads
the whole table, and filters first. So neither errors nor run time depend on rows of others.
"""

from typing import Any

from hub.sql.roles import Visibility

ALWAYS: dict[str, Any] = {
    # A result does not report how many rows were read.
    "output_format_write_statistics": 0,
    "enable_analyzer": 1,
    "use_query_cache": 0,
    "use_query_condition_cache": 0,
    "allow_introspection_functions": 0,
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
    "max_threads": 1,
    # Statements may contain the catalogue as a literal.
    "max_query_size": 16 * 1024 * 1024,
    "max_parser_depth": 300,
    "max_subquery_depth": 30,
    "max_ast_elements": 20_000,
    "max_expanded_ast_elements": 100_000,
    # Queries write no temporary files.
    "max_bytes_before_external_group_by": 0,
    "max_bytes_before_external_sort": 0,
    "max_bytes_ratio_before_external_group_by": 0,
    "max_bytes_ratio_before_external_sort": 0,
}
"""Settings for all staff."""
FILTER_FIRST: dict[str, Any] = {
    "query_plan_enable_optimizations": 0,
    "query_plan_filter_push_down": 0,
    "query_plan_merge_filters": 0,
    "query_plan_merge_expressions": 0,
    "query_plan_optimize_prewhere": 0,
    "query_plan_optimize_primary_key": 0,
    "query_plan_read_in_order": 0,
    "query_plan_optimize_lazy_materialization": 0,
    "optimize_move_to_prewhere": 0,
    "optimize_move_to_prewhere_if_final": 0,
    "optimize_trivial_count_query": 0,
    "optimize_use_projections": 0,
    "optimize_use_implicit_projections": 0,
    "optimize_read_in_order": 0,
    "optimize_aggregation_in_order": 0,
    "optimize_distinct_in_order": 0,
    "optimize_append_index": 0,
    "use_primary_key": 0,
    "use_partition_pruning": 0,
    "use_skip_indexes": 0,
    "use_skip_indexes_if_final": 0,
    "use_index_for_in_with_subqueries": 0,
    "use_constant_folding_in_index_analysis": 0,
    "use_statistics": 0,
    "use_statistics_for_part_pruning": 0,
    "use_top_k_dynamic_filtering": 0,
    "enable_join_runtime_filters": 0,
}
"""Settings for roles that see only part of the rows."""


def settings_of(visibility: Visibility) -> dict[str, Any]:
    """Return the settings of a client with this visibility, without its limits."""
    return ALWAYS | (FILTER_FIRST if visibility.rows else {})
