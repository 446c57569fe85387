"""`python -m frontoffice`: the command line, where the script is not on the path."""

from frontoffice.cli import main

if __name__ == "__main__":
    main()
