"""The local cloud: an MQTT endpoint, the HTTP side for boto3, and the operator who uses it."""
