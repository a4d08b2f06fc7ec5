"""What can keep the daily routine from its job, looked at before it happens (``doctor``)."""
