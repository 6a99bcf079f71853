"""What a run leaves: Allure results, pictures, tables and jobrig's own page."""
