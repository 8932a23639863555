"""`python -m dp3t_server` is `dp3t-server`."""

from dp3t_server.cli import main

if __name__ == "__main__":
    main()
