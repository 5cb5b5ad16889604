"""Every write of rooms: lock, rule, write, publish. Keyword-only; the actor is always an argument (`by=`).

Repeating a service is a no-op that publishes nothing. Instances passed in are read again under the lock.
"""
