"""The AWS IoT Jobs service as tables: requests in, replies and notifications out."""
