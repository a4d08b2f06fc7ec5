"""Tests of clusters and object stores: real schedulers, workers and servers on the loopback."""
