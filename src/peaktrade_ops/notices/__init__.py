"""Notices: who is told what about the stored verdict, and how it reaches them."""
