"""The Fraud-Detection-Handbook's published table, reproduced on its own split, and ours beside it.

The one figure of Till's that anybody can recompute: the data is simulated and public, the split and the measures are
the book's. It says how much features and training are worth, not how Till does on real cards (docs/risk-benchmark.md).
Numpy and scikit-learn only; the data lies outside the project. `python -m risk.benchmark --data DIR` runs it.
"""
