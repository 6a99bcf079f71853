"""Power switches: what can cut or reset the device."""
