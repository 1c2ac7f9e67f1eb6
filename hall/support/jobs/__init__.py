"""任务与事件: queue, schedule and transactional events, in PostgreSQL. The only module that knows procrastinate."""
