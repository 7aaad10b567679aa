"""All that touches Kubernetes: values in (`desired`), objects in the cluster out (`facade.Cluster`).

Knows no Django.
"""
