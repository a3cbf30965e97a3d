"""What scikit-learn brings to models of rows."""
