"""What the tests of several rooms share; it imports from no other folder of tests."""
