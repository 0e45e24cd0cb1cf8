"""The Django side: functions, factory, views and responses."""
