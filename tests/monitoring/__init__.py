"""Tests of `deploy/prometheus` with the real Prometheus, Alertmanager and node_exporter."""
