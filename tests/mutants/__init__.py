"""`make mutants`: would the tests notice? A module is changed in one small place at a time, and its tests are run."""
