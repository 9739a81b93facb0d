from tooling.shared_files import kept_files  # noqa: F401
