"""The tables: fields, constraints, nothing else."""
