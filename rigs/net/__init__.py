"""Sockets, TLS and certificates; knows no MQTT."""
