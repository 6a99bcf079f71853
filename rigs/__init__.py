"""jobrig: hardware-in-the-loop tests for devices that run AWS IoT Jobs."""
