"""The queues 待办队列: the cases on which a member of staff should act, by role."""
