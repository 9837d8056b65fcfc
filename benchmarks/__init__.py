"""What the console costs, measured against other programs in one run on one machine: docs/performance.md.

python -m benchmarks [GROUP ...] measures and writes benchmarks/results/ and the tables of docs/performance.md.
"""
