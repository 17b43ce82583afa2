"""Events to listeners over HTTPS, by Standard Webhooks (standardwebhooks.com, spec of 2023)."""
