"""Microsoft Teams. Nothing is imported here: the Bot Framework's SDK is loaded only where Teams is configured."""
