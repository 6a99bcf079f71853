"""The tap between device and cloud: records every packet and can spoil it on purpose."""
