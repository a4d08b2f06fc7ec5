"""Code that the tests of several packages share; it imports from no other folder of tests."""
