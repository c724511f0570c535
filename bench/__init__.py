"""The benchmarks, all on one machine and one embedded PostgreSQL; `bin/bench` runs them."""
