"""Run parts of files through a scan: in this process or over several."""
