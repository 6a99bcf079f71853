"""MQTT 3.1.1 and 5 without sockets and without clocks: bytes in, packets out."""
