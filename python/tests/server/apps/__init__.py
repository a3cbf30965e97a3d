"""What tests put in the place of app.py."""
