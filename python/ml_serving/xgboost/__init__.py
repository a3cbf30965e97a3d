"""What XGBoost brings to models of rows."""
