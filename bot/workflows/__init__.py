"""The durable shell: what was started is finished, across restarts, once."""
