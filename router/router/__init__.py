"""The edge: Services of the cluster in, one nginx configuration out."""
