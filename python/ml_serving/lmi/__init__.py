"""DJL Serving's LMI, with our handler."""
