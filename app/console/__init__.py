"""The risk console's verbs and queries: rules, lists, the policy, what it would have done, and how well it does.

Nothing here knows of pages. Everybody acts within a scope (`scope`): one merchant, or the whole installation. Reading
order: `lists` → `rules` with `backtests` → `policies` → `simulate` → `journal` with `quality`, `arrival`, `analysts`.
"""
