"""Fraud scoring, pure: facts in, decision out.

Nothing here knows a database, a clock, a network or chance: the same facts give the same answer next year. What the
rest of Till calls is `assess`; what a decision was made of is stored with it (`Facts.to_json`).
"""
