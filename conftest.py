"""The whole switchboard lives in rigs.plugin; a user's own repository needs exactly this line too."""

pytest_plugins = ["rigs.plugin"]
