"""The commands: each file has `add_parser(subparsers)`, which sets `run(args) -> int` as what to do."""
