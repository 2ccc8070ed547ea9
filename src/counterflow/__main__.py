"""`python -m counterflow` is `counterflow`."""

from counterflow.cli import main

if __name__ == "__main__":
    main()
