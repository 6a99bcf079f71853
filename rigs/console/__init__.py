"""Consoles: how the rig talks to the device beside the network (serial, SSH, process)."""
