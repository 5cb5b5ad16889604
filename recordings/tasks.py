"""Celery tasks: thin, idempotent, each safe to run twice."""
