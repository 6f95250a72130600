"""The work behind the pages.

The database is the truth: events wait in `events`, webhooks in `provider_events`, open questions in `check_at`.
A lane drains one of them in batches. A ring (`doorbell`) wakes a lane's worker at once; the clock rings every lane
each second, so that a ring that is lost costs a second and nothing else. Without Redis the clock drains the lanes.
"""
