"""The pages: what a holder, a clerk or an employer reads, complete without script."""
