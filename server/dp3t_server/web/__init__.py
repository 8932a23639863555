"""The operator's pages: codes for a test centre, in a browser, without a script."""
