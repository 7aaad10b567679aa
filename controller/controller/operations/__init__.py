"""Operations: what changes an app's workload is a row that is claimed before it changes anything.

The row survives every process. Whoever owns it renews a lease; when the lease runs out, any controller goes on
where the row says, so nothing accepted is ever lost and nothing is done twice under two names.
"""
