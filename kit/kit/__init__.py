"""What more than one component of the platform needs, and nothing else."""
