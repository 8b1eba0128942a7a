"""Generated attacks on the staff's SQL, against stores whose secrets carry marks."""
