"""What happened: from files to a tally of counts. It knows nothing of reports."""
