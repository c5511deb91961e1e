"""Slack: the desk where employees write. Translates and delivers; decides nothing."""
